//! Every refusal with its message, and what must be accepted.
//!
//! The messages are those of the compiler in `rust-toolchain.toml`; after a change write them anew
//! with `TRYBUILD=overwrite cargo test -p catenae-ui-tests` and read the difference.

#[test]
fn refusals_teach_and_the_rest_compiles() {
    let cases = trybuild::TestCases::new();
    cases.pass("pass/*.rs");
    cases.compile_fail("fail/*.rs");
}
