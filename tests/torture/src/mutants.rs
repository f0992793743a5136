//! Mistakes built into the engine on purpose, each with the run that must catch it.

use std::io;

use crate::calls::{self, Kind as Called};
use crate::checker::Kind as Found;
use crate::cluster::Cluster;
use crate::mode::Mode;
use crate::options::Options;
use crate::run::{build, run};
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
        caught: Caught::Saying("this is a mistake in catenae"),
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
    build()?;
    let cluster = Cluster::start(1, &given.kafka_state)?;
    let mut survived = Vec::new();
    let asked = |mutant: &&Mutant| names.is_empty() || names.iter().any(|n| n == mutant.name);
    for mutant in MUTANTS.iter().filter(asked) {
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
        };
        let caught = sound.passed() && !report.passed() && count > 0;
        if !caught {
            print!("{sound}{report}");
            survived.push(mutant.name);
        }
        let verdict = if caught { "caught" } else { "SURVIVED" };
        println!("mutant {}: {verdict}, {what}: {count}", mutant.name);
    }
    if survived.is_empty() {
        println!("every mutant was caught");
    } else {
        println!("not caught: {}", survived.join(", "));
    }
    Ok(survived.is_empty())
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
