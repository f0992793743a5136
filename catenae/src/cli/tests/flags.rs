//! The table of flags as programs know it that read `describe`.

use std::fs;
use std::path::PathBuf;

use crate::cli::flags::{BuiltInFlag, FLAGS, VERSION};

fn line(flag: &BuiltInFlag) -> String {
    let short = flag
        .short
        .map_or(String::new(), |short| format!("-{short} "));
    format!(
        "{short}--{} {} {:?} {:?} default {:?}\n",
        flag.long, flag.env, flag.takes, flag.scope, flag.default
    )
}

#[test]
fn a_table_that_has_changed_has_another_version() {
    let name = format!("src/cli/tests/flags/version-{VERSION}.txt");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(&name);
    let known = fs::read_to_string(path).unwrap_or_default();
    let table: String = FLAGS.iter().map(|flag| line(flag)).collect();
    assert_eq!(
        known, table,
        "`catenae/{name}` is not this table: if a flag has changed, count `VERSION` up, and write the new table to a \
         file of the new version"
    );
}
