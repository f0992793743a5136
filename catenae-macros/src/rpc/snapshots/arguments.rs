pub fn count(word: String, (low, high): (u64, u64)) -> u64 {
    0
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
pub enum count {}
const _: () = {
    use ::catenae::__private;
    impl __private::Method for count {
        const SPEC: __private::MethodSpec = __private::MethodSpec::new("count");
        type Arguments = __private::Many<(String, (u64, u64))>;
        type Returned = u64;
        fn wire() -> __private::MethodCodec<Self> {
            __private::method::assert_crosses::<String>();
            __private::method::assert_crosses::<(u64, u64)>();
            __private::method::assert_crosses::<u64>();
            __private::wire!(Self)
        }
        fn handler() -> __private::Handler {
            __private::Handler::new::<
                Self,
            >(
                (),
                move |lent, arguments| {
                    let returned = count(arguments.0, arguments.1);
                    __private::answered!(returned, lent.context)
                },
            )
        }
    }
    impl count {
        __private::stub!(pub fn);
    }
    impl<__S> __private::method::FitsLink<__S, ()> for count {}
};
