fn mapper<'l>(line: Electron<&'l str>) -> Vec<&'l str> {
    split(line)
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum mapper {}
const _: () = {
    const __SPEC: ::catenae::__private::LinkSpec = ::catenae::__private::LinkSpec::new(
            "mapper",
        )
        .version(::catenae::__private::version(::core::option_env!("CARGO_PKG_VERSION")))
        .inputs(
            &[
                ::catenae::__private::reference(&LINES),
                ::catenae::__private::StreamRef::named("more"),
            ],
        )
        .outputs(&[::catenae::__private::reference(&streams::WORDS)]);
    impl ::catenae::__private::Link for mapper {
        const SPEC: ::catenae::__private::LinkSpec = __SPEC;
        fn wiring() -> ::catenae::__private::Wiring {
            let first = ::catenae::__private::probe::value::<Electron<&'_ str>>();
            let parameters = ::catenae::__private::probe::parameters((first, ()));
            let carried = ::catenae::__private::carries!(LINES);
            first.reads(carried);
            let item = ::catenae::__private::item!(mapper, fn (_) -> _);
            ::catenae::__private::probe::sends(item);
            let carried = ::catenae::__private::carries!(streams::WORDS);
            ::catenae::__private::probe::writes(carried, item);
            ::catenae::__private::link(
                parameters,
                item,
                ::catenae::__private::ArgsSpec::none(),
                move |_| ::catenae::__private::default!(parameters),
                move |_, record, out| {
                    let returned = mapper(
                        ::catenae::__private::probe::take::<Electron<&'_ str>>(&record)?,
                    );
                    ::catenae::__private::settle!(returned, out)
                },
                ::catenae::__private::unfinished,
            )
        }
    }
    impl ::catenae::__private::Serving for mapper {
        const CLASS: &'static str = "mapper";
    }
};
