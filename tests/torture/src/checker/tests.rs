//! Histories written by hand, each with what must be found in it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{Kind, check};
use crate::history::{
    Acked, Content, DeadLetter, Flow, History, Input, Made, Output, Place, Rules, Sample,
};

mod faults;
mod order;
mod rules;

const INPUT: usize = 0;
const OUTPUT: usize = 1;
const DEAD: usize = 2;

fn place(offset: i64) -> Place {
    Place {
        stream: INPUT,
        partition: 0,
        offset,
    }
}

/// The record at an offset of the input: offsets are also numbers, checksums and, by parity, keys.
fn record(offset: i64) -> Content {
    Content::Record {
        seq: offset as u64,
        key: (offset % 2) as u32,
        crc: offset as u32 + 1,
    }
}

/// An output of `by`, made of the input at `offset` and appended at `at`.
fn output(by: u32, offset: i64, at: i64) -> Output {
    Output {
        partition: (offset % 2) as i32,
        offset: at,
        at,
        made: Some(Made {
            by,
            nth: at as u64 + 1,
            count: 0,
            parent: place(offset),
            seq: offset as u64,
            key: (offset % 2) as u32,
            crc: offset as u32 + 1,
        }),
    }
}

/// Four inputs, acknowledged; each has its output at ten times its offset; all are committed at 100.
fn good() -> History {
    let flow = Flow {
        name: "relay".to_owned(),
        inputs: vec![INPUT],
        outputs: vec![OUTPUT],
        dead: BTreeMap::from([(INPUT, DEAD)]),
        retries: BTreeMap::new(),
        rules: Rules::default(),
    };
    let input = |offset| Input {
        offset,
        content: record(offset),
    };
    let acked = |offset| Acked {
        place: place(offset),
        crc: offset as u32 + 1,
    };
    History {
        streams: ["in", "out", "dead"].map(ToOwned::to_owned).to_vec(),
        instances: ["one", "two"].map(ToOwned::to_owned).to_vec(),
        flows: vec![flow],
        inputs: BTreeMap::from([((INPUT, 0), (0..4).map(input).collect())]),
        ends: BTreeMap::new(),
        gone: BTreeSet::new(),
        aborted: HashSet::new(),
        outputs: BTreeMap::from([(
            OUTPUT,
            (0..4)
                .map(|offset| output(0, offset, offset * 10))
                .collect(),
        )]),
        acked: (0..4).map(acked).collect(),
        samples: vec![sample(4, 100)],
        dead_letters: Vec::new(),
        waiting: Vec::new(),
    }
}

/// A dead letter of the input at an offset, appended at `at`.
fn letter(offset: Option<i64>, at: i64) -> DeadLetter {
    DeadLetter {
        flow: 0,
        parent: offset.map(place),
        at,
    }
}

fn sample(next: i64, at: i64) -> Sample {
    Sample {
        flow: 0,
        stream: INPUT,
        partition: 0,
        next,
        at,
    }
}

/// Changes the good history and compares what is found.
#[track_caller]
fn check_that(change: impl FnOnce(&mut History), expected: &[(Kind, u64)]) {
    let mut history = good();
    change(&mut history);
    let found = check(&history);
    let counts: Vec<(Kind, u64)> = found.iter().map(|(kind, one)| (kind, one.count)).collect();
    assert_eq!(counts, expected, "{found:#?}");
}

fn outputs(history: &mut History) -> &mut Vec<Output> {
    history.outputs.get_mut(&OUTPUT).unwrap()
}

fn inputs(history: &mut History) -> &mut Vec<Input> {
    history.inputs.get_mut(&(INPUT, 0)).unwrap()
}

#[test]
fn a_good_history_is_good() {
    check_that(|_| {}, &[]);
}

#[test]
fn an_input_without_output_is_lost_when_it_is_committed() {
    check_that(
        |history| {
            outputs(history).remove(1);
        },
        &[(Kind::Lost, 1), (Kind::Premature, 1)],
    );
    check_that(
        |history| {
            outputs(history).remove(3);
            history.samples = vec![sample(3, 100)];
        },
        &[(Kind::Unfinished, 1)],
    );
    check_that(
        |history| {
            outputs(history).clear();
            history.samples.clear();
        },
        &[(Kind::Unfinished, 4)],
    );
}

#[test]
fn an_input_that_nobody_acknowledged_counts_when_it_is_there() {
    check_that(
        |history| {
            history.acked.remove(1);
            outputs(history).remove(1);
        },
        &[(Kind::Lost, 1), (Kind::Premature, 1)],
    );
}

#[test]
fn every_output_stream_wants_its_own() {
    check_that(
        |history| {
            history.flows[0].outputs.push(DEAD);
            let copies = outputs(history)[..3].to_vec();
            history.outputs.insert(DEAD, copies);
        },
        &[(Kind::Lost, 1), (Kind::Premature, 1)],
    );
}

#[test]
fn twice_is_repeated() {
    check_that(
        |history| outputs(history).push(output(1, 2, 50)),
        &[(Kind::Repeated, 1)],
    );
}

#[test]
fn an_output_needs_a_parent() {
    check_that(
        |history| outputs(history).push(output(0, 8, 80)),
        &[(Kind::Phantom, 1)],
    );
    check_that(
        |history| {
            history.flows[0].inputs = vec![DEAD];
            history.samples.clear();
        },
        &[(Kind::Phantom, 4)],
    );
}

#[test]
fn an_output_is_what_was_sent() {
    check_that(
        |history| outputs(history)[2].made.as_mut().unwrap().crc += 1,
        &[(Kind::Lost, 1), (Kind::Corrupted, 1), (Kind::Premature, 1)],
    );
    check_that(
        |history| outputs(history)[2].made = None,
        &[(Kind::Lost, 1), (Kind::Corrupted, 1), (Kind::Premature, 1)],
    );
}

#[test]
fn a_commit_waits_for_its_outputs() {
    let samples = |samples: &[Sample]| {
        let samples = samples.to_vec();
        move |history: &mut History| history.samples = samples
    };
    // The output of offset 3 comes at 30.
    check_that(samples(&[sample(3, 20), sample(4, 30)]), &[]);
    check_that(
        samples(&[sample(4, 29), sample(4, 30)]),
        &[(Kind::Premature, 1)],
    );
    check_that(samples(&[sample(5, 100)]), &[(Kind::Premature, 1)]);
    // An earlier one that comes late counts as well.
    check_that(
        |history| {
            outputs(history)[1].at = 200;
            history.samples = vec![sample(1, 100), sample(4, 200)];
        },
        &[],
    );
    check_that(
        |history| outputs(history)[1].at = 200,
        &[(Kind::Premature, 1)],
    );
}

#[test]
fn dead_letters_are_the_poison() {
    let poisoned = |letters: &'static [Option<i64>]| {
        move |history: &mut History| {
            inputs(history)[1].content = Content::Poison;
            history.acked[1].crc = 0;
            outputs(history).remove(1);
            history.dead_letters = letters.iter().map(|offset| letter(*offset, 10)).collect();
        }
    };
    check_that(poisoned(&[Some(1)]), &[]);
    check_that(
        poisoned(&[]),
        &[(Kind::Premature, 1), (Kind::DeadLetterMissing, 1)],
    );
    check_that(
        poisoned(&[Some(1), Some(1)]),
        &[(Kind::DeadLetterRepeated, 1)],
    );
    check_that(
        poisoned(&[Some(1), Some(2), None]),
        &[(Kind::DeadLetterWrong, 2)],
    );
}

#[test]
fn a_commit_waits_for_its_dead_letters() {
    check_that(
        |history| {
            inputs(history)[1].content = Content::Poison;
            history.acked[1].crc = 0;
            outputs(history).remove(1);
            history.dead_letters = vec![letter(Some(1), 101)];
        },
        &[(Kind::Premature, 1)],
    );
}

#[test]
fn poison_has_no_output() {
    check_that(
        |history| {
            inputs(history)[1].content = Content::Poison;
            history.acked[1].crc = 0;
        },
        &[
            (Kind::Phantom, 1),
            (Kind::Premature, 1),
            (Kind::DeadLetterMissing, 1),
        ],
    );
}

#[test]
fn what_the_broker_lost_is_its_own() {
    check_that(
        |history| history.acked[1].place.offset = 9,
        &[(Kind::BrokerLost, 1)],
    );
}

#[test]
fn what_the_broker_had_already_is_found_without_its_place() {
    check_that(|history| history.acked[1].place.offset = -1001, &[]);
    check_that(
        |history| {
            history.acked[1].place.offset = -1001;
            history.acked[1].crc = 0xdead;
        },
        &[(Kind::BrokerLost, 1)],
    );
}

#[test]
fn what_the_generator_wrote_twice_wants_two_outputs() {
    check_that(
        |history| {
            let again = Input {
                offset: 4,
                content: record(3),
            };
            inputs(history).push(again);
            let mut copy = output(0, 3, 40);
            copy.made.as_mut().unwrap().parent.offset = 4;
            outputs(history).push(copy);
        },
        &[(Kind::SentTwice, 1)],
    );
}
