//! Every refusal with its message, and what must be accepted.
//!
//! The messages are those of the compiler in `rust-toolchain.toml`; after a change write them again
//! with `TRYBUILD=overwrite cargo test -p catenae-ui-tests` and read the difference.
//!
//! The two kinds stand apart, because refusals by themselves are all compiled by one Cargo, side by side, and
//! without code; together with a program that runs, each is compiled on its own.

use trybuild::TestCases;

#[test]
fn refusals_teach() {
    TestCases::new().compile_fail("*/fail/*.rs");
}

#[test]
fn the_rest_compiles_and_runs() {
    TestCases::new().pass("*/pass/*.rs");
}
