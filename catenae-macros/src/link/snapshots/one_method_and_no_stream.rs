fn counter(_: &Counts) {}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum counter {}
const _: () = {
    use ::catenae::__private;
    const __SPEC: __private::LinkSpec = __private::LinkSpec::new("counter")
        .version(__private::version(::core::option_env!("CARGO_PKG_VERSION")));
    impl __private::Link for counter {
        const SPEC: __private::LinkSpec = __SPEC;
        fn wiring() -> __private::Wiring {
            let first = __private::role!(Counts);
            let parameters = __private::probe::parameters((first, ()));
            first
                .assert_defaults(__private::probe::Type::<__private::probe::Yes>::new());
            let item = __private::item!(counter, fn (_) -> _);
            __private::probe::assert_sends(item);
            __private::source(
                parameters,
                item,
                __private::ArgsSpec::none(),
                move |_| __private::default!(parameters),
                move |state, out| {
                    let returned = counter(
                        first.pick(&*state, &__private::probe::NoRecord, out.context)?,
                    );
                    __private::settle!(returned, out)
                },
                __private::unfinished,
            )
        }
    }
    impl __private::Serving for counter {
        const CLASS: &'static str = "counter";
        fn methods() -> __private::Vec<__private::Served> {
            let first = __private::role!(Counts);
            let state = __private::probe::parameters((first, ())).state();
            let link = __private::method::of_link(state);
            __private::method::list([link.serves::<count, _>()])
        }
    }
    impl __private::Serves<count> for counter {}
};
