pub(crate) async fn reset(counts: &Counts, word: String) -> Result<(), Error> {
    counts.reset(word).await
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
pub(crate) enum reset {}
const _: () = {
    use ::catenae::__private;
    impl __private::Method for reset {
        const SPEC: __private::MethodSpec = __private::MethodSpec::new("reset");
        type Arguments = __private::One<String>;
        type Returned = Result<(), Error>;
        fn wire() -> __private::MethodCodec<Self> {
            __private::method::assert_crosses::<String>();
            __private::method::assert_crosses::<Result<(), Error>>();
            __private::wire!(Self)
        }
        fn handler() -> __private::Handler {
            let counts = __private::rpc_role!(Counts);
            __private::Handler::new::<
                Self,
            >(
                (counts, ()),
                move |mut lent, arguments| {
                    let returned = reset(counts.pick(&mut lent), arguments.0);
                    __private::answered!(returned, lent.context)
                },
            )
        }
    }
    impl reset {
        __private::stub!(pub (crate) fn);
    }
    impl<__S, __0> __private::method::FitsLink<__S, (__0,)> for reset
    where
        Counts: __private::method::Fits<__S, __0>,
    {}
};
