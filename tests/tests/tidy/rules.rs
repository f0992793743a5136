//! The rules, each with what it says when it is broken.

use crate::mask::mask;

/// Files longer than this are split.
const LONGEST: usize = 400;

/// Rooms without clock, runtime and Kafka: `x` stands for `x.rs` and everything below `x/`.
const PURE: &[&str] = &[
    "catenae/src/codec",
    "catenae/src/connection",
    "catenae/src/electron",
    "catenae/src/emit",
    "catenae/src/inputs",
    "catenae/src/lane/retry_queues",
    "catenae/src/link",
    "catenae/src/liveness",
    "catenae/src/message",
    "catenae/src/outcome",
    "catenae/src/record",
    "catenae/src/rpc/core",
    "catenae/src/rpc/simulation",
    "catenae/src/settle",
    "catenae/src/simulation",
    "catenae/src/spec",
    "catenae/src/stream",
];

/// Folder names that say nothing about what lives there.
const VAGUE: &[&str] = &[
    "util", "utils", "helper", "helpers", "common", "misc", "manager",
];

/// What is wrong with the name of a folder.
pub fn folder_complaint(path: &str) -> Option<String> {
    let name = path.rsplit('/').next()?;
    VAGUE
        .contains(&name)
        .then(|| format!("{path}: `{name}` says nothing: name the folder by what lives there"))
}

/// Everything that is wrong with a file, as `path:line: what and why`.
pub fn complaints(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut say = |line: usize, rule: &str| found.push(format!("{path}:{line}: {rule}"));
    let in_ui = in_room(path, "ui-tests/link") || in_room(path, "ui-tests/rpc");
    // A ui test is explained by its file name.
    // A snapshot is what a macro wrote.
    let is_snapshot = path.contains("/snapshots/");
    if !text.starts_with("//! ") && !in_ui && !is_snapshot {
        say(1, "a file starts with `//!` and one sentence about it");
    }
    let length = text.lines().count();
    if length > LONGEST {
        say(
            length,
            &format!("{length} lines: split it, {LONGEST} are the limit"),
        );
    }
    let masked = mask(text);
    let mut in_tests = is_test_file(path);
    for (index, code) in masked.lines().enumerate() {
        in_tests |= code.contains("#[cfg(test)]");
        for rule in line_rules(path, code, in_tests) {
            say(index + 1, rule);
        }
    }
    found
}

fn line_rules(path: &str, code: &str, in_tests: bool) -> Vec<&'static str> {
    let library = in_room(path, "catenae/src");
    let macros = in_room(path, "catenae-macros/src");
    let link = in_room(path, "catenae/src/link");
    let rpc = in_room(path, "catenae/src/rpc");
    let pure = PURE.iter().any(|room| in_room(path, room));
    let kafka = in_room(path, "catenae/src/kafka");
    // The crate's own front re-exports clap, for what a user or an expansion must say.
    let front = ["catenae/src/lib", "catenae/src/private"];
    let command_line = ["catenae/src/cli", "catenae/src/args"];
    let may_say_clap = command_line
        .iter()
        .chain(&front)
        .any(|room| in_room(path, room));
    let says = |word| has_word(code, word);
    let unfinished = ["todo!", "unimplemented!", "dbg!"];
    [
        (
            library && !kafka && says("rdkafka"),
            "only the Kafka room knows `rdkafka`",
        ),
        (
            kafka && says("rdkafka") && code.trim_start().starts_with("pub"),
            "what is `rdkafka`'s is named where it is used: no room gives it away",
        ),
        (
            library && !may_say_clap && says("clap"),
            "only the command line knows `clap`",
        ),
        (pure && says("tokio"), "a pure room knows no `tokio`"),
        (
            pure && says("Instant"),
            "a pure room has no clock: pass the time in",
        ),
        (
            pure && says("SystemTime"),
            "a pure room has no clock: pass the time in",
        ),
        (
            macros && says("rdkafka"),
            "the macros' crate names no `rdkafka`",
        ),
        (
            macros && says("tokio"),
            "the macros' crate names no `tokio`",
        ),
        (
            macros && says("serde"),
            "the macros' crate names no `serde`",
        ),
        (macros && says("clap"), "the macros' crate names no `clap`"),
        (
            (link && code.contains("crate::rpc")) || (rpc && code.contains("crate::link")),
            "`link` and `rpc` never import each other",
        ),
        // Code that a macro emits may say it: the user's lints are not ours to fail.
        (
            !macros && code.contains("#[allow("),
            "write `#[expect(lint, reason = \"…\")]` in place of `#[allow(…)]`",
        ),
        (
            unfinished.iter().any(|mark| code.contains(mark)),
            "unfinished: no `todo!`, `unimplemented!`, `dbg!`",
        ),
        (
            (library || macros) && !in_tests && code.contains(".unwrap()"),
            "no `.unwrap()` in the library: return the error, or `expect` with what makes it sure",
        ),
        (
            in_tests && code.contains("sleep("),
            "a test does not sleep: wait for a condition with a deadline",
        ),
        (says("anyhow"), "no `anyhow`: errors are types"),
    ]
    .into_iter()
    .filter_map(|(broken, rule)| broken.then_some(rule))
    .collect()
}

/// Whether `path` is `room.rs`, or a file below `room/`.
fn in_room(path: &str, room: &str) -> bool {
    path.strip_prefix(room)
        .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

fn is_test_file(path: &str) -> bool {
    let test_crate = in_room(path, "tests") || in_room(path, "ui-tests");
    test_crate || path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// Whether `word` stands in `code` as a name of its own.
fn has_word(code: &str, word: &str) -> bool {
    let name = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word)
        .any(|(at, _)| !code[..at].ends_with(name) && !code[at + word.len()..].starts_with(name))
}
