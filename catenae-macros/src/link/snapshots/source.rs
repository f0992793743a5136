fn streamer(context: &Context) -> impl Iterator<Item = String> {
    lines(context)
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum streamer {}
const _: () = {
    use ::catenae::__private;
    const __SPEC: __private::LinkSpec = __private::LinkSpec::new("streamer")
        .version(__private::version(::core::option_env!("CARGO_PKG_VERSION")))
        .outputs(&[__private::StreamRef::named("lines")])
        .every_millis(2000u64);
    impl __private::Link for streamer {
        const SPEC: __private::LinkSpec = __SPEC;
        fn wiring() -> __private::Wiring {
            let context = __private::role!(Context);
            let parameters = __private::probe::parameters((context, ()));
            context
                .assert_defaults(__private::probe::Type::<__private::probe::Yes>::new());
            let item = __private::item!(streamer, fn (_) -> _);
            __private::probe::assert_sends(item);
            __private::source(
                parameters,
                item,
                move |_| __private::default!(parameters),
                move |state, out| {
                    let returned = streamer(
                        context.pick(&*state, &__private::probe::NoRecord, out.context)?,
                    );
                    __private::settle!(returned, out)
                },
                __private::unfinished,
            )
        }
    }
    __private::serving!(streamer, "streamer");
};
