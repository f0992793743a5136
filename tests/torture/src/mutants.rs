//! Mistakes built into the engine on purpose, each with the run that must catch it.

use std::process::Command;
use std::{env, io};

use crate::calls::{self, Kind as Called};
use crate::checker::Kind as Found;
use crate::cluster::Cluster;
use crate::mode::Mode;
use crate::options::Options;
use crate::run::run;
use crate::schedule::Kind;
use crate::topology;

/// A mistake and what must catch it.
#[derive(Debug)]
struct Mutant {
    /// As the engine knows it.
    name: &'static str,
    /// What is to be found.
    caught: Caught,
    /// The run.
    options: fn(&mut Options),
}

/// How a mistake shows.
#[derive(Clone, Copy, Debug)]
enum Caught {
    /// In the history.
    As(Found),
    /// In the history of calls.
    Calling(Called),
    /// The engine notices it, and says this.
    Saying(&'static str),
    /// A test of the suite fails, which these arguments of `cargo test` name. There is no run.
    Failing(&'static [&'static str]),
}

/// The arguments for a test of the behavior suite.
macro_rules! behavior {
    ($test:literal) => {
        Caught::Failing(&["-p", "catenae-tests", "--test", "behavior", $test])
    };
}

/// A mutant that a test catches.
const fn tested(name: &'static str, caught: Caught) -> Mutant {
    Mutant {
        name,
        caught,
        options: |_| {},
    }
}

/// All of them.
const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "auto-store",
        caught: Caught::As(Found::Premature),
        options: |options| {
            options.faults = vec![Kind::Kill];
            options.work_us = 5000;
            options.backlog = Some(3000);
        },
    },
    Mutant {
        name: "store-before-report",
        caught: Caught::As(Found::Lost),
        options: |options| {
            options.faults = vec![Kind::Kill];
            options.linger_ms = vec![3000];
        },
    },
    Mutant {
        name: "no-generation-check",
        caught: Caught::As(Found::Repeated),
        options: |options| {
            options.faults = vec![Kind::Scale];
            options.work_us = 2000;
            options.backlog = Some(8000);
        },
    },
    Mutant {
        name: "plus-one-twice",
        caught: Caught::As(Found::Premature),
        options: |options| options.faults = vec![Kind::Kill],
    },
    Mutant {
        name: "offsets-outside",
        caught: Caught::As(Found::Lost),
        options: |options| {
            options.mode = Mode::ExactlyOnce;
            options.faults = vec![Kind::Kill];
            // One instance of each link: a kill hits one at work.
            options.topology = topology::ALL
                .iter()
                .map(|one| one.name.to_owned())
                .collect();
            options.instances = 1;
            options.session_ms = 1000;
            options.liveness_s = 60;
            options.gap_ms = 2200;
            options.seconds = Some(30);
        },
    },
    Mutant {
        name: "no-rewind",
        caught: Caught::As(Found::Lost),
        options: |options| {
            options.mode = Mode::ExactlyOnce;
            options.faults = vec![Kind::Scale];
            options.gap_ms = 1500;
            options.seconds = Some(30);
            // Rebalances overtake the ends of transactions: those are aborted.
            options.latency_ms = 100;
        },
    },
    Mutant {
        name: "no-fence",
        caught: Caught::Saying("this is a bug in catenae"),
        options: |options| {
            options.mode = Mode::ExactlyOnce;
            options.faults = vec![Kind::Scale];
            options.work_us = 2000;
            options.backlog = Some(8000);
        },
    },
    Mutant {
        name: "flush-skipped",
        caught: Caught::As(Found::Lost),
        options: |options| {
            options.faults = vec![Kind::Term];
            options.linger_ms = vec![1000];
        },
    },
    Mutant {
        name: "any-lane",
        caught: Caught::As(Found::OutOfOrder),
        options: |options| {
            options.topology = vec!["lanes".to_owned()];
            options.faults = vec![Kind::Scale];
            options.work_us = 2000;
            options.backlog = Some(8000);
        },
    },
    Mutant {
        name: "overtake-parked",
        caught: Caught::As(Found::Overtaken),
        options: |options| {
            options.topology = vec!["flaky".to_owned()];
            options.faults = vec![Kind::Scale];
            // Followers come while one of their key waits.
            options.backlog = Some(4000);
        },
    },
    Mutant {
        name: "delay-unreported",
        caught: Caught::As(Found::Premature),
        options: |options| {
            options.topology = vec!["later".to_owned()];
            options.faults = vec![Kind::Kill];
            // The commit of the stream of retries is ahead of the next copy.
            options.linger_ms = vec![3000];
        },
    },
    Mutant {
        name: "refused-as-taken",
        caught: Caught::As(Found::DeadLetterMissing),
        options: |options| {
            options.topology = vec!["refused".to_owned()];
            options.faults = vec![Kind::Scale];
        },
    },
    Mutant {
        name: "no-stream-ids",
        // What is skipped lies below what is committed.
        caught: Caught::As(Found::Premature),
        options: |options| {
            options.topology = vec!["again".to_owned()];
            options.faults = vec![Kind::Recreate, Kind::Scale];
            options.gap_ms = 2500;
            options.seconds = Some(30);
        },
    },
    Mutant {
        name: "reads-aborted",
        caught: Caught::As(Found::Phantom),
        options: |options| options.faults = vec![Kind::Foreign],
    },
    Mutant {
        name: "calls-again",
        caught: Caught::Calling(Called::RanTwice),
        options: |options| {
            options.topology = vec![calls::NAME.to_owned()];
            // Who is slow, or halted for less than a deadline, runs what another one was asked meanwhile.
            options.faults = vec![Kind::Stop];
            options.seconds = Some(30);
        },
    },
    Mutant {
        name: "calls-late",
        caught: Caught::Calling(Called::RanLate),
        options: |options| {
            options.topology = vec![calls::NAME.to_owned()];
            // What was asked while the broker was away arrives when nobody waits any more.
            options.faults = vec![Kind::Broker];
            options.seconds = Some(40);
        },
    },
    Mutant {
        name: "calls-anybody",
        caught: Caught::Calling(Called::WrongAnswer),
        options: |options| {
            options.topology = vec![calls::NAME.to_owned()];
            // Callers count from one: so they have calls of the same number.
            options.faults = vec![Kind::Kill, Kind::Scale];
            options.seconds = Some(30);
        },
    },
    tested(
        "outputs-unwatched",
        behavior!("recreated::outputs::an_output_is_noticed_in_every_mode"),
    ),
    tested(
        "signals-counted",
        behavior!("signals::several_signals_of_one_hand_are_one_stop"),
    ),
    tested(
        "exit-untold",
        behavior!("exits::an_exit_in_a_function_names_the_electron_and_is_no_success"),
    ),
    tested(
        "leaves-alone",
        Caught::Failing(&[
            "-p",
            "catenae",
            "--lib",
            "kafka::consumer::membership::tests::members_that_stop_together_give_each_other_no_partitions",
        ]),
    ),
    tested(
        "silence-believed",
        Caught::Failing(&[
            "-p",
            "catenae",
            "--lib",
            "kafka::consumer::watch::silent::tests::a_partition_that_the_client_gives_nothing_of_is_fetched_again",
        ]),
    ),
    tested(
        "letters-unchanged",
        behavior!("failures::copies::on_a_stream_whose_limits_change_a_letter_finds_its_way"),
    ),
    tested(
        "gaps-unread",
        behavior!("topology::it_ends_behind_the_marks_of_transactions_and_what_was_aborted"),
    ),
    tested(
        "empty-keys-spread",
        behavior!("keys::an_empty_key_keeps_its_order_in_every_mode"),
    ),
    tested(
        "tasks-forgotten",
        behavior!("tasks::a_task_that_panics_ends_the_micromodule_with_its_place"),
    ),
    tested(
        "hangup-kills",
        behavior!("shutdown::a_stop_in_the_middle_commits_what_is_settled"),
    ),
    tested(
        "unfinished-is-success",
        behavior!("topology::a_reader_that_stops_too_early_is_no_success"),
    ),
    tested(
        "text-untagged",
        Caught::Failing(&[
            "-p",
            "catenae",
            "--lib",
            "codec::tests::exact::what_writes_text_and_takes_anything",
        ]),
    ),
];

/// Runs all of them, or those named; whether each was caught.
///
/// # Errors
/// For an unknown name, and when a run cannot be carried out.
pub fn all(given: &Options, names: &[String]) -> io::Result<bool> {
    if !cfg!(catenae_mutant) {
        let how = "this build has no mutants: run tests/torture/mutants.sh";
        return Err(io::Error::other(how));
    }
    let known = |name: &&String| MUTANTS.iter().any(|mutant| mutant.name == name.as_str());
    if let Some(name) = names.iter().find(|name| !known(name)) {
        return Err(io::Error::other(format!("there is no mutant `{name}`")));
    }
    let cluster = Cluster::start(1, &given.kafka_state)?;
    let mut survived = Vec::new();
    let asked = |mutant: &&Mutant| names.is_empty() || names.iter().any(|n| n == mutant.name);
    for mutant in MUTANTS.iter().filter(asked) {
        if let Caught::Failing(test) = mutant.caught {
            let caught =
                passes(test, &cluster, None)? && !passes(test, &cluster, Some(mutant.name))?;
            if !caught {
                survived.push(mutant.name);
            }
            println!(
                "mutant {}: {}, {}",
                mutant.name,
                verdict(caught),
                test[test.len() - 1]
            );
            continue;
        }
        let mut options = base(given);
        (mutant.options)(&mut options);
        // The engine as it is must pass what its mutant must not.
        let sound = run(&cluster, &options)?;
        options.mutant = Some(mutant.name.to_owned());
        let report = run(&cluster, &options)?;
        let (what, count) = match mutant.caught {
            Caught::As(kind) => (kind.to_string(), report.found.count(kind)),
            Caught::Calling(kind) => {
                let count = report.calls.as_ref().map(|calls| calls.found.count(kind));
                (kind.to_string(), count.unwrap_or(0))
            }
            Caught::Saying(text) => {
                let says = report.broken.iter().filter(|broken| broken.contains(text));
                (text.to_owned(), says.count() as u64)
            }
            // Done above.
            Caught::Failing(test) => (test.join(" "), 0),
        };
        let caught = sound.passed() && !report.passed() && count > 0;
        if !caught {
            print!("{sound}{report}");
            survived.push(mutant.name);
        }
        println!(
            "mutant {}: {}, {what}: {count}",
            mutant.name,
            verdict(caught)
        );
    }
    if survived.is_empty() {
        println!("every mutant was caught");
    } else {
        println!("not caught: {}", survived.join(", "));
    }
    Ok(survived.is_empty())
}

fn verdict(caught: bool) -> &'static str {
    match caught {
        true => "caught",
        false => "SURVIVED",
    }
}

/// Whether a test passes, on this cluster and with a mutant.
fn passes(test: &[&str], cluster: &Cluster, mutant: Option<&str>) -> io::Result<bool> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["test", "--quiet", "--locked"])
        .args(test)
        .args(["--", "--include-ignored", "--exact"])
        .env("CATENAE_TEST_KAFKA", cluster.direct())
        .envs(mutant.map(|name| ("CATENAE_MUTANT", name)));
    let output = command.output()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    // A name that no test has is no success.
    Ok(output.status.success() && printed.contains("1 passed"))
}

fn base(given: &Options) -> Options {
    Options {
        topology: vec!["relay".to_owned()],
        mode: Mode::Default,
        seed: Some(given.seed.unwrap_or(1)),
        kills: None,
        seconds: Some(given.seconds.unwrap_or(15)),
        rate: Some(200),
        instances: 3,
        brokers: 1,
        backlog: Some(0),
        liveness_s: 30,
        ..given.clone()
    }
}
