fn tick() {}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum tick {}
const _: () = {
    impl ::catenae::__private::Method for tick {
        const SPEC: ::catenae::__private::MethodSpec = ::catenae::__private::MethodSpec::new(
            "tick",
        );
        type Arguments = ::catenae::__private::Nothing;
        type Returned = ();
        fn wire() -> ::catenae::__private::Wire<Self> {
            ::catenae::__private::wire!(Self)
        }
        fn handler() -> ::catenae::__private::Handler {
            ::catenae::__private::Handler::new::<
                Self,
            >(
                (),
                move |lent, _| {
                    let returned = tick();
                    ::catenae::__private::answered!(returned, lent.context)
                },
            )
        }
    }
    impl tick {
        ::catenae::__private::stub!(fn);
    }
    impl<__S> ::catenae::__private::method::FitsLink<__S, ()> for tick {}
};
