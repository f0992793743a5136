//! Topologies that end well say nothing above INFO, whatever their shape.

use std::collections::HashMap;
use std::fmt::{Debug, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

use catenae::rpc::CallError;
use catenae::{Context, Ended, Topology};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context as Place, SubscriberExt as _};
use tracing_subscriber::{Layer, Registry};

/// What was said above INFO in this process.
static LOUD: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// One run at a time: what is said belongs to it.
static ONE: Mutex<()> = Mutex::new(());

struct Listener;

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Place<'_, S>) {
        if *event.metadata().level() <= Level::WARN {
            let mut text = Text(event.metadata().target().to_owned());
            event.record(&mut text);
            let mut loud = LOUD.lock().unwrap_or_else(PoisonError::into_inner);
            loud.push(text.0);
        }
    }
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

/// Runs a topology to its end.
#[track_caller]
fn check(topology: Topology) {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        let subscriber = Registry::default().with(Listener);
        tracing::subscriber::set_global_default(subscriber).expect("it is the first");
    });
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let ended = topology.time_limit(Duration::from_secs(60)).run();
    let loud = std::mem::take(&mut *LOUD.lock().unwrap_or_else(PoisonError::into_inner));
    assert_eq!(ended.expect("the topology ends by itself"), Ended::Finished);
    assert!(loud.is_empty(), "{loud:#?}");
}

#[catenae::link(output = "numbers")]
fn numbers() -> impl Iterator<Item = u64> {
    0..500
}

#[catenae::link(output = "letters")]
fn letters() -> impl Iterator<Item = String> {
    ('a'..='z').map(String::from)
}

#[catenae::link(input = "numbers", output = "doubled")]
fn double(number: u64) -> u64 {
    number * 2
}

#[catenae::link(input = "doubled")]
fn show(_number: u64) {}

#[catenae::link(input = ["doubled", "letters"])]
fn both(_any: &[u8]) {}

#[test]
fn several_instances() {
    for _ in 0..3 {
        let topology = Topology::new("instances")
            .link::<numbers>()
            .instances::<double>(4);
        check(topology.instances::<show>(3));
    }
}

#[test]
fn several_inputs() {
    let topology = Topology::new("inputs").link::<numbers>().link::<letters>();
    check(topology.instances::<double>(2).instances::<both>(2));
}

/// More instances than partitions: some have none.
#[test]
fn more_instances_than_partitions() {
    check(
        Topology::new("spare")
            .link::<numbers>()
            .link::<double>()
            .instances::<show>(12),
    );
}

#[derive(Default)]
struct Sums(HashMap<u64, u64>);

/// A reader with methods.
#[catenae::link(input = "doubled", rpc = [sum])]
fn sums(sums: &mut Sums, number: u64) {
    *sums.0.entry(number % 10).or_default() += number;
}

#[catenae::rpc]
fn sum(sums: &Sums, digit: u64) -> u64 {
    sums.0.get(&digit).copied().unwrap_or_default()
}

/// Only answers.
#[catenae::link(rpc = [known])]
fn clerk() {}

#[catenae::rpc]
fn known(digit: u64) -> bool {
    digit < 10
}

static TICKS: AtomicU64 = AtomicU64::new(0);

/// Only ticks and calls: a call that comes to nothing would fail it.
#[catenae::link(every = "2ms")]
fn reporter(ctx: &Context) -> Result<(), CallError> {
    if TICKS.fetch_add(1, Ordering::SeqCst) < 3 || known::any::<clerk>().call(ctx, 2).wait()? {
        sum::any::<sums>().call(ctx, 2).wait()?;
    }
    Ok(())
}

#[test]
fn beside_links_that_only_tick_or_call() {
    let topology = Topology::new("beside").link::<reporter>().link::<clerk>();
    check(
        topology
            .link::<numbers>()
            .instances::<double>(2)
            .link::<sums>(),
    );
    assert!(TICKS.load(Ordering::SeqCst) > 0);
}

static BEATS: AtomicU64 = AtomicU64::new(0);

/// A reader that also sends by itself, for as long as it runs.
#[catenae::link(input = "doubled", output = "beats", setup = start_beating)]
fn beating(_: &Beating, _number: u64) {}

struct Beating;

fn start_beating(ctx: &Context) -> Beating {
    let context = ctx.clone();
    ctx.spawn(async move {
        let mut beat = tokio::time::interval(Duration::from_millis(2));
        while !context.is_stopping() {
            beat.tick().await;
            let _delivered_some_time = context.send(BEATS.fetch_add(1, Ordering::SeqCst));
        }
    });
    Beating
}

#[catenae::link(input = "beats")]
fn count_beats(_beat: u64) {}

#[test]
fn beside_a_timer_that_sends() {
    let topology = Topology::new("timer").link::<numbers>().link::<double>();
    check(topology.link::<beating>().link::<count_beats>());
    assert!(BEATS.load(Ordering::SeqCst) > 0);
}

/// Sends each number back to itself until it is small.
#[catenae::link(input = ["numbers", "again"], output = ["again"])]
fn halve(number: u64) -> Option<u64> {
    (number > 1).then_some(number / 2)
}

#[test]
fn a_link_that_reads_what_it_writes() {
    check(
        Topology::new("circle")
            .link::<numbers>()
            .instances::<halve>(2),
    );
}
