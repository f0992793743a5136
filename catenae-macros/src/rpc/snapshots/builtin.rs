fn ping(context: &Context) -> String {
    context.uid()
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum ping {}
#[allow(dead_code, unused_imports)]
const _: () = {
    use crate::__private;
    impl __private::Method for ping {
        const SPEC: __private::MethodSpec = __private::MethodSpec::new("ping");
        type Arguments = __private::Nothing;
        type Returned = String;
        fn wire() -> __private::MethodCodec<Self> {
            __private::method::assert_crosses::<String>();
            __private::wire!(Self)
        }
        fn handler() -> __private::Handler {
            let context = __private::rpc_role!(Context);
            __private::Handler::new::<
                Self,
            >(
                (context, ()),
                move |mut lent, _| {
                    let returned = ping(context.pick(&mut lent));
                    __private::answered!(returned, lent.context)
                },
            )
        }
    }
    impl ping {
        __private::stub!(fn);
    }
    impl<__S, __0> __private::method::FitsLink<__S, (__0,)> for ping
    where
        Context: __private::method::Fits<__S, __0>,
    {}
};
