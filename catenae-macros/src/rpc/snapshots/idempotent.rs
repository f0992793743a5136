#[cfg(unix)]
fn r#type(word: String) -> String {
    word
}
#[cfg(unix)]
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum r#type {}
#[cfg(unix)]
const _: () = {
    use ::renamed::__private;
    impl __private::Method for r#type {
        const SPEC: __private::MethodSpec = __private::MethodSpec::new("type")
            .idempotent();
        type Arguments = __private::One<String>;
        type Returned = String;
        fn wire() -> __private::MethodCodec<Self> {
            __private::method::assert_crosses::<String>();
            __private::method::assert_crosses::<String>();
            __private::wire!(Self)
        }
        fn handler() -> __private::Handler {
            __private::Handler::new::<
                Self,
            >(
                (),
                move |lent, arguments| {
                    let returned = r#type(arguments.0);
                    __private::answered!(returned, lent.context)
                },
            )
        }
    }
    impl r#type {
        __private::stub!(fn);
    }
    impl<__S> __private::method::FitsLink<__S, ()> for r#type {}
};
