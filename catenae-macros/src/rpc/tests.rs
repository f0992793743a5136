//! Whole expansions, reviewed as code.

use expect_test::expect_file;

use super::args::OPTIONS;
use super::rpc;
use crate::snapshot::{all_shown, check, tokens};

macro_rules! snapshots {
    ($($name:ident: $args:literal, $item:literal;)*) => {
    $(
        #[test]
        fn $name() {
            let expected = expect_file![concat!("snapshots/", stringify!($name), ".rs")];
            check(rpc(tokens($args), tokens($item)), expected);
        }
    )*

    #[test]
    fn every_option_is_shown() {
        all_shown(&OPTIONS, &[$($args),*]);
    }};
}

snapshots! {
    state: "", "/// How many words there are.\npub fn count(counts: &mut Counts) -> u64 { counts.all() }";
    arguments: "", "pub fn count(word: String, (low, high): (u64, u64)) -> u64 { 0 }";
    caller_and_context: "", "fn count(caller: &Caller, context: &Context) {}";
    nothing: "", "fn tick() {}";
    asynchronous: "", "pub(crate) async fn reset(counts: &Counts, word: String) -> Result<(), Error> { counts.reset(word).await }";
    idempotent: "idempotent, crate = ::renamed", "#[cfg(unix)] fn r#type(word: String) -> String { word }";
    builtin: "builtin, crate = crate", "fn ping(context: &Context) -> String { context.uid() }";
    refused: "", "fn count(word: &str) -> u64 { 0 }";
    refused_item: "idempotent", "struct Count;";
}
