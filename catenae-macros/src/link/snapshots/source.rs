fn streamer(context: &Context) -> impl Iterator<Item = String> {
    lines(context)
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum streamer {}
const _: () = {
    const __SPEC: ::catenae::__private::LinkSpec = ::catenae::__private::LinkSpec::new(
            "streamer",
        )
        .version(::catenae::__private::version(::core::option_env!("CARGO_PKG_VERSION")))
        .outputs(&[::catenae::__private::StreamRef::named("lines")])
        .every_millis(2000u64);
    impl ::catenae::__private::Link for streamer {
        const SPEC: ::catenae::__private::LinkSpec = __SPEC;
        fn wiring() -> ::catenae::__private::Wiring {
            let first = ::catenae::__private::role!(Context);
            let parameters = ::catenae::__private::probe::parameters((first, ()));
            first
                .defaults(
                    ::catenae::__private::probe::Type::<
                        ::catenae::__private::probe::Yes,
                    >::new(),
                );
            let item = ::catenae::__private::item!(streamer, fn (_) -> _);
            ::catenae::__private::probe::sends(item);
            ::catenae::__private::source(
                parameters,
                item,
                ::catenae::__private::ArgsSpec::none(),
                move |_| ::catenae::__private::default!(parameters),
                move |state, out| {
                    let returned = streamer(
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
    impl ::catenae::__private::Serving for streamer {
        const CLASS: &'static str = "streamer";
    }
};
