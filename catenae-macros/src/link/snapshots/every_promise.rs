fn mapper(line: String) -> String {
    line
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum mapper {}
const _: () = {
    use ::catenae::__private;
    const __SPEC: __private::LinkSpec = __private::LinkSpec::new("mapper")
        .version(__private::version(::core::option_env!("CARGO_PKG_VERSION")))
        .inputs(&[__private::StreamRef::named("a")])
        .outputs(&[__private::StreamRef::named("b")])
        .delivery(__private::Delivery::AtLeastOnce)
        .commit_interval_millis(250u64)
        .retry(5u32, 100u64, 10000u64)
        .retry_jitter()
        .retry_waiting(__private::Waiting::Delayed)
        .on_decode(__private::OnError::DeadLetter)
        .on_panic(__private::OnError::Fail)
        .cap(50u32, 10u32);
    impl __private::Link for mapper {
        const SPEC: __private::LinkSpec = __SPEC;
        fn wiring() -> __private::Wiring {
            let line = __private::probe::value::<String>();
            let parameters = __private::probe::parameters((line, ()));
            let item = __private::item!(mapper, fn (_) -> _);
            __private::probe::assert_sends(item);
            __private::link(
                parameters,
                item,
                move |_| __private::default!(parameters),
                move |_, record, out| {
                    let returned = mapper(__private::probe::take::<String>(&record)?);
                    __private::settle!(returned, out)
                },
                __private::unfinished,
            )
        }
    }
    __private::serving!(mapper, "mapper");
};
