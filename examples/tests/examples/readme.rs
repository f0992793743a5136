//! What the READMEs and the guide say: their commands, and the lines they promise.
//!
//! A block of code marked `console` has commands behind `$ `, each followed by the lines it prints;
//! `…` stands for what differs from run to run. Behind `console` may stand
//! - `run`: the commands end by themselves and print these lines;
//! - `together`: they run side by side on one broker, sources last; once the sources have ended and
//!   everything is read the others are stopped with Ctrl-C, and together have printed the lines;
//! - `any-order`: the lines come in any order;
//! - `own`: the command runs in the package that the same text tells how to make.

use std::fs;
use std::path::{Path, PathBuf};

/// A block of code marked `console`.
#[derive(Debug)]
pub struct Block {
    /// The words behind `console`.
    pub marks: Vec<String>,
    /// The commands, without the `$ `.
    pub commands: Vec<String>,
    /// The lines that they print.
    pub lines: Vec<String>,
}

/// The folder of the workspace.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The path of a binary of this package, which Cargo builds before its tests.
pub fn binary(name: &str) -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_wordcount")).with_file_name(name)
}

/// The READMEs: the workspace's own, where there is one, and one per example.
pub fn readmes() -> Vec<PathBuf> {
    let folders = fs::read_dir(root().join("examples")).unwrap();
    let folders = folders.map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = folders
        .filter(|path| path.is_dir() && !path.ends_with("tests"))
        .map(|folder| folder.join("README.md"))
        .collect();
    found.extend(Some(root().join("README.md")).filter(|path| path.exists()));
    found
}

/// The chapters of the guide, where there is one.
pub fn chapters() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(root().join("guide")) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

/// The text of a chapter of the guide; `None` where there is no guide.
pub fn chapter(name: &str) -> Option<String> {
    let path = root().join("guide").join(name);
    path.exists().then(|| read(&path))
}

/// The text of an example's README.
pub fn readme(example: &str) -> String {
    read(&root().join("examples").join(example).join("README.md"))
}

pub fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The blocks of a text that have a mark.
pub fn marked(text: &str, mark: &str) -> Vec<Block> {
    let mut found = consoles(text);
    found.retain(|block| block.marks.iter().any(|other| other == mark));
    found
}

/// The blocks of a text that are marked `console`.
pub fn consoles(text: &str) -> Vec<Block> {
    let console = |(info, inside): (&str, Vec<&str>)| {
        let marks = info.strip_prefix("console")?;
        let (commands, lines): (Vec<&str>, Vec<&str>) =
            inside.iter().partition(|line| line.starts_with("$ "));
        Some(Block {
            marks: marks.split_whitespace().map(str::to_owned).collect(),
            commands: commands.iter().map(|line| line[2..].to_owned()).collect(),
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        })
    };
    fences(text).into_iter().filter_map(console).collect()
}

/// The blocks of code of a text: what stands behind the backticks, and the lines.
pub fn fences(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let inside = lines.by_ref().take_while(|line| *line != "```");
            found.push((info, inside.collect()));
        }
    }
    found
}

/// A `cargo run --bin <name> -- <arguments>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CargoRun {
    /// The binary.
    pub binary: String,
    /// Its arguments.
    pub arguments: Vec<String>,
}

impl CargoRun {
    /// Reads a command; `None` when it is another one.
    pub fn parse(command: &str) -> Option<Self> {
        let command = command.split(" #").next()?;
        let mut words = command
            .trim()
            .strip_prefix("cargo run ")?
            .split_whitespace();
        let mut binary = None;
        while let Some(word) = words.next() {
            match word {
                "--bin" => binary = words.next(),
                "--" => break,
                "-q" | "--quiet" | "-r" | "--release" => {}
                other => panic!("`{command}`: what is `{other}`?"),
            }
        }
        Some(Self {
            binary: binary?.to_owned(),
            arguments: words.map(str::to_owned).collect(),
        })
    }

    /// Every one in a text, in blocks and between the lines.
    pub fn all(text: &str) -> Vec<Self> {
        let starts = text.match_indices("cargo run ").map(|(at, _)| at);
        let end = |rest: &str| {
            rest.find(['\n', '`', '|', '>', '&', ';'])
                .unwrap_or(rest.len())
        };
        starts
            .filter_map(|at| Self::parse(&text[at..at + end(&text[at..])]))
            .collect()
    }
}

/// Whether a line is what a README promises.
pub fn fits(promised: &str, line: &str) -> bool {
    let mut parts = promised.split('…');
    let Some(mut rest) = parts.next().and_then(|first| line.strip_prefix(first)) else {
        return false;
    };
    let Some(last) = promised.split('…').skip(1).last() else {
        return rest.is_empty();
    };
    let between: Vec<&str> = parts.collect();
    for part in &between[..between.len() - 1] {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Compares what was printed with what a README promises.
#[track_caller]
pub fn check(block: &Block, printed: &[String]) {
    let any_order = block.marks.iter().any(|mark| mark == "any-order");
    let mut left: Vec<&String> = printed.iter().collect();
    for promised in &block.lines {
        let found = left.iter().position(|line| fits(promised, line));
        let found = found.filter(|at| any_order || *at == 0);
        let Some(at) = found else {
            panic!("`{promised}` is not what comes next in {left:#?} of {printed:#?}");
        };
        left.remove(at);
    }
    assert!(left.is_empty(), "not in the README: {left:#?}");
}

#[test]
fn a_line_fits_what_is_promised() {
    for (promised, line, expected) in [
        ("2 a", "2 a", true),
        ("2 a", "12 a", false),
        ("2 a", "2 and", false),
        ("… | x", "abc-0 | x", true),
        ("… | x", "abc-0 | y", false),
        ("over …: … km", "over 3 N: 5 km", true),
        ("over …: … km", "over 3 N, 5 km", false),
        ("a…b", "ab", true),
        ("ab…b", "ab", false),
    ] {
        assert_eq!(fits(promised, line), expected, "`{promised}` and `{line}`");
    }
}

#[test]
fn commands_are_read() {
    let text = "`cargo run --bin a` and\n```sh\ncargo run -q --bin b -- -k x:1 # often\n```\n";
    let run = |binary: &str, arguments: &[&str]| CargoRun {
        binary: binary.to_owned(),
        arguments: arguments.iter().map(|&word| word.to_owned()).collect(),
    };
    let expected = [run("a", &[]), run("b", &["-k", "x:1"])];
    assert_eq!(CargoRun::all(text), expected);
}
