pub(crate) async fn reset(counts: &Counts, word: String) -> Result<(), Error> {
    counts.reset(word).await
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
pub(crate) enum reset {}
const _: () = {
    impl ::catenae::__private::Method for reset {
        const SPEC: ::catenae::__private::MethodSpec = ::catenae::__private::MethodSpec::new(
            "reset",
        );
        type Arguments = ::catenae::__private::One<String>;
        type Returned = Result<(), Error>;
        fn wire() -> ::catenae::__private::Wire<Self> {
            ::catenae::__private::method::crosses::<String>();
            ::catenae::__private::method::crosses::<Result<(), Error>>();
            ::catenae::__private::wire!(Self)
        }
        fn handler() -> ::catenae::__private::Handler {
            let first = ::catenae::__private::rpc_role!(Counts);
            ::catenae::__private::Handler::new::<
                Self,
            >(
                (first, ()),
                move |mut lent, arguments| {
                    let returned = reset(first.pick(&mut lent), arguments.0);
                    ::catenae::__private::answered!(returned, lent.context)
                },
            )
        }
    }
    impl reset {
        ::catenae::__private::stub!(pub (crate) fn);
    }
    impl<__S, __0> ::catenae::__private::method::FitsLink<__S, (__0,)> for reset
    where
        Counts: ::catenae::__private::method::Fits<__S, __0>,
    {}
};
