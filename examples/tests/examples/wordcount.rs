//! The totals of the word count are the truth, which others count.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use catenae_tests::{Child, DEADLINE, Signal, TestBroker, unique};

use crate::fleet::Fleet;
use crate::readme::binary;

/// Word and count.
pub type Totals = BTreeMap<String, u64>;

/// Lines of words, the same for the same seed.
pub fn text(lines: usize, words: usize, seed: u64) -> String {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let marks = [" ", ", ", " - ", "; ", " \"", "'", "...", "\t"];
    let mut text = String::new();
    for _ in 0..lines {
        for _ in 0..words {
            let (word, mark) = (next() % 97, marks[(next() % 8) as usize]);
            let initial = if next() % 5 == 0 { 'W' } else { 'w' };
            write!(text, "{initial}{word}{mark}").unwrap();
        }
        text.push('\n');
    }
    text
}

/// Counts by itself: byte by byte, as the text is ASCII.
pub fn truth(text: &str) -> Totals {
    let mut totals = Totals::new();
    let mut word = String::new();
    for byte in text.bytes().chain([b'\n']) {
        if byte.is_ascii_alphanumeric() {
            word.push(char::from(byte.to_ascii_lowercase()));
        } else if !word.is_empty() {
            *totals.entry(std::mem::take(&mut word)).or_default() += 1;
        }
    }
    totals
}

/// Reads `count word` per line.
#[track_caller]
pub fn totals(lines: impl IntoIterator<Item = String>) -> Totals {
    let split = |line: String| {
        let (count, word) = line.trim().split_once(' ').unwrap();
        (word.to_owned(), count.parse().unwrap())
    };
    let listed: Vec<(String, u64)> = lines.into_iter().map(split).collect();
    let totals: Totals = listed.iter().cloned().collect();
    assert_eq!(totals.len(), listed.len(), "a word is there twice");
    totals
}

/// What `tr`, `sort` and `uniq` count.
fn tools(file: &Path) -> Totals {
    let script = "tr -cs '[:alnum:]' '\\n' < \"$0\" | tr '[:upper:]' '[:lower:]' | grep . \
                  | sort | uniq -c";
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(file).env("LC_ALL", "C");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    totals(text.lines().map(str::to_owned))
}

/// A text in a file, and its truth.
fn file(lines: usize) -> (PathBuf, Totals) {
    let file = std::env::temp_dir().join(unique("words.txt"));
    let text = text(lines, 5, 7);
    fs::write(&file, &text).unwrap();
    let truth = truth(&text);
    assert_eq!(truth, tools(&file), "`uniq -c` counts otherwise");
    (file, truth)
}

#[test]
fn a_file_in_one_process() {
    let (file, truth) = file(20_000);
    let wordcount = Child::start(binary("wordcount"), ["--file", file.to_str().unwrap()]);
    assert!(
        wordcount.end(DEADLINE).success(),
        "{:#?}",
        wordcount.lines()
    );
    assert_eq!(totals(wordcount.printed()), truth);
    fs::remove_file(file).unwrap();
}

#[test]
fn a_file_in_three_processes() {
    let (file, truth) = file(20_000);
    let mut fleet = Fleet::new(TestBroker::start());
    let reducer = fleet.start_with("reducer", &[]);
    let mapper = fleet.start_with("mapper", &[]);
    let streamer = fleet.start_with("streamer", &["--file", file.to_str().unwrap()]);
    assert!(streamer.end(DEADLINE).success(), "{:#?}", streamer.lines());
    fleet.read_to_the_end("mapper", DEADLINE);
    fleet.read_to_the_end("reducer", DEADLINE);
    for child in [&mapper, &reducer] {
        child.signal(Signal::Terminate);
        assert!(child.end(DEADLINE).success(), "{:#?}", child.lines());
    }
    assert_eq!(totals(reducer.printed()), truth);
    fs::remove_file(file).unwrap();
}

/// A file that is not there is an error that names it, and no total.
#[test]
fn a_file_that_is_not_there() {
    let wordcount = Child::start(binary("wordcount"), ["--file", "/no/such/file"]);
    assert_eq!(wordcount.end(DEADLINE).code(), Some(1));
    wordcount.line("/no/such/file: No such file or directory", DEADLINE);
    assert!(wordcount.printed().is_empty());
    let lines = wordcount.lines();
    assert!(
        !lines.iter().any(|line| line.contains("everything is read")),
        "{lines:#?}"
    );
}
