fn mapper(line: String) -> String {
    line
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum mapper {}
const _: () = {
    use ::renamed::__private;
    const __SPEC: __private::LinkSpec = __private::LinkSpec::new("mapper")
        .version(__private::version(::core::option_env!("CARGO_PKG_VERSION")))
        .inputs(&[__private::StreamRef::named("a")])
        .outputs(&[__private::StreamRef::named("b"), __private::StreamRef::named("c")])
        .lanes(4)
        .group("mine")
        .kafka(&["linger.ms=50", "acks=all"]);
    impl __private::Link for mapper {
        const SPEC: __private::LinkSpec = __SPEC;
        fn wiring() -> __private::Wiring {
            let line = __private::probe::value::<String>();
            let parameters = __private::probe::parameters((line, ()));
            __private::probe::assert_lanes(parameters);
            let item = __private::item!(mapper, fn (_) -> _);
            __private::probe::assert_sends(item);
            __private::link(
                    parameters,
                    item,
                    move |_| __private::default!(parameters),
                    move |_, record, out| {
                        let returned = mapper(
                            __private::probe::take::<String>(&record)?,
                        );
                        __private::settle!(returned, out)
                    },
                    __private::unfinished,
                )
                .args(__private::ArgsSpec::of::<MyArgs>())
        }
    }
    __private::serving!(mapper, "mapper");
};
