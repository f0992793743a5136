//! Whole expansions, reviewed as code.

use expect_test::expect_file;

use super::rpc;
use crate::snapshot::{check, tokens};

macro_rules! snapshots {
    ($($name:ident: $args:literal, $item:literal;)*) => {$(
        #[test]
        fn $name() {
            let expected = expect_file![concat!("snapshots/", stringify!($name), ".rs")];
            check(rpc(tokens($args), tokens($item)), expected);
        }
    )*};
}

snapshots! {
    every_parameter: "", "/// How often a word came.\npub fn count(counts: &mut Counts, word: String, (low, high): (u64, u64), caller: &Caller, context: &Context) -> u64 { counts.of(&word) }";
    nothing: "", "fn tick() {}";
    asynchronous: "", "pub(crate) async fn reset(counts: &Counts, word: String) -> Result<(), Error> { counts.reset(word).await }";
    idempotent: "idempotent, crate = ::renamed", "#[cfg(unix)] fn r#type(word: String) -> String { word }";
    builtin: "builtin, crate = crate", "fn ping(context: &Context) -> String { context.uid() }";
    refused: "", "fn count(word: &str) -> u64 { 0 }";
    refused_item: "idempotent", "struct Count;";
}
