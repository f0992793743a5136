//! What becomes of an electron that fails: retries, skips, dead letters, and the caps on them.

mod caps;
mod copies;
mod dead_letters;
mod delayed;
mod in_place;
mod parked;
mod policies;
mod refusals;

use catenae_tests::{Child, DEADLINE, Received, TestBroker, eventually, exists, length, read};

use crate::stage::Stage;

/// A stage for a probe of this class. Kafka gets the streams beside the input from the probe itself;
/// the embedded broker takes them from its own process only.
fn stage_for(class: &str, partitions: i32) -> Stage {
    let stage = Stage::new(partitions);
    if matches!(stage.broker, TestBroker::Embedded(_)) {
        for end in ["dlq", "retry"] {
            let stream = format!("{}.{class}.{end}", stage.input);
            stage.broker.create(&stream, partitions);
        }
    }
    stage
}

/// Where the dead letters of a probe on this stage go.
fn dead_letters_of(stage: &Stage, class: &str) -> String {
    format!("{}.{class}.dlq", stage.input)
}

/// All dead letters of a probe, once there are `count`.
#[track_caller]
pub(crate) fn dead_letters(stage: &Stage, class: &str, count: usize) -> Vec<Received> {
    let stream = dead_letters_of(stage, class);
    eventually("the probe creates its streams", DEADLINE, || {
        exists(&stage.broker, &stream).then_some(())
    });
    let letters = read(&stage.broker, &stream, count, DEADLINE);
    let there = length(&stage.broker, &stream);
    assert_eq!(
        there,
        i64::try_from(count).expect("a count"),
        "on `{stream}`"
    );
    letters
}

/// The lines that a probe printed for its attempts, without the number that its state has seen.
fn attempts(child: &Child) -> Vec<String> {
    let attempts = child.printed().into_iter();
    attempts
        .filter_map(|line| Some(line.strip_prefix("attempt ")?.split(',').next()?.to_owned()))
        .collect()
}
