#[cfg(unix)]
#[inline]
pub(crate) fn r#loop(line: String) {}
#[cfg(unix)]
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
pub(crate) enum r#loop {}
#[cfg(unix)]
::catenae::__private::program!(
    #[allow(non_camel_case_types, dead_code)] main : r#loop,
    loop_stands_inside_a_function_so_move_it_out_or_write_main_false
);
#[cfg(unix)]
const _: () = {
    use ::catenae::__private;
    const __SPEC: __private::LinkSpec = __private::LinkSpec::new("loop")
        .version(__private::version(::core::option_env!("CARGO_PKG_VERSION")))
        .inputs(&[__private::StreamRef::named("a")]);
    impl __private::Link for r#loop {
        const SPEC: __private::LinkSpec = __SPEC;
        fn wiring() -> __private::Wiring {
            let line = __private::probe::value::<String>();
            let parameters = __private::probe::parameters((line, ()));
            let item = __private::item!(r#loop, fn (_) -> _);
            __private::probe::assert_sends(item);
            __private::link(
                parameters,
                item,
                move |_| __private::default!(parameters),
                move |_, record, out| {
                    let returned = r#loop(__private::probe::take::<String>(&record)?);
                    __private::settle!(returned, out)
                },
                __private::unfinished,
            )
        }
    }
    __private::serving!(r#loop, "loop");
};
