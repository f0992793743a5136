fn ping(context: &Context) -> String {
    context.uid()
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum ping {}
#[allow(dead_code, unused_imports)]
const _: () = {
    impl crate::__private::Method for ping {
        const SPEC: crate::__private::MethodSpec = crate::__private::MethodSpec::new(
            "ping",
        );
        type Arguments = crate::__private::Nothing;
        type Returned = String;
        fn wire() -> crate::__private::Wire<Self> {
            crate::__private::method::crosses::<String>();
            crate::__private::wire!(Self)
        }
        fn handler() -> crate::__private::Handler {
            let first = crate::__private::rpc_role!(Context);
            crate::__private::Handler::new::<
                Self,
            >(
                (first, ()),
                move |mut lent, _| {
                    let returned = ping(first.pick(&mut lent));
                    crate::__private::answered!(returned, lent.context)
                },
            )
        }
    }
    impl ping {
        crate::__private::stub!(fn);
    }
    impl<__S, __0> crate::__private::method::FitsLink<__S, (__0,)> for ping
    where
        Context: crate::__private::method::Fits<__S, __0>,
    {}
};
