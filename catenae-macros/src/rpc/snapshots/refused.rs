fn count(word: &str) -> u64 {
    0
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum count {}
const _: () = {
    use ::catenae::__private;
    impl __private::Method for count {
        const SPEC: __private::MethodSpec = __private::MethodSpec::new("count");
        type Arguments = __private::UnknownArguments;
        type Returned = u64;
        fn wire() -> __private::MethodCodec<Self> {
            ::core::unreachable!("this rpc does not compile")
        }
        fn handler() -> __private::Handler {
            ::core::unreachable!("this rpc does not compile")
        }
    }
    impl count {
        __private::stub!(fn);
    }
    impl<__S> __private::method::FitsLink<__S, __private::UnknownArguments> for count {}
};
::core::compile_error! {
    "an argument comes from another program, so it is taken by value: write `String`"
}
