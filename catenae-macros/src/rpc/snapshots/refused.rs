fn count(word: &str) -> u64 {
    0
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum count {}
const _: () = {
    impl ::catenae::__private::Method for count {
        const SPEC: ::catenae::__private::MethodSpec = ::catenae::__private::MethodSpec::new(
            "count",
        );
        type Arguments = ::catenae::__private::Unknown;
        type Returned = u64;
        fn wire() -> ::catenae::__private::Wire<Self> {
            ::core::unreachable!("this rpc does not compile")
        }
        fn handler() -> ::catenae::__private::Handler {
            ::core::unreachable!("this rpc does not compile")
        }
    }
    impl count {
        ::catenae::__private::stub!(fn);
    }
    impl<__S> ::catenae::__private::method::FitsLink<__S, ::catenae::__private::Unknown>
    for count {}
};
::core::compile_error! {
    "an argument comes from another program, so it is taken by value: write `String`"
}
