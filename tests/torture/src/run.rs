//! One run from the first stream to the verdict: the file that knows every room.

mod ground;
mod links;

use std::time::{Duration, Instant};
use std::{fs, io};

use crate::calls::{self, Summary};
use crate::checker::check;
use crate::cluster::Cluster;
use crate::collect::collect;
use crate::dump::dump;
use crate::fleet::{Cause, End, Fleet};
use crate::generator::{Fate, Generator, Sending};
use crate::journal::Journal;
use crate::judge::judge;
use crate::nemesis::{Limit, Nemesis};
use crate::options::Options;
use crate::pace::{now_ms, pause};
use crate::proxy::Toxic;
use crate::report::{Report, longest_end, reasons};
use crate::schedule::{Kind, Plan, Schedule};
use crate::watch::{Watch, ask, client};

pub(crate) use ground::Ground;
pub(crate) use links::build;

/// How long the ends of all processes are waited for: each has 10 s, and a moment for the harness.
const ENDS_WITHIN: Duration = Duration::from_secs(15);

/// One run on a Kafka of its own; whether it passed.
///
/// # Errors
/// When there is no run: no Kafka, no links, no disk.
pub fn once(options: &Options) -> io::Result<bool> {
    build()?;
    let cluster = Cluster::start(options.brokers, &options.kafka_state)?;
    let report = run(&cluster, options)?;
    print!("{report}");
    println!("{}", serde_json::to_string(&report)?);
    Ok(report.passed())
}

/// One run on this Kafka.
///
/// # Errors
/// When it cannot be carried out to its end.
pub fn run(cluster: &Cluster, options: &Options) -> io::Result<Report> {
    let seed = options
        .seed
        .unwrap_or_else(|| now_ms().unsigned_abs() % 1_000_000);
    let ground = Ground::prepare(cluster, options, seed)?;
    eprintln!(
        "torture: run {}, mode {}, --seed {seed}",
        ground.run, options.mode
    );
    let journal = Journal::create(&ground.folder.join("nemesis.jsonl"))?;
    let (asked, places) = (ground.asked(), ground.places(cluster.direct()));
    let mut fleet = Fleet::new(
        seed,
        ground.folder.join("logs"),
        links::launches(&ground, cluster, options)?,
        options.instances,
    );
    for flow in 0..ground.flows() {
        fleet.scale(flow, options.instances.div_ceil(2));
    }
    fleet.look();
    let watch = Watch::start(cluster.direct(), &asked);
    let rate = options.rate.unwrap_or(options.mode.rate());
    let generator = Generator::start(Sending {
        brokers: cluster.direct().to_owned(),
        run: ground.run.clone(),
        streams: places.streams[..places.inputs].to_vec(),
        partitions: u64::try_from(options.partitions).unwrap_or(1),
        keys: 8 * u64::try_from(options.partitions).unwrap_or(1),
        rate,
        backlog: options.backlog.unwrap_or(20 * rate),
        poison_permille: if options.faults.contains(&Kind::Poison) {
            5
        } else {
            0
        },
        seed,
        journal: ground.folder.join("sent.jsonl"),
    });
    let schedule = Schedule::new(Plan {
        seed,
        kinds: options.faults.clone(),
        flows: ground.flows(),
        slots: options.instances,
        brokers: cluster.brokers(),
        session: Duration::from_millis(options.session_ms),
        gap: Duration::from_millis(options.gap_ms),
    });
    let limit = match (options.kills, options.seconds) {
        (Some(kills), _) => Limit::Kills(kills),
        (None, seconds) => Limit::Time(Duration::from_secs(seconds.unwrap_or(60))),
    };
    let began = Instant::now();
    let rest = match options.latency_ms {
        0 => Toxic::Clean,
        ms => Toxic::Latency(Duration::from_millis(ms)),
    };
    let nemesis = Nemesis::new(&mut fleet, cluster, journal, options.instances, rest);
    let faults = nemesis.torture(schedule, limit);
    let seconds = began.elapsed().as_secs_f64();
    let journal = generator.finish();
    let quiet = Instant::now();
    let deadline = Duration::from_secs(options.liveness_s);
    let lag = loop {
        fleet.look();
        let lag = ground.lag(cluster.direct());
        if lag.is_empty() || quiet.elapsed() > deadline {
            break lag;
        }
        pause(Duration::from_millis(100));
    };
    let caught_up = quiet.elapsed().as_secs_f64();
    fleet.end_all();
    let ending = Instant::now();
    while !fleet.is_empty() && ending.elapsed() < ENDS_WITHIN {
        fleet.look();
        pause(Duration::from_millis(10));
    }
    let mut samples = watch.finish();
    for asked in &asked {
        // What the ends have committed: nothing moves any more.
        let client = client(cluster.direct(), &asked.group);
        samples.extend(ask(&client, asked).unwrap_or_default());
    }
    let commits = samples.len() as u64;
    let calls = calls(&ground, cluster, fleet.ends()).map_err(io::Error::other)?;
    let history = collect(&places, &journal, samples).map_err(io::Error::other)?;
    let found = check(&history);
    let mut broken = judge(options.mode, &options.faults, &found, &lag, fleet.ends());
    broken.extend(calls.iter().flat_map(|calls| calls.broken(&options.faults)));
    let of_fate = |fate| journal.iter().filter(|entry| entry.fate == fate).count() as u64;
    let report = Report {
        run: ground.run.clone(),
        mode: options.mode.to_string(),
        topologies: options.topology.clone(),
        seed,
        mutant: options.mutant.clone(),
        seconds,
        faults,
        started: fleet.started(),
        ended: reasons(fleet.ends()),
        longest_end: longest_end(fleet.ends()).as_secs_f64(),
        inputs: (
            history
                .inputs
                .values()
                .map(|inputs| inputs.len() as u64)
                .sum(),
            of_fate(Fate::Ok),
        ),
        unsure: (of_fate(Fate::Unknown), of_fate(Fate::Fail)),
        outputs: history
            .outputs
            .values()
            .map(|outputs| outputs.len() as u64)
            .sum(),
        commits,
        caught_up,
        found,
        calls,
        broken,
        folder: ground.folder.clone(),
    };
    fs::write(ground.folder.join("report.txt"), report.to_string())?;
    if report.passed() && !options.keep {
        fs::remove_dir_all(&ground.folder)?;
    } else {
        dump(&history, &ground.folder)?;
    }
    Ok(report)
}

/// What came of the calls, where there were any.
fn calls(ground: &Ground, cluster: &Cluster, ends: &[End]) -> Result<Option<Summary>, String> {
    if !ground.calls {
        return Ok(None);
    }
    let in_order = |end: &&End| end.cause == Cause::Asked && end.code == Some(0);
    let orderly = ends.iter().filter(in_order);
    let orderly = orderly.map(|end| end.process.clone()).collect();
    let [ran, told] = ground.reports();
    let history = calls::collect(cluster.direct(), [&ran, &told], orderly)?;
    Ok(Some(Summary::of(&history)))
}
