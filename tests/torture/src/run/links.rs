//! The programs of the links: where they are, and what each process is told.

use std::process::Command;
use std::{env, io};

use crate::calls;
use crate::cluster::Cluster;
use crate::fleet::{Habit, Launch};
use crate::options::Options;
use crate::schedule::Kind;
use crate::topology::{Topology, group, stream};

use super::Ground;

/// Builds the links beside this program: `cargo run` builds only what it runs.
///
/// # Errors
/// When they cannot be built.
pub(crate) fn build() -> io::Result<()> {
    let Some(cargo) = env::var_os("CARGO") else {
        // Not started by cargo: whoever copied this program has copied the links too.
        return Ok(());
    };
    let program = env::current_exe()?;
    let target = program.ancestors().nth(2).unwrap_or(&program);
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--package", "catenae-torture", "--bins"])
        .args((!cfg!(debug_assertions)).then_some("--release"))
        .arg("--target-dir")
        .arg(target)
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other("the links cannot be built"))
    }
}

/// How the processes of each topology are started.
///
/// # Errors
/// When this program does not know where it is.
pub(crate) fn launches(
    ground: &Ground,
    cluster: &Cluster,
    options: &Options,
) -> io::Result<Vec<Launch>> {
    let program = env::current_exe()?;
    let launch = |topology: &&'static Topology| Launch {
        name: topology.name.to_owned(),
        program: program.with_file_name(format!("torture-{}", topology.name)),
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
                program: program.with_file_name(format!("torture-{name}")),
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
    Ok(launches)
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
    if options.dead_letters {
        let which = if topology.fails() {
            "dead_letter"
        } else {
            "decode=dead_letter"
        };
        arguments.extend(["--on-error", which].map(ToOwned::to_owned));
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
                .map(|ms| list(&["--slow-every", "150", "--slow-ms", ms]))
                .into(),
        });
    }
    // A link that tries again would only do that.
    if options.faults.contains(&Kind::Panic) && !topology.fails() {
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
