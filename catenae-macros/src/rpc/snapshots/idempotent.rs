#[cfg(unix)]
fn r#type(word: String) -> String {
    word
}
#[cfg(unix)]
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum r#type {}
#[cfg(unix)]
const _: () = {
    impl ::renamed::__private::Method for r#type {
        const SPEC: ::renamed::__private::MethodSpec = ::renamed::__private::MethodSpec::new(
                "type",
            )
            .idempotent();
        type Arguments = ::renamed::__private::One<String>;
        type Returned = String;
        fn wire() -> ::renamed::__private::Wire<Self> {
            ::renamed::__private::method::crosses::<String>();
            ::renamed::__private::method::crosses::<String>();
            ::renamed::__private::wire!(Self)
        }
        fn handler() -> ::renamed::__private::Handler {
            ::renamed::__private::Handler::new::<
                Self,
            >(
                (),
                move |lent, arguments| {
                    let returned = r#type(arguments.0);
                    ::renamed::__private::answered!(returned, lent.context)
                },
            )
        }
    }
    impl r#type {
        ::renamed::__private::stub!(fn);
    }
    impl<__S> ::renamed::__private::method::FitsLink<__S, ()> for r#type {}
};
