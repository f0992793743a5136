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
        .delivery(__private::Delivery::ExactlyOnce)
        .order(__private::Order::Sequential)
        .on_decode(__private::OnError::Skip)
        .on_handler(__private::OnError::Skip)
        .on_panic(__private::OnError::Skip);
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
