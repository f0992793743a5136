fn mapper(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum mapper {}
const _: () = {
    use ::catenae::__private;
    const __SPEC: __private::LinkSpec = __private::LinkSpec::new("mapper")
        .version(__private::version(::core::option_env!("CARGO_PKG_VERSION")))
        .inputs(&[__private::StreamRef::named("lines")])
        .outputs(&[__private::StreamRef::named("words")]);
    impl __private::Link for mapper {
        const SPEC: __private::LinkSpec = __SPEC;
        fn wiring() -> __private::Wiring {
            let line = __private::role!(str);
            let parameters = __private::probe::parameters((line, ()));
            __private::probe::assert_message(parameters);
            line.assert_defaults(parameters.messages());
            let item = __private::item!(mapper, fn (_) -> _);
            __private::probe::assert_sends(item);
            __private::link(
                parameters,
                item,
                move |_| __private::default!(parameters),
                move |state, record, out| {
                    let returned = mapper(line.pick(&*state, &record, out.context)?);
                    __private::settle!(returned, out)
                },
                __private::unfinished,
            )
        }
    }
    __private::serving!(mapper, "mapper");
};
