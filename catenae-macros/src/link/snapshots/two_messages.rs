fn mapper(line: String, text: &str) {}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum mapper {}
const _: () = {
    use ::catenae::__private;
    const __SPEC: __private::LinkSpec = __private::LinkSpec::new("mapper")
        .version(__private::version(::core::option_env!("CARGO_PKG_VERSION")))
        .inputs(&[__private::StreamRef::named("a")]);
    impl __private::Link for mapper {
        const SPEC: __private::LinkSpec = __SPEC;
        fn wiring() -> __private::Wiring {
            let line = __private::probe::value::<String>();
            let text = __private::role!(str);
            let parameters = __private::probe::parameters((line, (text, ())));
            __private::probe::assert_message(parameters);
            __private::probe::assert_one_message((text, line));
            text.assert_defaults(parameters.messages());
            let item = __private::item!(mapper, fn (_, _) -> _);
            __private::probe::assert_sends(item);
            __private::link(
                parameters,
                item,
                move |_| __private::default!(parameters),
                move |state, record, out| {
                    let returned = mapper(
                        __private::probe::take::<String>(&record)?,
                        text.pick(&*state, &record, out.context)?,
                    );
                    __private::settle!(returned, out)
                },
                __private::unfinished,
            )
        }
    }
    __private::serving!(mapper, "mapper");
};
