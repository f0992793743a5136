fn tick() {}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum tick {}
const _: () = {
    use ::catenae::__private;
    impl __private::Method for tick {
        const SPEC: __private::MethodSpec = __private::MethodSpec::new("tick");
        type Arguments = __private::Nothing;
        type Returned = ();
        fn wire() -> __private::MethodCodec<Self> {
            __private::wire!(Self)
        }
        fn handler() -> __private::Handler {
            __private::Handler::new::<
                Self,
            >(
                (),
                move |lent, _| {
                    let returned = tick();
                    __private::answered!(returned, lent.context)
                },
            )
        }
    }
    impl tick {
        __private::stub!(fn);
    }
    impl<__S> __private::method::FitsLink<__S, ()> for tick {}
};
