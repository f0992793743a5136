fn mapper(line: String) -> String {
    line
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum mapper {}
::catenae::__private::program!(
    #[allow(non_camel_case_types, dead_code)] main : mapper,
    mapper_stands_inside_a_function_so_move_it_out_or_write_main_false
);
const _: () = {
    use ::catenae::__private;
    impl __private::Link for mapper {
        const SPEC: __private::LinkSpec = __private::LinkSpec::new("mapper");
        fn wiring() -> __private::Wiring {
            ::core::unreachable!("this link does not compile")
        }
    }
    __private::serving!(mapper, "mapper");
    impl<__M> __private::Serves<__M> for mapper {}
};
::core::compile_error! {
    "there is no option `colour`; the options are `input`, `output`, `every`, `setup`, `finish`, `rpc`, `args`, `lanes`, `input_mode`, `exp_window`, `reserve`, `partitions`, `group`, `consumer_timeout`, `delivery`, `commit_interval`, `order`, `retry`, `on_error`, `cap`, `kafka`, `main`, `crate`"
}
::core::compile_error! {
    "a stream cannot be named `my lines`, because of ` `: a name has 1 to 249 letters, digits, `.`, `_` or `-`"
}
