//! What each process of the links is told.

use crate::calls;
use crate::cluster::Cluster;
use crate::fleet::{Habit, Launch};
use crate::judge::FROM_BEGINNING;
use crate::options::Options;
use crate::schedule::Kind;
use crate::topology::{RECREATED, Topology, group, stream};

use super::Ground;

/// How the processes of each topology are started.
pub(crate) fn launches(ground: &Ground, cluster: &Cluster, options: &Options) -> Vec<Launch> {
    let launch = |topology: &&'static Topology| Launch {
        name: topology.name.to_owned(),
        arguments: arguments(ground, cluster, options, topology),
        habits: habits(options, topology),
        mutant: options.mutant.clone(),
    };
    let mut launches: Vec<Launch> = ground.topologies.iter().map(launch).collect();
    if ground.calls {
        let reports = ground.reports();
        let links = calls::LINKS.iter().zip(&reports);
        launches.extend(links.map(|((name, _), report)| {
            Launch {
                name: (*name).to_owned(),
                arguments: [
                    "-k",
                    &cluster.proxied(),
                    "-g",
                    &format!("{}-{name}", ground.run),
                    "-o",
                    report,
                ]
                .map(ToOwned::to_owned)
                .into(),
                habits: Vec::new(),
                mutant: options.mutant.clone(),
            }
        }));
    }
    launches
}

fn arguments(
    ground: &Ground,
    cluster: &Cluster,
    options: &Options,
    topology: &Topology,
) -> Vec<String> {
    let streams = |short: &[&str]| {
        let names: Vec<String> = short
            .iter()
            .map(|short| stream(&ground.run, short))
            .collect();
        names.join(",")
    };
    let mut arguments: Vec<String> = [
        "-k",
        &cluster.proxied(),
        "-g",
        &group(&ground.run, topology),
        "-i",
        &streams(topology.inputs),
        "-o",
        &streams(topology.outputs),
        "--kafka",
        &format!("session.timeout.ms={}", options.session_ms),
        "--kafka",
        &format!("heartbeat.interval.ms={}", options.session_ms / 8),
    ]
    .map(ToOwned::to_owned)
    .into();
    if options.work_us > 0 {
        arguments.extend(["--work-us".to_owned(), options.work_us.to_string()]);
    }
    arguments.extend(options.mode.flags().iter().map(|flag| (*flag).to_owned()));
    let flags = topology.flags(options.mode);
    arguments.extend(flags.iter().map(|flag| (*flag).to_owned()));
    let limited = options.faults.contains(&Kind::Limits);
    if options.has_dead_letters() {
        let which = match (topology.fails(), limited) {
            (true, _) => "dead_letter",
            (false, true) => "decode=dead_letter,handler=dead_letter",
            (false, false) => "decode=dead_letter",
        };
        arguments.extend(["--on-error", which].map(ToOwned::to_owned));
    }
    if limited {
        arguments.extend(["--give-up-cap", "run=1000,percent=100"].map(ToOwned::to_owned));
    }
    arguments.extend(options.link.iter().cloned());
    arguments
}

/// What differs from one process to the next.
fn habits(options: &Options, topology: &Topology) -> Vec<Habit> {
    let list = |values: &[&str]| -> Vec<String> { values.iter().map(|&v| v.to_owned()).collect() };
    let linger = |ms: &u64| list(&["--kafka", &format!("linger.ms={ms}")]);
    let mut habits = vec![Habit {
        permille: 1000,
        one_of: options.linger_ms.iter().map(linger).collect(),
    }];
    if options.faults.contains(&Kind::Slow) {
        // Slow enough to fall behind and to pause what it reads.
        habits.push(Habit {
            permille: 200,
            one_of: vec![list(&["--work-us", "2000"])],
        });
        habits.push(Habit {
            permille: 200,
            one_of: ["300", "1500"]
                .map(|ms| {
                    let slow = ["--slow-every", "150", "--slow-ms", ms];
                    list(&[&slow[..], &["--slow-times", "20"]].concat())
                })
                .into(),
        });
    }
    if topology.inputs.contains(&RECREATED) {
        habits.push(Habit {
            permille: 500,
            one_of: vec![list(&FROM_BEGINNING)],
        });
    }
    // A link that tries again would only do that; one that writes dead letters would write one.
    let ends = !topology.fails() && !options.faults.contains(&Kind::Limits);
    if options.faults.contains(&Kind::Panic) && ends {
        habits.push(Habit {
            permille: 100,
            one_of: vec![
                list(&["--panic-at", "40"]),
                list(&["--panic-at", "300"]),
                list(&["--fail-at", "150"]),
            ],
        });
    }
    habits
}
