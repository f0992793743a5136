fn reducer(counts: &mut Counts, (word, n): (String, u64)) {
    counts.add(word, n)
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum reducer {}
const _: () = {
    use ::catenae::__private;
    const __SPEC: __private::LinkSpec = __private::LinkSpec::new("reducer")
        .version(__private::version(::core::option_env!("CARGO_PKG_VERSION")))
        .inputs(&[__private::StreamRef::named("words")]);
    impl __private::Link for reducer {
        const SPEC: __private::LinkSpec = __SPEC;
        fn wiring() -> __private::Wiring {
            let counts = __private::probe::exclusive::<Counts>();
            let second = __private::probe::value::<(String, u64)>();
            let parameters = __private::probe::parameters((counts, (second, ())));
            counts.assert_defaults(parameters.messages());
            let item = __private::item!(reducer, fn (_, _) -> _);
            __private::probe::assert_sends(item);
            __private::link(
                parameters,
                item,
                move |_| __private::default!(parameters),
                move |state, record, out| {
                    let returned = reducer(
                        state,
                        __private::probe::take::<(String, u64)>(&record)?,
                    );
                    __private::settle!(returned, out)
                },
                __private::unfinished,
            )
        }
    }
    __private::serving!(reducer, "reducer");
};
