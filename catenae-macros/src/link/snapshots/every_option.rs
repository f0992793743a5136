fn mapper(line: String) -> String {
    line
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum mapper {}
const _: () = {
    const __SPEC: ::renamed::__private::LinkSpec = ::renamed::__private::LinkSpec::new(
            "mapper",
        )
        .version(::renamed::__private::version(::core::option_env!("CARGO_PKG_VERSION")))
        .inputs(&[::renamed::__private::StreamRef::named("a")])
        .outputs(
            &[
                ::renamed::__private::StreamRef::named("b"),
                ::renamed::__private::StreamRef::named("c"),
            ],
        )
        .lanes(4)
        .group("mine");
    impl ::renamed::__private::Link for mapper {
        const SPEC: ::renamed::__private::LinkSpec = __SPEC;
        fn wiring() -> ::renamed::__private::Wiring {
            let first = ::renamed::__private::probe::value::<String>();
            let parameters = ::renamed::__private::probe::parameters((first, ()));
            ::renamed::__private::probe::lanes(parameters);
            let item = ::renamed::__private::item!(mapper, fn (_) -> _);
            ::renamed::__private::probe::sends(item);
            ::renamed::__private::link(
                parameters,
                item,
                ::renamed::__private::ArgsSpec::of::<MyArgs>(),
                move |_| ::renamed::__private::default!(parameters),
                move |_, record, out| {
                    let returned = mapper(
                        ::renamed::__private::probe::take::<String>(&record)?,
                    );
                    ::renamed::__private::settle!(returned, out)
                },
                ::renamed::__private::unfinished,
            )
        }
    }
    impl ::renamed::__private::Serving for mapper {
        const CLASS: &'static str = "mapper";
    }
};
