/// How many words there are.
pub fn count(counts: &mut Counts) -> u64 {
    counts.all()
}
/// How many words there are.
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
pub enum count {}
const _: () = {
    use ::catenae::__private;
    impl __private::Method for count {
        const SPEC: __private::MethodSpec = __private::MethodSpec::new("count")
            .summary("How many words there are.");
        type Arguments = __private::Nothing;
        type Returned = u64;
        fn wire() -> __private::MethodCodec<Self> {
            __private::method::assert_crosses::<u64>();
            __private::wire!(Self)
        }
        fn handler() -> __private::Handler {
            let counts = __private::rpc_exclusive!(Counts);
            __private::Handler::new::<
                Self,
            >(
                (counts, ()),
                move |mut lent, _| {
                    let returned = count(counts.pick(&mut lent));
                    __private::answered!(returned, lent.context)
                },
            )
        }
    }
    impl count {
        __private::stub!(pub fn);
    }
    impl<__S, __0> __private::method::FitsLink<__S, (__0,)> for count
    where
        Counts: __private::method::Fits<__S, __0>,
    {}
};
