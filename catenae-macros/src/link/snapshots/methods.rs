fn reducer(counts: &mut Counts, (word, n): (String, u64)) {
    counts.add(word, n)
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum reducer {}
const _: () = {
    const __SPEC: ::catenae::__private::LinkSpec = ::catenae::__private::LinkSpec::new(
            "reducer",
        )
        .version(::catenae::__private::version(::core::option_env!("CARGO_PKG_VERSION")))
        .inputs(&[::catenae::__private::StreamRef::named("words")]);
    impl ::catenae::__private::Link for reducer {
        const SPEC: ::catenae::__private::LinkSpec = __SPEC;
        fn wiring() -> ::catenae::__private::Wiring {
            let first = ::catenae::__private::probe::exclusive::<Counts>();
            let second = ::catenae::__private::probe::value::<(String, u64)>();
            let parameters = ::catenae::__private::probe::parameters((
                first,
                (second, ()),
            ));
            first.defaults(parameters.messages());
            let item = ::catenae::__private::item!(reducer, fn (_, _) -> _);
            ::catenae::__private::probe::sends(item);
            ::catenae::__private::link(
                parameters,
                item,
                ::catenae::__private::ArgsSpec::none(),
                move |_| ::catenae::__private::default!(parameters),
                move |state, record, out| {
                    let returned = reducer(
                        state,
                        ::catenae::__private::probe::take::<(String, u64)>(&record)?,
                    );
                    ::catenae::__private::settle!(returned, out)
                },
                ::catenae::__private::unfinished,
            )
        }
    }
    impl ::catenae::__private::Serving for reducer {
        const CLASS: &'static str = "reducer";
        fn methods() -> ::catenae::__private::Vec<::catenae::__private::Served> {
            let state = ::catenae::__private::probe::Type::<Counts>::new();
            let link = ::catenae::__private::method::of_link(state);
            ::catenae::__private::method::list([
                link.serves::<count, _>(),
                link.serves::<module::reset, _>(),
            ])
        }
    }
    impl ::catenae::__private::Serves<count> for reducer {}
    impl ::catenae::__private::Serves<module::reset> for reducer {}
};
