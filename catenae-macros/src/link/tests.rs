//! Whole expansions, reviewed as code.

use expect_test::expect_file;

use super::args::OPTIONS;
use super::choices::{Choice, Place, compare};
use super::{Target, link};
use crate::snapshot::{all_shown, check, tokens};

macro_rules! snapshots {
    ($($name:ident: $target:ident, $args:literal, $item:literal;)*) => {
    $(
        #[test]
        fn $name() {
            let expected = expect_file![concat!("snapshots/", stringify!($name), ".rs")];
            check(link(tokens($args), tokens($item), Target::$target), expected);
        }
    )*

    #[test]
    fn every_option_is_shown() {
        all_shown(&OPTIONS, &[$($args),*]);
    }};
}

snapshots! {
    middle_link: Program, r#"input = "lines", output = "words""#,
        "pub fn mapper(line: &str) -> Vec<&str> { line.split(' ').collect() }";
    link_in_a_library: Other, r#"input = "lines", output = "words""#,
        "fn mapper(line: &str) -> Vec<&str> { line.split(' ').collect() }";
    exclusive_state: Other, r#"input = "words""#,
        "fn reducer(counts: &mut Counts, (word, n): (String, u64)) { counts.add(word, n) }";
    setup_and_finish: Other, r#"input = ["a", "b"], setup = open, finish = module::close"#,
        "async fn keep(store: &Store, message: Event<'_>) -> Result<(), Error> { Ok(()) }";
    source: Other, r#"output = "lines", every = "2s""#,
        "fn streamer(context: &Context) -> impl Iterator<Item = String> { lines(context) }";
    leaf_source: Other, "", "/// Runs alone.\n///\n/// Without a stream.\npub fn alone() {}";
    typed_streams: Other, r#"input = [LINES, "more"], output = streams::WORDS"#,
        "fn mapper<'l>(line: Electron<&'l str>) -> Vec<&'l str> { split(line) }";
    every_option: Program, r#"input = "a", output = ["b", "c"], args = MyArgs, lanes = 4, group = "mine", kafka = ["linger.ms=50", "acks=all"], main = false, crate = ::renamed"#,
        "fn mapper(line: String) -> String { line }";
    several_inputs: Other, r#"input = ["a", "b"], input_mode = strict, reserve = 10%, partitions = 3, group = "each", consumer_timeout = "1m""#,
        "fn reducer(word: String) {}";
    exp_window: Other, r#"input = ["a", "b"], input_mode = exp, exp_window = "15m""#,
        "fn reducer(word: String) {}";
    every_promise: Other, r#"input = "a", output = "b", delivery = at_least_once, commit_interval = "250ms", retry(max = 5, backoff = "100ms..10s", jitter, delayed), on_error(decode = dead_letter, panic = fail), cap(run = 50)"#,
        "fn mapper(line: String) -> String { line }";
    exactly_once: Other, r#"input = "a", output = "b", delivery = exactly_once, order = seq, on_error = skip"#,
        "fn mapper(line: String) -> String { line }";
    method: Other, r#"input = "words", rpc = module::reset"#, "fn reducer(word: String) {}";
    methods_and_no_stream: Other, "rpc = [count, reset]", "fn counter() {}";
    conditional: Program, r#"input = "a""#, "#[cfg(unix)] #[inline] pub(crate) fn r#loop(line: String) {}";
    two_messages: Other, r#"input = "a""#, "fn mapper(line: String, text: &str) {}";
    refused: Program, r#"input = "my lines", colour = "red""#, "fn mapper(line: String) -> String { line }";
    refused_item: Program, r#"input = "a""#, "struct Mapper;";
}

/// The attribute that makes these choices.
fn attribute(chosen: &[Choice]) -> String {
    let mut options = Vec::new();
    if !chosen.contains(&Choice::NoInput) {
        options.push(r#"input = "a""#);
    }
    if !chosen.contains(&Choice::NoOutput) {
        options.push(r#"output = "b""#);
    }
    options.extend(chosen.iter().filter_map(|choice| match choice {
        Choice::NoInput | Choice::NoOutput => None,
        Choice::AtLeastOnce => Some("delivery = at_least_once"),
        Choice::AtMostOnce => Some("delivery = at_most_once"),
        Choice::ExactlyOnce => Some("delivery = exactly_once"),
        Choice::Sequential => Some("order = seq"),
        Choice::Synchronous => Some("order = sync"),
        Choice::Lanes => Some("lanes = 4"),
        Choice::InPlace => Some("retry(max = 3)"),
        Choice::Park => Some("retry(max = 3, park)"),
        Choice::Delayed => Some("retry(max = 3, delayed)"),
        Choice::Skip => Some("on_error = skip"),
        Choice::Cap => Some("cap(run = 5)"),
        Choice::Parity => Some("input_mode = parity"),
        Choice::Exp => Some("input_mode = exp"),
        Choice::Strict => Some("input_mode = strict"),
        Choice::Reserve => Some("reserve = 10%"),
        Choice::Each => Some(r#"group = "each""#),
    }));
    options.join(", ")
}

#[test]
fn what_excludes_each_other_is_refused_and_nothing_else() {
    compare(Place::Attribute, |chosen| {
        let item = match chosen.contains(&Choice::NoInput) {
            true => "fn source() -> String { line() }",
            false => "fn mapper(line: String) -> String { line }",
        };
        let expanded = link(tokens(&attribute(chosen)), tokens(item), Target::Other);
        Some(expanded.to_string().contains("compile_error"))
    });
}
