/// Splits a line.
///
/// Into words.
pub fn mapper(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}
/// Splits a line.
///
/// Into words.
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
pub enum mapper {}
#[allow(dead_code)]
fn main() -> ::catenae::__private::ExitCode {
    ::catenae::__private::main::<mapper>()
}
const _: () = {
    const __SPEC: ::catenae::__private::LinkSpec = ::catenae::__private::LinkSpec::new(
            "mapper",
        )
        .summary("Splits a line.")
        .version(::catenae::__private::version(::core::option_env!("CARGO_PKG_VERSION")))
        .inputs(&[::catenae::__private::StreamRef::named("lines")])
        .outputs(&[::catenae::__private::StreamRef::named("words")]);
    impl ::catenae::__private::Link for mapper {
        const SPEC: ::catenae::__private::LinkSpec = __SPEC;
        fn wiring() -> ::catenae::__private::Wiring {
            let first = ::catenae::__private::role!(str);
            let parameters = ::catenae::__private::probe::parameters((first, ()));
            ::catenae::__private::probe::message(parameters);
            first.defaults(parameters.messages());
            let item = ::catenae::__private::item!(mapper, fn (_) -> _);
            ::catenae::__private::probe::sends(item);
            ::catenae::__private::link(
                parameters,
                item,
                ::catenae::__private::ArgsSpec::none(),
                move |_| ::catenae::__private::default!(parameters),
                move |state, record, out| {
                    let returned = mapper(first.pick(&*state, &record, out.context)?);
                    ::catenae::__private::settle!(returned, out)
                },
                ::catenae::__private::unfinished,
            )
        }
    }
    impl ::catenae::__private::Serving for mapper {
        const CLASS: &'static str = "mapper";
    }
};
