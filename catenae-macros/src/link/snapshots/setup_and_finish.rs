async fn keep(
    store: &Store,
    message: Event<'_>,
    context: &Context,
) -> Result<(), Error> {
    Ok(())
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum keep {}
const _: () = {
    const __SPEC: ::catenae::__private::LinkSpec = ::catenae::__private::LinkSpec::new(
            "keep",
        )
        .version(::catenae::__private::version(::core::option_env!("CARGO_PKG_VERSION")))
        .inputs(
            &[
                ::catenae::__private::StreamRef::named("a"),
                ::catenae::__private::StreamRef::named("b"),
            ],
        );
    impl ::catenae::__private::Link for keep {
        const SPEC: ::catenae::__private::LinkSpec = __SPEC;
        fn wiring() -> ::catenae::__private::Wiring {
            let first = ::catenae::__private::role!(Store);
            let second = ::catenae::__private::probe::value::<Event<'_>>();
            let third = ::catenae::__private::role!(Context);
            let parameters = ::catenae::__private::probe::parameters((
                first,
                (second, (third, ())),
            ));
            ::catenae::__private::probe::message(parameters);
            ::catenae::__private::probe::one_message((second, first));
            ::catenae::__private::probe::one_message((third, first));
            ::catenae::__private::probe::one_message((third, second));
            let item = ::catenae::__private::item!(keep, fn (_, _, _) -> _);
            ::catenae::__private::probe::sends(item);
            ::catenae::__private::link(
                parameters,
                item,
                ::catenae::__private::ArgsSpec::none(),
                move |context| {
                    let made = ::catenae::__private::setup!(open, parameters, context);
                    ::core::result::Result::Ok(parameters.keep(made))
                },
                move |state, record, out| {
                    let returned = keep(
                        first.pick(&*state, &record, out.context)?,
                        ::catenae::__private::probe::take::<Event<'_>>(&record)?,
                        third.pick(&*state, &record, out.context)?,
                    );
                    ::catenae::__private::settle!(returned, out)
                },
                |state, context| {
                    ::catenae::__private::finish!(module::close, state, context)
                },
            )
        }
    }
    impl ::catenae::__private::Serving for keep {
        const CLASS: &'static str = "keep";
    }
};
