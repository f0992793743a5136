fn counter(_: &Counts) {}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum counter {}
const _: () = {
    const __SPEC: ::catenae::__private::LinkSpec = ::catenae::__private::LinkSpec::new(
            "counter",
        )
        .version(
            ::catenae::__private::version(::core::option_env!("CARGO_PKG_VERSION")),
        );
    impl ::catenae::__private::Link for counter {
        const SPEC: ::catenae::__private::LinkSpec = __SPEC;
        fn wiring() -> ::catenae::__private::Wiring {
            let first = ::catenae::__private::role!(Counts);
            let parameters = ::catenae::__private::probe::parameters((first, ()));
            first
                .defaults(
                    ::catenae::__private::probe::Type::<
                        ::catenae::__private::probe::Yes,
                    >::new(),
                );
            let item = ::catenae::__private::item!(counter, fn (_) -> _);
            ::catenae::__private::probe::sends(item);
            ::catenae::__private::source(
                parameters,
                item,
                ::catenae::__private::ArgsSpec::none(),
                move |_| ::catenae::__private::default!(parameters),
                move |state, out| {
                    let returned = counter(
                        first
                            .pick(
                                &*state,
                                &::catenae::__private::probe::NoRecord,
                                out.context,
                            )?,
                    );
                    ::catenae::__private::settle!(returned, out)
                },
                ::catenae::__private::unfinished,
            )
        }
    }
    impl ::catenae::__private::Serving for counter {
        const CLASS: &'static str = "counter";
        fn methods() -> ::catenae::__private::Vec<::catenae::__private::Served> {
            let first = ::catenae::__private::role!(Counts);
            let state = ::catenae::__private::probe::parameters((first, ())).state();
            let link = ::catenae::__private::method::of_link(state);
            ::catenae::__private::method::list([link.serves::<count, _>()])
        }
    }
    impl ::catenae::__private::Serves<count> for counter {}
};
