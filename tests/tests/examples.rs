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
#[path = "examples/readme.rs"]
mod readme;
#[path = "examples/wordcount.rs"]
mod wordcount;

use std::process::Command;

use catenae_tests::{Child, DEADLINE, Signal, TestBroker, binary};

use fleet::{Fleet, contract};
use readme::{Block, CargoRun, check, marked, read, readme, readmes, root};

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
        let mut command = match CargoRun::parse(written) {
            Some(run) => {
                let mut command = Command::new(binary(&run.binary));
                command.args(run.arguments).args(more);
                command
            }
            None => {
                let mut shell = Command::new("bash");
                shell
                    .args(["-o", "pipefail", "-c", written])
                    .env("LC_ALL", "C");
                shell
            }
        };
        command.current_dir(root());
        let child = Child::spawn(command);
        let status = child.end(DEADLINE);
        assert!(
            status.success(),
            "`{written}`: {status}: {:#?}",
            child.lines()
        );
        printed.extend(child.printed());
    }
    check(block, &printed);
    printed
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
        let text = read(&path);
        assert_eq!(check_runs(&text, &[]).len(), 2);
        check_together(&text);
    }
}

#[test]
fn commands_name_binaries_and_options_that_exist() {
    let manifest = read(&root().join("examples/Cargo.toml"));
    let mut checked = 0;
    for path in readmes() {
        let place = path.display();
        let text = read(&path);
        let runs = CargoRun::all(&text);
        assert!(!runs.is_empty(), "{place} has no `cargo run`");
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
