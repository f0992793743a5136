async fn keep(store: &Store, message: Event<'_>) -> Result<(), Error> {
    Ok(())
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum keep {}
const _: () = {
    use ::catenae::__private;
    const __SPEC: __private::LinkSpec = __private::LinkSpec::new("keep")
        .version(__private::version(::core::option_env!("CARGO_PKG_VERSION")))
        .inputs(&[__private::StreamRef::named("a"), __private::StreamRef::named("b")]);
    impl __private::Link for keep {
        const SPEC: __private::LinkSpec = __SPEC;
        fn wiring() -> __private::Wiring {
            let store = __private::role!(Store);
            let message = __private::probe::value::<Event<'_>>();
            let parameters = __private::probe::parameters((store, (message, ())));
            __private::probe::assert_message(parameters);
            __private::probe::assert_one_message((message, store));
            let item = __private::item!(keep, fn (_, _) -> _);
            __private::probe::assert_sends(item);
            __private::link(
                parameters,
                item,
                move |context| {
                    let made = __private::setup!(open, parameters, context);
                    ::core::result::Result::Ok(parameters.keep(made))
                },
                move |state, record, out| {
                    let returned = keep(
                        store.pick(&*state, &record, out.context)?,
                        __private::probe::take::<Event<'_>>(&record)?,
                    );
                    __private::settle!(returned, out)
                },
                |state, context| __private::finish!(module::close, state, context),
            )
        }
    }
    __private::serving!(keep, "keep");
};
