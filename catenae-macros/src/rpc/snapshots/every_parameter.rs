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
    use ::catenae::__private;
    impl __private::Method for count {
        const SPEC: __private::MethodSpec = __private::MethodSpec::new("count")
            .summary("How often a word came.");
        type Arguments = __private::Many<(String, (u64, u64))>;
        type Returned = u64;
        fn wire() -> __private::MethodCodec<Self> {
            __private::method::assert_crosses::<String>();
            __private::method::assert_crosses::<(u64, u64)>();
            __private::method::assert_crosses::<u64>();
            __private::wire!(Self)
        }
        fn handler() -> __private::Handler {
            let counts = __private::rpc_exclusive!(Counts);
            let caller = __private::rpc_role!(Caller);
            let context = __private::rpc_role!(Context);
            caller.assert_beside(counts);
            context.assert_beside(counts);
            context.assert_beside(caller);
            __private::Handler::new::<
                Self,
            >(
                (counts, (caller, (context, ()))),
                move |mut lent, arguments| {
                    let returned = count(
                        counts.pick(&mut lent),
                        arguments.0,
                        arguments.1,
                        caller.pick(&mut lent),
                        context.pick(&mut lent),
                    );
                    __private::answered!(returned, lent.context)
                },
            )
        }
    }
    impl count {
        __private::stub!(pub fn);
    }
    impl<__S, __0, __3, __4> __private::method::FitsLink<__S, (__0, __3, __4)> for count
    where
        Counts: __private::method::Fits<__S, __0>,
        Caller: __private::method::Fits<__S, __3>,
        Context: __private::method::Fits<__S, __4>,
    {}
};
