/// How often a word came.
pub fn count(
    counts: &mut Counts,
    word: String,
    (low, high): (u64, u64),
    caller: &Caller,
    context: &Context,
) -> u64 {
    counts.of(&word)
}
/// How often a word came.
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
pub enum count {}
const _: () = {
    impl ::catenae::__private::Method for count {
        const SPEC: ::catenae::__private::MethodSpec = ::catenae::__private::MethodSpec::new(
                "count",
            )
            .summary("How often a word came.");
        type Arguments = ::catenae::__private::Many<(String, (u64, u64))>;
        type Returned = u64;
        fn wire() -> ::catenae::__private::Wire<Self> {
            ::catenae::__private::method::crosses::<String>();
            ::catenae::__private::method::crosses::<(u64, u64)>();
            ::catenae::__private::method::crosses::<u64>();
            ::catenae::__private::wire!(Self)
        }
        fn handler() -> ::catenae::__private::Handler {
            let first = ::catenae::__private::rpc_exclusive!(Counts);
            let fourth = ::catenae::__private::rpc_role!(Caller);
            let fifth = ::catenae::__private::rpc_role!(Context);
            fourth.beside(first);
            fifth.beside(first);
            fifth.beside(fourth);
            ::catenae::__private::Handler::new::<
                Self,
            >(
                (first, (fourth, (fifth, ()))),
                move |mut lent, arguments| {
                    let returned = count(
                        first.pick(&mut lent),
                        arguments.0,
                        arguments.1,
                        fourth.pick(&mut lent),
                        fifth.pick(&mut lent),
                    );
                    ::catenae::__private::answered!(returned, lent.context)
                },
            )
        }
    }
    impl count {
        ::catenae::__private::stub!(pub fn);
    }
    impl<__S, __0, __3, __4> ::catenae::__private::method::FitsLink<__S, (__0, __3, __4)>
    for count
    where
        Counts: ::catenae::__private::method::Fits<__S, __0>,
        Caller: ::catenae::__private::method::Fits<__S, __3>,
        Context: ::catenae::__private::method::Fits<__S, __4>,
    {}
};
