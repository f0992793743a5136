//! One run from the first stream to the verdict: the file that knows every room.

mod ground;
mod links;
mod progress;
mod role;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use crate::calls::{self, Summary};
use crate::checker::check;
use crate::cluster::Cluster;
use crate::collect::collect;
use crate::drawing::Oddities;
use crate::dump::dump;
use crate::fleet::{Cause, End, Fleet};
use crate::generator::{Fate, Sending};
use crate::incarnations::Incarnations;
use crate::journal::Journal;
use crate::judge::{Lag, judge};
use crate::nemesis::{Limit, Nemesis};
use crate::options::Options;
use crate::pace::{now_ms, pause};
use crate::proxy::Toxic;
use crate::report::{Report, longest_end, reasons};
use crate::schedule::{Kind, Plan, Schedule};
use crate::sources::{Sources, Written};
use crate::watch::{Watch, ask, client};

pub(crate) use ground::Ground;
use progress::Progress;
use role::Role;

/// How long the ends of all processes are waited for: each has 10 s, and a moment for the harness.
const ENDS_WITHIN: Duration = Duration::from_secs(15);

/// One run on a Kafka of its own; whether it passed.
///
/// # Errors
/// When there is no run: no Kafka, no links, no disk.
pub fn once(options: &Options) -> io::Result<bool> {
    let cluster = Cluster::start(options.brokers, &options.kafka_state)?;
    let report = run(&cluster, options)?;
    print!("{report}");
    println!("{}", serde_json::to_string(&report)?);
    Ok(report.passed())
}

/// Prints the last log lines of the links that are not done: the log files may be out of reach.
fn say_unfinished(fleet: &Fleet, lag: &[Lag]) {
    let flows: BTreeSet<&str> = lag.iter().map(|lag| &*lag.flow).collect();
    for flow in flows {
        for line in fleet.last_lines(flow) {
            eprintln!("not done: {line}");
        }
    }
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
        links::launches(&ground, cluster, options),
        options.instances,
    );
    for flow in 0..ground.flows() {
        fleet.scale(flow, options.instances.div_ceil(2));
    }
    fleet.look();
    let watch = Watch::start(cluster.direct(), &asked);
    let mut sources = start_sources(&ground, cluster, options, seed)?;
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
    let nemesis = Nemesis::new(
        &mut fleet,
        cluster,
        sources.incarnations(),
        ground.limits(cluster)?,
        journal,
        options.instances,
        rest,
    );
    let faults = nemesis.torture(schedule, limit);
    let seconds = began.elapsed().as_secs_f64();
    let written = finish(sources, &mut fleet)?;
    let quiet = Instant::now();
    let mut progress = Progress::new(Duration::from_secs(options.liveness_s));
    let mut behind = BTreeMap::new();
    let lag = loop {
        fleet.look();
        let lag = ground.lag(cluster.direct(), &written);
        let now = quiet.elapsed().as_secs_f64();
        behind.extend(lag.iter().map(|one| (one.flow.clone(), now)));
        if lag.is_empty() || !progress.goes_on(quiet.elapsed(), &lag) {
            break lag;
        }
        pause(Duration::from_millis(100));
    };
    let caught_up = quiet.elapsed().as_secs_f64();
    say_unfinished(&fleet, &lag);
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
    let history = collect(&places, &written, samples).map_err(io::Error::other)?;
    let found = check(&history);
    let mut broken = judge(options.mode, &options.faults, &found, &lag, fleet.ends());
    broken.extend(calls.iter().flat_map(|calls| calls.broken(&options.faults)));
    let sent = written.journal.iter();
    let of_fate = |fate| sent.clone().filter(|entry| entry.fate == fate).count() as u64;
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
        aborted: of_fate(Fate::Aborted),
        outputs: history
            .outputs
            .values()
            .map(|outputs| outputs.len() as u64)
            .sum(),
        commits,
        caught_up,
        behind,
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

/// Starts all that writes inputs.
fn start_sources(
    ground: &Ground,
    cluster: &Cluster,
    options: &Options,
    seed: u64,
) -> io::Result<Sources> {
    let places = ground.places(cluster.direct());
    let permille = |kind, permille| match options.faults.contains(&kind) {
        true => permille,
        false => 0,
    };
    let recreated = ground.recreated();
    let inputs = (0..).zip(places.streams[..places.inputs].iter().cloned());
    let rate = options.rate.unwrap_or(options.mode.rate());
    let sending = Sending {
        brokers: cluster.direct().to_owned(),
        run: ground.run.clone(),
        streams: inputs
            .filter(|(_, name)| recreated.as_ref().is_none_or(|(_, other)| name != other))
            .collect(),
        incarnation: 0,
        partitions: u64::try_from(options.partitions).unwrap_or(1),
        rate,
        backlog: options.backlog.unwrap_or(20 * rate),
        first: Vec::new(),
        oddities: Oddities {
            poison: permille(Kind::Poison, 5),
            times: permille(Kind::OddTimes, 20),
            refused: options.faults.contains(&Kind::Limits),
        },
        seed,
        journal: ground.folder.join("sent.jsonl"),
    };
    let incarnations = recreated.map(|(index, name)| -> io::Result<Incarnations> {
        // Others read it at this rate as well.
        let rate = sending.rate.div_ceil(3);
        let sending = Sending {
            rate,
            backlog: options.backlog.map_or(20 * rate, |backlog| backlog / 3),
            journal: ground.folder.join("sent-again-0.jsonl"),
            streams: vec![(u32::try_from(index).unwrap_or(0), name.clone())],
            ..sending.clone()
        };
        let stream = ground.planned(cluster, &name, Role::Input);
        Ok(Incarnations::start(
            ground.streams(cluster)?,
            stream,
            sending,
        ))
    });
    let transactions = options.faults.contains(&Kind::Foreign);
    Ok(Sources::start(
        sending,
        transactions,
        incarnations.transpose()?,
    ))
}

/// Ends the writing, while the links go on.
fn finish(sources: Sources, fleet: &mut Fleet) -> io::Result<Written> {
    let finishing = thread::spawn(|| sources.finish());
    while !finishing.is_finished() {
        fleet.look();
        pause(Duration::from_millis(10));
    }
    finishing.join().expect("no panic")
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
