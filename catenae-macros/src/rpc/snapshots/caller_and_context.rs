fn count(caller: &Caller, context: &Context) {}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum count {}
const _: () = {
    use ::catenae::__private;
    impl __private::Method for count {
        const SPEC: __private::MethodSpec = __private::MethodSpec::new("count");
        type Arguments = __private::Nothing;
        type Returned = ();
        fn wire() -> __private::MethodCodec<Self> {
            __private::wire!(Self)
        }
        fn handler() -> __private::Handler {
            let caller = __private::rpc_role!(Caller);
            let context = __private::rpc_role!(Context);
            context.assert_beside(caller);
            __private::Handler::new::<
                Self,
            >(
                (caller, (context, ())),
                move |mut lent, _| {
                    let returned = count(
                        caller.pick(&mut lent),
                        context.pick(&mut lent),
                    );
                    __private::answered!(returned, lent.context)
                },
            )
        }
    }
    impl count {
        __private::stub!(fn);
    }
    impl<__S, __0, __1> __private::method::FitsLink<__S, (__0, __1)> for count
    where
        Caller: __private::method::Fits<__S, __0>,
        Context: __private::method::Fits<__S, __1>,
    {}
};
