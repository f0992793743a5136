fn counter() {}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum counter {}
const _: () = {
    use ::catenae::__private;
    const __SPEC: __private::LinkSpec = __private::LinkSpec::new("counter")
        .version(__private::version(::core::option_env!("CARGO_PKG_VERSION")));
    impl __private::Link for counter {
        const SPEC: __private::LinkSpec = __SPEC;
        fn wiring() -> __private::Wiring {
            let parameters = __private::probe::parameters(());
            let item = __private::item!(counter, fn () -> _);
            __private::probe::assert_sends(item);
            __private::source(
                parameters,
                item,
                move |_| __private::default!(parameters),
                move |_, out| {
                    let returned = counter();
                    __private::settle!(returned, out)
                },
                __private::unfinished,
            )
        }
    }
    impl __private::Serving for counter {
        const CLASS: &'static str = "counter";
        fn methods() -> __private::Vec<__private::Served> {
            let state = __private::probe::parameters(()).state();
            let link = __private::method::of_link(state);
            __private::method::list([
                link.serves::<count, _>(),
                link.serves::<reset, _>(),
            ])
        }
    }
    impl __private::Serves<count> for counter {}
    impl __private::Serves<reset> for counter {}
};
