//! Histories of links that filter, fail, park and delay.
//!
//! The checksum of the input at an offset is one more than it: offset 1 fails once, 2 fails twice and is
//! what a filter is silent about, 3 is doomed; 0 is like any.

use std::collections::BTreeMap;

use super::{INPUT, check_that, inputs, letter, output, outputs, place, record, sample};
use crate::checker::Kind;
use crate::history::{Content, History, Ordered, Place, Rules, Sample, Waiting};

const RETRY: usize = 3;

/// A link that is silent about offset 2.
fn filter(history: &mut History) {
    history.flows[0].rules = Rules {
        silent: true,
        ..Rules::default()
    };
    outputs(history).remove(2);
}

/// A link that fails, and tries again in place: offset 3 is a dead letter.
fn failing(history: &mut History) {
    history.flows[0].rules = Rules {
        fails: true,
        ..Rules::default()
    };
    outputs(history).remove(3);
    history.dead_letters = vec![letter(Some(3), 30)];
}

/// The same with parking: only keys are ordered.
fn parking(history: &mut History) {
    failing(history);
    history.flows[0].rules.ordered = Ordered::Key;
}

/// The same with a stream of retries: one copy of offset 1, two of 2, three of 3.
fn delaying(history: &mut History) {
    failing(history);
    history.streams.push("retry".to_owned());
    history.flows[0].retries = BTreeMap::from([(INPUT, RETRY)]);
    let copies = [(1, 1), (2, 1), (3, 1), (2, 2), (3, 2), (3, 3)];
    history.waiting = (0..).zip(copies).map(waiting).collect();
    history.samples.push(Sample {
        stream: RETRY,
        ..sample(6, 100)
    });
}

/// A copy in the stream of retries: its place, and the offset of what it is a copy of with the number of
/// failed attempts. It was appended at its place.
fn waiting((at, (offset, failed)): (i64, (i64, u32))) -> Waiting {
    Waiting {
        flow: 0,
        place: Place {
            stream: RETRY,
            partition: 0,
            offset: at,
        },
        at,
        parent: Some(place(offset)),
        failed,
        content: record(offset),
    }
}

/// Checks a history of `link` with a change.
#[track_caller]
fn check_of(link: fn(&mut History), change: impl FnOnce(&mut History), expected: &[(Kind, u64)]) {
    let both = |history: &mut History| {
        link(history);
        change(history);
    };
    check_that(both, expected);
}

#[test]
fn each_link_has_a_good_history() {
    for link in [filter, failing, parking, delaying] {
        check_of(link, |_| {}, &[]);
    }
}

#[test]
fn a_filter_says_nothing_and_loses_nothing() {
    check_of(
        filter,
        |history| outputs(history).push(output(0, 2, 40)),
        &[(Kind::Phantom, 1)],
    );
    check_of(
        filter,
        |history| {
            outputs(history).remove(1);
        },
        &[(Kind::Lost, 1), (Kind::Premature, 1)],
    );
    // Nobody sees when it is done with what it is silent about: that alone holds no commit back.
    check_of(
        filter,
        |history| history.samples = vec![sample(3, 10), sample(4, 30)],
        &[],
    );
    check_of(
        filter,
        |history| history.samples = vec![sample(3, 9), sample(4, 30)],
        &[(Kind::Premature, 1)],
    );
}

#[test]
fn what_is_doomed_is_a_dead_letter_and_nothing_else() {
    check_of(
        failing,
        |history| outputs(history).push(output(0, 3, 50)),
        &[(Kind::Phantom, 1)],
    );
    check_of(
        failing,
        |history| history.dead_letters.clear(),
        &[(Kind::Premature, 1), (Kind::DeadLetterMissing, 1)],
    );
    check_of(
        failing,
        |history| history.dead_letters.push(letter(Some(2), 40)),
        &[(Kind::DeadLetterWrong, 1)],
    );
    check_of(
        failing,
        |history| history.samples = vec![sample(3, 29), sample(4, 29)],
        &[(Kind::Premature, 1)],
    );
}

#[test]
fn parking_keeps_the_order_of_a_key_and_no_other() {
    let in_order = |offsets: [i64; 3]| {
        move |history: &mut History| {
            let outputs = outputs(history);
            outputs.clear();
            for (at, offset) in (0..).zip(offsets) {
                let mut output = output(0, offset, at * 10);
                // In one partition, where they can be compared.
                output.partition = 0;
                outputs.push(output);
            }
        }
    };
    // 0 and 2 are of one key, 1 is of another.
    for offsets in [[1, 0, 2], [0, 2, 1]] {
        check_of(parking, in_order(offsets), &[]);
        check_of(failing, in_order(offsets), &[(Kind::OutOfOrder, 1)]);
    }
    let overtaken = [(Kind::OutOfOrder, 1), (Kind::Overtaken, 1)];
    check_of(parking, in_order([2, 0, 1]), &overtaken);
}

#[test]
fn a_repetition_behind_what_waits_has_a_name_of_its_own() {
    let again = |history: &mut History| outputs(history).push(output(1, 2, 60));
    check_of(failing, again, &[(Kind::Repeated, 1)]);
    check_of(parking, again, &[(Kind::RepeatedBehind, 1)]);
    let letter = |history: &mut History| history.dead_letters.push(letter(Some(3), 60));
    check_of(failing, letter, &[(Kind::DeadLetterRepeated, 1)]);
    check_of(parking, letter, &[(Kind::RepeatedBehind, 1)]);
    check_of(delaying, again, &[(Kind::RepeatedBehind, 1)]);
    check_of(
        delaying,
        |history| history.waiting.push(waiting((6, (2, 2)))),
        &[(Kind::RepeatedBehind, 1)],
    );
}

#[test]
fn a_delayed_electron_gives_up_its_place_and_no_other_does() {
    let late = |offset: i64| {
        move |history: &mut History| {
            let outputs = outputs(history);
            let at = outputs.iter().position(|output| {
                let made = output.made.unwrap();
                made.parent.offset == offset
            });
            let output = outputs.remove(at.unwrap());
            outputs.push(output);
        }
    };
    // 0 is before 2, of the same key; 2 failed and 0 did not.
    check_of(delaying, late(0), &[]);
    check_of(delaying, late(1), &[]);
    let steady = |history: &mut History| {
        // Offsets 0 and 2 of one key, and neither fails.
        let content = Content::Record {
            seq: 2,
            key: 0,
            crc: 7,
        };
        inputs(history)[2].content = content;
        history.acked[2].crc = 7;
        history.waiting.retain(|copy| copy.parent != Some(place(2)));
        outputs(history)[2].made.as_mut().unwrap().crc = 7;
    };
    check_of(delaying, steady, &[]);
    check_of(
        delaying,
        |history| {
            steady(history);
            late(0)(history);
        },
        &[(Kind::OutOfOrder, 1), (Kind::Overtaken, 1)],
    );
}

#[test]
fn an_input_is_done_when_its_copy_waits() {
    let samples = |samples: &'static [(usize, i64, i64)]| {
        move |history: &mut History| {
            let samples = samples.iter().map(|(stream, next, at)| Sample {
                stream: *stream,
                ..sample(*next, *at)
            });
            history.samples = samples.collect();
        }
    };
    // The first copies are there at 0, 1 and 2, long before the outputs.
    const LAST: (usize, i64, i64) = (RETRY, 6, 100);
    check_of(delaying, samples(&[(INPUT, 4, 2), LAST]), &[]);
    // The copy of offset 3 comes at 2.
    check_of(
        delaying,
        samples(&[(INPUT, 4, 1), LAST]),
        &[(Kind::Premature, 1)],
    );
    // The first in the stream of retries is done with the output at 10, the next two with copies.
    check_of(
        delaying,
        samples(&[(INPUT, 4, 2), (RETRY, 3, 10), LAST]),
        &[],
    );
    check_of(
        delaying,
        samples(&[(INPUT, 4, 2), (RETRY, 1, 9), LAST]),
        &[(Kind::Premature, 1)],
    );
    // The last of them is done with the dead letter at 30.
    check_of(
        delaying,
        samples(&[(INPUT, 4, 2), (RETRY, 6, 29), LAST]),
        &[(Kind::Premature, 1)],
    );
}

#[test]
fn what_waits_is_lost_only_when_its_retry_is_passed() {
    let gone = |committed: i64| {
        move |history: &mut History| {
            outputs(history).remove(1);
            history.samples[1].next = committed;
        }
    };
    check_of(delaying, gone(0), &[(Kind::Unfinished, 1)]);
    check_of(delaying, gone(6), &[(Kind::Lost, 1), (Kind::Premature, 1)]);
    // Without a copy it was lost where it came from.
    check_of(
        delaying,
        |history| {
            outputs(history).remove(1);
            history.waiting.remove(0);
        },
        &[(Kind::Lost, 1), (Kind::Premature, 1)],
    );
}

#[test]
fn only_what_failed_waits() {
    let more = |at, of| move |history: &mut History| history.waiting.push(waiting((at, of)));
    // Offset 0 does not fail, 1 fails once, and nothing waits after no attempt.
    check_of(delaying, more(6, (0, 1)), &[(Kind::Phantom, 1)]);
    check_of(delaying, more(6, (1, 2)), &[(Kind::Phantom, 1)]);
    check_of(delaying, more(6, (1, 0)), &[(Kind::Phantom, 1)]);
    check_of(
        delaying,
        |history| history.waiting[5].parent = None,
        &[(Kind::Phantom, 1), (Kind::Premature, 1)],
    );
    check_of(
        delaying,
        |history| history.waiting[0].content = record(0),
        &[(Kind::Corrupted, 1), (Kind::Premature, 1)],
    );
}
