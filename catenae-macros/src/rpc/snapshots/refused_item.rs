struct Count;
::core::compile_error! {
    "an rpc is a function, and this is a `struct`: put the attribute on a `fn`"
}
