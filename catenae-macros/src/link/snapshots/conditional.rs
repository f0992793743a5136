#[cfg(unix)]
#[inline]
pub(crate) fn r#loop(line: String) {}
#[cfg(unix)]
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
pub(crate) enum r#loop {}
#[cfg(unix)]
#[allow(dead_code)]
fn main() -> ::catenae::__private::ExitCode {
    ::catenae::__private::main::<r#loop>()
}
#[cfg(unix)]
const _: () = {
    const __SPEC: ::catenae::__private::LinkSpec = ::catenae::__private::LinkSpec::new(
            "loop",
        )
        .version(::catenae::__private::version(::core::option_env!("CARGO_PKG_VERSION")))
        .inputs(&[::catenae::__private::StreamRef::named("a")]);
    impl ::catenae::__private::Link for r#loop {
        const SPEC: ::catenae::__private::LinkSpec = __SPEC;
        fn wiring() -> ::catenae::__private::Wiring {
            let first = ::catenae::__private::probe::value::<String>();
            let parameters = ::catenae::__private::probe::parameters((first, ()));
            let item = ::catenae::__private::item!(r#loop, fn (_) -> _);
            ::catenae::__private::probe::sends(item);
            ::catenae::__private::link(
                parameters,
                item,
                ::catenae::__private::ArgsSpec::none(),
                move |_| ::catenae::__private::default!(parameters),
                move |_, record, out| {
                    let returned = r#loop(
                        ::catenae::__private::probe::take::<String>(&record)?,
                    );
                    ::catenae::__private::settle!(returned, out)
                },
                ::catenae::__private::unfinished,
            )
        }
    }
    impl ::catenae::__private::Serving for r#loop {
        const CLASS: &'static str = "loop";
    }
};
