/// Runs alone.
///
/// Without a stream.
pub fn alone() {}
/// Runs alone.
///
/// Without a stream.
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
pub enum alone {}
const _: () = {
    use ::catenae::__private;
    const __SPEC: __private::LinkSpec = __private::LinkSpec::new("alone")
        .summary("Runs alone.")
        .version(__private::version(::core::option_env!("CARGO_PKG_VERSION")));
    impl __private::Link for alone {
        const SPEC: __private::LinkSpec = __SPEC;
        fn wiring() -> __private::Wiring {
            let parameters = __private::probe::parameters(());
            let item = __private::item!(alone, fn () -> _);
            __private::probe::assert_sends(item);
            __private::source(
                parameters,
                item,
                move |_| __private::default!(parameters),
                move |_, out| {
                    let returned = alone();
                    __private::settle!(returned, out)
                },
                __private::unfinished,
            )
        }
    }
    __private::serving!(alone, "alone");
};
