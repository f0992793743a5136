struct Mapper;
::core::compile_error! {
    "a link is a function, and this is a `struct`: put the attribute on a `fn`"
}
