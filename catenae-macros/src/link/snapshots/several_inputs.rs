fn reducer(word: String) {}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum reducer {}
const _: () = {
    use ::catenae::__private;
    const __SPEC: __private::LinkSpec = __private::LinkSpec::new("reducer")
        .version(__private::version(::core::option_env!("CARGO_PKG_VERSION")))
        .inputs(&[__private::StreamRef::named("a"), __private::StreamRef::named("b")])
        .input_mode(__private::InputMode::Strict)
        .reserve(10u32)
        .partitions(3u32)
        .group("each")
        .consumer_timeout_millis(60000u64);
    impl __private::Link for reducer {
        const SPEC: __private::LinkSpec = __SPEC;
        fn wiring() -> __private::Wiring {
            let word = __private::probe::value::<String>();
            let parameters = __private::probe::parameters((word, ()));
            let item = __private::item!(reducer, fn (_) -> _);
            __private::probe::assert_sends(item);
            __private::link(
                parameters,
                item,
                move |_| __private::default!(parameters),
                move |_, record, out| {
                    let returned = reducer(__private::probe::take::<String>(&record)?);
                    __private::settle!(returned, out)
                },
                __private::unfinished,
            )
        }
    }
    __private::serving!(reducer, "reducer");
};
