//! The examples do what their READMEs say, in one process and as processes of their own.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its files has failed"
)]

#[path = "examples/fleet.rs"]
mod fleet;
#[path = "examples/iss.rs"]
mod iss;
#[path = "examples/kill.rs"]
mod kill;
#[path = "examples/logs.rs"]
mod logs;
#[path = "examples/own.rs"]
mod own;
#[path = "examples/readme.rs"]
mod readme;
#[path = "examples/wordcount.rs"]
mod wordcount;

use std::collections::BTreeMap;
use std::process::Command;

use catenae_tests::{Child, DEADLINE, Signal, TestBroker};

use fleet::{Fleet, contract};
use readme::{
    Block, CargoRun, binary, chapter, chapters, check, consoles, fences, marked, read, readme,
    readmes, root,
};

/// Runs every command of the blocks marked `run`, and compares.
#[track_caller]
fn check_runs(text: &str, more: &[&str]) -> Vec<Vec<String>> {
    let blocks = marked(text, "run");
    blocks.iter().map(|block| check_run(block, more)).collect()
}

#[track_caller]
fn check_run(block: &Block, more: &[&str]) -> Vec<String> {
    let mut printed = Vec::new();
    for written in &block.commands {
        let (first, piped) = match written.split_once(" | ") {
            Some((first, rest)) => (first, Some(rest)),
            None => (written.as_str(), None),
        };
        // What a pipe hides, the lines that are missing then tell.
        let mut command = match (CargoRun::parse(first), piped) {
            (Some(run), None) => {
                let mut command = Command::new(binary(&run.binary));
                command.args(run.arguments).args(more);
                command
            }
            (Some(run), Some(rest)) => {
                let mut shell = shell(&format!("\"$0\" \"$@\" | {rest}"));
                shell.arg(binary(&run.binary));
                shell.args(run.arguments).args(more);
                shell
            }
            (None, _) => shell(written),
        };
        command.current_dir(root());
        let child = Child::spawn(command);
        let status = child.end(DEADLINE);
        assert!(
            status.success(),
            "`{written}`: {status}: {:#?}",
            child.lines()
        );
        check_quiet(&child);
        printed.extend(child.printed());
    }
    check(block, &printed);
    printed
}

fn shell(script: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).env("LC_ALL", "C");
    shell
}

/// A run that went well has nothing above INFO to say, and moves no partitions when all is done.
#[track_caller]
fn check_quiet(child: &Child) {
    let lines = child.lines();
    let told = |line: &&String| {
        // The server of the station's position is told to fail once, and that is told as it should be.
        let is_station = line.contains(" no position from ") && line.contains(" iss_position/");
        // The embedded broker puts a member out of its group that is late for a moment.
        let in_memory = || lines.iter().any(|line| line.contains(", in memory:"));
        let is_late = line.contains(" lost: ") && (in_memory() || !TestBroker::is_kafka());
        // Tests that share a Kafka start instances of the same name, the README's, at once, and some write nonsense
        // to the streams of calls.
        let of_others = [
            " announces an incarnation ",
            " is not a message between micromodules ",
        ];
        let is_of_others = of_others.iter().any(|of_others| line.contains(of_others));
        is_station || is_late || is_of_others && TestBroker::is_kafka()
    };
    let loud = child.loud();
    let mut loud = loud.iter().filter(|line| !told(line));
    assert!(loud.next().is_none(), "{lines:#?}");
    if !lines.iter().any(|line| line.contains(" lost: ")) {
        check_nothing_moves(&lines);
    }
}

/// When a member gives its last partitions back, its whole class does, and nobody gets any.
#[track_caller]
fn check_nothing_moves(lines: &[String]) {
    // What stands before the word is `mapper/17a4eadd0b44-3`.
    let who = |line: &'_ str, word: &str| {
        let (before, _) = line.split_once(word)?;
        let who = before.rsplit(' ').next()?;
        Some((who.split('/').next()?.to_owned(), who.to_owned()))
    };
    let mut last = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        if let Some((class, who)) = who(line, " revoked: ") {
            last.insert((class, who), at);
        }
    }
    for (at, line) in lines.iter().enumerate() {
        let Some((class, _)) = who(line, " assigned: ") else {
            continue;
        };
        let gone = last.iter().any(|((of, _), end)| *of == class && *end < at);
        assert!(!gone, "moved for nothing: {line}\n{lines:#?}");
    }
}

/// Runs the block marked `together` as processes of their own on the broker of this run.
#[track_caller]
fn check_together(text: &str) {
    let blocks = marked(text, "together");
    assert_eq!(blocks.len(), 1, "one block runs together");
    let mut fleet = Fleet::new(TestBroker::start());
    let runs = blocks[0].commands.iter();
    let runs: Vec<CargoRun> = runs.map(|run| CargoRun::parse(run).unwrap()).collect();
    let is_source = |run: &&CargoRun| contract(&run.binary).inputs.is_empty();
    let (sources, readers): (Vec<&CargoRun>, Vec<&CargoRun>) = runs.iter().partition(is_source);
    let reading: Vec<Child> = readers.iter().map(|run| fleet.start(run)).collect();
    // While a group forms on a busy machine a member may be put out of it, and its work be done twice.
    for child in &reading {
        child.line("assigned: ", DEADLINE);
    }
    for run in sources {
        let source = fleet.start(run);
        assert!(source.end(DEADLINE).success(), "{:#?}", source.lines());
    }
    // From the sources on: what the first has read, the next can read.
    for run in readers.iter().rev() {
        fleet.read_to_the_end(&run.binary, DEADLINE);
    }
    let mut printed = Vec::new();
    for child in &reading {
        child.signal(Signal::Interrupt);
    }
    for child in &reading {
        assert!(child.end(DEADLINE).success(), "{:#?}", child.lines());
        child.line("stopped: SIGINT received", DEADLINE);
        check_quiet(child);
        printed.extend(child.printed());
    }
    check(&blocks[0], &printed);
}

#[test]
fn wordcount_in_one_process() {
    assert_eq!(check_runs(&readme("wordcount"), &[]).len(), 2);
}

#[test]
fn wordcount_in_processes_of_its_own() {
    check_together(&readme("wordcount"));
}

#[test]
fn filter_in_one_process() {
    assert_eq!(check_runs(&readme("filter"), &[]).len(), 2);
}

#[test]
fn filter_in_processes_of_its_own() {
    check_together(&readme("filter"));
}

#[test]
fn logs_in_one_process() {
    let printed = check_runs(&readme("logs"), &[]);
    assert_eq!(printed.len(), 1);
    logs::check_order(&printed[0]);
}

#[test]
fn logs_in_processes_of_its_own() {
    check_together(&readme("logs"));
}

#[test]
fn rpc_in_one_process() {
    assert_eq!(check_runs(&readme("rpc"), &[]).len(), 2);
}

/// The blocks of the workspace's own README, where there is one.
#[test]
fn the_first_readme() {
    let path = root().join("README.md");
    if path.exists() {
        assert_eq!(check_runs(&read(&path), &[]).len(), 2);
    }
}

/// The blocks of the guide that run by themselves.
#[test]
fn the_guide_in_one_process() {
    let mut runs = 0;
    for path in chapters() {
        let printed = check_runs(&read(&path), &[]);
        if path.ends_with("keys.md") {
            logs::check_order(&printed[0]);
        }
        runs += printed.len();
    }
    assert!(runs >= 3 || chapters().is_empty(), "only {runs} blocks run");
}

#[test]
fn the_guide_in_processes_of_its_own() {
    if let Some(text) = chapter("first-chain.md") {
        check_together(&text);
    }
}

#[test]
#[ignore = "needs minutes: it compiles a package of its own"]
fn a_package_of_ones_own() {
    own::check_own(&read(&root().join("README.md")));
}

/// Of the README and the guide every command is run here, or it is known where.
#[test]
fn every_command_is_run_or_it_is_known_where() {
    let mut texts: Vec<_> = chapters();
    texts.extend(Some(root().join("README.md")).filter(|path| path.exists()));
    for path in texts {
        let place = path.display();
        let text = read(&path);
        for block in consoles(&text) {
            let modes = ["run", "together", "own"];
            let modes = modes.map(|mode| block.marks.iter().any(|mark| mark == mode));
            let modes = modes.iter().filter(|is_set| **is_set).count();
            assert_eq!(modes, 1, "{place}: {block:?}");
        }
        for (info, lines) in fences(&text) {
            let told = ["rust", "rust,no_run", "toml", "python", "text", "sh"];
            let is_told = told.contains(&info) || info.starts_with("console ");
            assert!(is_told, "{place}: what is a block marked `{info}`?");
            for command in lines.iter().filter(|_| info == "sh") {
                check_known(command, &place.to_string());
            }
        }
    }
}

/// A command that is not run as it stands: what can be checked of it is, here or where it says.
#[track_caller]
fn check_known(command: &str, place: &str) {
    let words: Vec<&str> = command.split_whitespace().collect();
    match words.as_slice() {
        // Its flags are checked below, for all texts.
        ["cargo", "run", "--bin", ..] => {}
        // The suite that this test is part of.
        ["cargo", "test", "--workspace"] => {
            assert!(read(&root().join(".ci/run")).contains(command), "{place}");
        }
        // `a_package_of_ones_own` runs these.
        ["cargo", "new", _] | ["cd", _] => assert!(place.ends_with("README.md"), "{place}"),
        // `containers` checks the file.
        ["docker", "compose", "--file", file, "up", ..] => {
            assert!(root().join(file).exists(), "{place}: {command}");
        }
        ["docker", "build", "--build-arg", named, ..] => {
            let manifest = read(&root().join("examples/Cargo.toml"));
            let named = format!("name = \"{}\"\n", named.trim_start_matches("BIN="));
            assert!(manifest.contains(&named), "{place}: {command}");
        }
        // The image starts the program with these arguments.
        ["docker", "run", image, arguments @ ..] => {
            let mut command = Command::new(binary(image));
            let output = command.args(arguments).arg("--help").output().unwrap();
            assert!(output.status.success(), "{place}: {output:?}");
        }
        _ => panic!("{place}: nothing runs `{command}`"),
    }
}

#[test]
fn topologies_are_quiet_and_say_that_they_run_in_memory() {
    // Which member stops first is another one each time.
    for name in [
        "wordcount",
        "filter_topology",
        "logs",
        "ask",
        "rpc",
        "wordcount",
    ] {
        let child = Child::start(binary(name), [] as [&str; 0]);
        assert!(child.end(DEADLINE).success(), "{:#?}", child.lines());
        let lines = child.lines();
        let said = lines.iter().filter(|line| line.contains(", in memory: "));
        assert_eq!(said.count(), 1, "{lines:#?}");
        check_quiet(&child);
    }
}

#[test]
#[ignore = "needs Apache Kafka"]
fn topologies_are_quiet_on_a_kafka_too() {
    let broker = TestBroker::kafka();
    for name in ["wordcount", "filter_topology"] {
        let child = Child::start(binary(name), ["-k", broker.address()]);
        assert!(child.end(DEADLINE).success(), "{:#?}", child.lines());
        check_quiet(&child);
    }
}

#[test]
fn commands_name_binaries_and_options_that_exist() {
    let manifest = read(&root().join("examples/Cargo.toml"));
    let mut checked = 0;
    let readmes = readmes();
    for path in readmes.iter().chain(&chapters()) {
        let place = path.display();
        let text = read(path);
        let runs = CargoRun::all(&text);
        let is_readme = readmes.contains(path);
        assert!(!runs.is_empty() || !is_readme, "{place} has no `cargo run`");
        for run in runs {
            let named = format!("name = \"{}\"\n", run.binary);
            assert!(
                manifest.contains(&named),
                "{place}: no such binary: {run:?}"
            );
            // Everything before `--help` is read first.
            let arguments = run.arguments.iter().map(String::as_str);
            for arguments in [arguments.chain(["--help"]).collect(), vec!["describe"]] {
                let mut command = Command::new(binary(&run.binary));
                let output = command.args(&arguments).output().unwrap();
                assert!(output.status.success(), "{place}: {run:?}: {output:?}");
            }
            checked += 1;
        }
    }
    assert!(checked >= 12, "only {checked} commands found");
}
