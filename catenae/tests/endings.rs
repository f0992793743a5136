//! How `Topology::run` ends: well, too early, too late, or not at all, and how the caller can tell.

use std::error::Error as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use catenae::rpc::CallError;
use catenae::{Context, Electron, Ended, Error, ErrorKind, Topology};

/// Runs a topology, which ends in any case.
fn run(topology: Topology) -> Result<Ended, Error> {
    topology.time_limit(Duration::from_secs(60)).run()
}

#[track_caller]
fn check_unfinished(ended: Result<Ended, Error>, expected: &[&str]) {
    let error = ended.expect_err("something is missing");
    assert_eq!(error.kind(), ErrorKind::Unfinished, "{error}");
    let text = error.to_string();
    for expected in expected {
        assert!(text.contains(expected), "{text}\nhas no: {expected}");
    }
}

#[catenae::link(output = "numbers")]
fn numbers() -> impl Iterator<Item = u64> {
    0..200
}

#[catenae::link(input = "numbers", output = "doubled")]
fn double(number: u64) -> u64 {
    number * 2
}

#[catenae::link(input = "doubled")]
fn sink(_number: u64) {}

static SEEN: AtomicU64 = AtomicU64::new(0);

/// Stops in the middle.
#[catenae::link(input = "doubled")]
fn quits(_number: u64, ctx: &Context) {
    if SEEN.fetch_add(1, Ordering::SeqCst) == 50 {
        ctx.stop("seen enough");
    }
}

#[test]
fn a_reader_that_stops_before_all_is_read_is_no_success() {
    let topology = Topology::new("quitting").link::<numbers>().link::<double>();
    check_unfinished(
        run(topology.link::<quits>()),
        &[
            "quits/",
            "stopped topology `quitting` before it was finished (\"seen enough\"): ",
            "`quits` had not read stream `doubled`, partition ",
            "left)",
        ],
    );
}

/// Sends slowly, and would go on.
#[catenae::link(output = "steps")]
fn steps() -> impl Iterator<Item = u64> {
    (0..).inspect(|_| thread::park_timeout(Duration::from_millis(5)))
}

#[catenae::link(input = "steps", output = "again")]
fn first_step(step: u64, ctx: &Context) -> u64 {
    ctx.stop("one is enough");
    step
}

#[test]
fn a_source_that_is_cut_off_is_named() {
    let topology = Topology::new("cut").link::<steps>().link::<first_step>();
    let topology = topology.external_output("again");
    check_unfinished(run(topology), &["`steps` had not ended", "one is enough"]);
}

/// Has no end that could be missed.
#[catenae::link(output = "ticks", every = "20ms")]
fn ticks(ctx: &Context) -> Option<u64> {
    static SENT: AtomicU64 = AtomicU64::new(0);
    // One, so that nothing is left when it is handled.
    let sent = SENT.fetch_add(1, Ordering::SeqCst);
    let _ = ctx;
    (sent == 0).then_some(sent)
}

#[catenae::link(input = "ticks")]
fn one_tick(_tick: u64, ctx: &Context) {
    ctx.stop("one is enough");
}

#[test]
fn a_reader_may_stop_when_everything_is_read() {
    let topology = Topology::new("ticking").link::<ticks>().link::<one_tick>();
    match run(topology).expect("nothing is left") {
        Ended::Asked { class, uid, reason } => {
            assert_eq!((class, &*reason), ("one_tick", "one is enough"));
            assert!(!uid.is_empty());
        }
        other => panic!("{other:?}"),
    }
}

/// Ends when somebody else has called its built-in method.
#[catenae::link(every = "20ms", rpc = [never])]
fn operator(ctx: &Context) -> Result<(), CallError> {
    let instances = ctx.instances();
    if let Some(one) = instances.iter().find(|one| one.class() == "sink") {
        let notified = catenae::rpc::stop::at(one.uid()).notify(ctx, "by hand");
        notified?;
    }
    Ok(())
}

#[catenae::rpc]
fn never() {}

#[test]
fn a_stop_from_outside_is_as_asked() {
    let topology = Topology::new("operated").link::<endless>().link::<double>();
    let topology = topology.link::<sink>().link::<operator>();
    match run(topology).expect("stopped as asked") {
        Ended::Stopped(reason) => assert!(reason.contains("by hand"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

/// Has no end.
#[catenae::link(output = "numbers")]
fn endless() -> impl Iterator<Item = u64> {
    (0..).inspect(|_| thread::park_timeout(Duration::from_millis(1)))
}

#[test]
fn a_time_limit_names_the_source_that_has_not_ended() {
    let topology = Topology::new("late")
        .link::<endless>()
        .link::<double>()
        .link::<sink>();
    check_unfinished(
        topology.time_limit(Duration::from_secs(2)).run(),
        &[
            "topology `late` was not finished within its time limit of 2 s",
            "`endless` had not ended",
        ],
    );
}

/// With keys, so that every partition gets some: without, those of one moment go to the same.
#[catenae::link(output = "numbers")]
fn spread() -> impl Iterator<Item = Electron<u64, String>> {
    (0..200).map(|number| Electron::new(number).with_key(number.to_string()))
}

/// Waits for something that does not come, until it is asked to stop.
#[catenae::link(input = "numbers")]
async fn stuck(_number: u64, ctx: &Context) -> Result<(), String> {
    ctx.stopped().await;
    Ok(())
}

#[test]
fn a_time_limit_names_what_is_not_read() {
    let topology = Topology::new("stuck").link::<spread>().link::<stuck>();
    check_unfinished(
        topology.time_limit(Duration::from_secs(3)).run(),
        &[
            "within its time limit of 3 s: `stuck` had not read stream `numbers`, partition ",
            "more partitions",
        ],
    );
}

mod other {
    #[catenae::link(input = "doubled")]
    pub(super) fn sink(_number: u64) {}
}

/// Nothing of it runs: neither the source, which would have no end, nor the broker.
#[test]
fn mistakes_are_refused_before_anything_runs() {
    let topology = || {
        Topology::new("wrong")
            .link::<endless>()
            .instances::<double>(0)
            .link::<sink>()
            .link::<other::sink>()
            .external_input("nobody_reads_this")
    };
    for error in [topology().run().map(|_| ()), topology().check()] {
        let error = error.expect_err("it has mistakes");
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.source().is_none());
        let text = error.to_string();
        for expected in [
            "topology `wrong` cannot run, for 3 reasons:\n  - `double` has 0 instances",
            "`endings::sink` and `endings::other::sink` are two functions of one class, `sink`",
            "`.external_input(\"nobody_reads_this\")`: no link here reads that stream",
        ] {
            assert!(text.contains(expected), "{text}");
        }
    }
    // On a Kafka it may run.
    let once = Topology::new("once")
        .link::<numbers>()
        .link::<once>()
        .link::<sink>();
    once.check().expect("a Kafka keeps transactions");
    let error = once.run().expect_err("the embedded broker does not");
    assert!(
        error
            .to_string()
            .contains("`once`: `delivery = exactly_once` in its attribute"),
        "{error}"
    );
}

#[catenae::link(input = "numbers", output = "doubled", delivery = exactly_once)]
fn once(number: u64) -> u64 {
    number * 2
}
