fn alone() {}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum alone {}
const _: () = {
    const __SPEC: ::catenae::__private::LinkSpec = ::catenae::__private::LinkSpec::new(
            "alone",
        )
        .version(
            ::catenae::__private::version(::core::option_env!("CARGO_PKG_VERSION")),
        );
    impl ::catenae::__private::Link for alone {
        const SPEC: ::catenae::__private::LinkSpec = __SPEC;
        fn wiring() -> ::catenae::__private::Wiring {
            let parameters = ::catenae::__private::probe::parameters(());
            let item = ::catenae::__private::item!(alone, fn () -> _);
            ::catenae::__private::probe::sends(item);
            ::catenae::__private::source(
                parameters,
                item,
                ::catenae::__private::ArgsSpec::none(),
                move |_| ::catenae::__private::default!(parameters),
                move |_, out| {
                    let returned = alone();
                    ::catenae::__private::settle!(returned, out)
                },
                ::catenae::__private::unfinished,
            )
        }
    }
    impl ::catenae::__private::Serving for alone {
        const CLASS: &'static str = "alone";
    }
};
