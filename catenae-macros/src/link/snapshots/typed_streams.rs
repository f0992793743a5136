fn mapper<'l>(line: Electron<&'l str>) -> Vec<&'l str> {
    split(line)
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum mapper {}
const _: () = {
    use ::catenae::__private;
    const __SPEC: __private::LinkSpec = __private::LinkSpec::new("mapper")
        .version(__private::version(::core::option_env!("CARGO_PKG_VERSION")))
        .inputs(&[__private::reference(&LINES), __private::StreamRef::named("more")])
        .outputs(&[__private::reference(&streams::WORDS)]);
    impl __private::Link for mapper {
        const SPEC: __private::LinkSpec = __SPEC;
        fn wiring() -> __private::Wiring {
            let line = __private::probe::value::<Electron<&'_ str>>();
            let parameters = __private::probe::parameters((line, ()));
            let carried = __private::carries!(LINES);
            line.assert_reads(carried);
            let item = __private::item!(mapper, fn (_) -> _);
            __private::probe::assert_sends(item);
            let carried = __private::carries!(streams::WORDS);
            __private::probe::assert_writes(carried, item);
            __private::link(
                parameters,
                item,
                move |_| __private::default!(parameters),
                move |_, record, out| {
                    let returned = mapper(
                        __private::probe::take::<Electron<&'_ str>>(&record)?,
                    );
                    __private::settle!(returned, out)
                },
                __private::unfinished,
            )
        }
    }
    __private::serving!(mapper, "mapper");
};
