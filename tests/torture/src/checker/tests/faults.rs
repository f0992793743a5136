//! Histories of streams that were created again, of aborted transactions, and of an operator's limits.

use super::{INPUT, check_that, inputs, letter, output, outputs, place, record, sample};
use crate::checker::Kind;
use crate::history::{Acked, Content, History, Input, Place, Sample};

/// The stream of the input's second incarnation.
const AGAIN: usize = 3;

/// The input was deleted after offset 1 was read, and has two other records in its second incarnation, with their
/// outputs at 50 and 60; both are committed at 100.
fn recreated(history: &mut History) {
    history.streams.push("in#1".to_owned());
    history.gone.insert(INPUT);
    history.flows[0].reads_as(INPUT, AGAIN);
    outputs(history).truncate(2);
    history.samples = vec![sample(2, 30)];
    for (offset, number) in [(0, 10), (1, 11)] {
        let content = record(number);
        let again = history.inputs.entry((AGAIN, 0)).or_default();
        again.push(Input { offset, content });
        let here = Place {
            stream: AGAIN,
            ..place(offset)
        };
        history.acked.push(Acked {
            place: here,
            crc: number as u32 + 1,
        });
        let mut made = output(0, number, 50 + offset * 10);
        made.made.as_mut().unwrap().parent = here;
        outputs(history).push(made);
    }
    history.samples.push(Sample {
        stream: AGAIN,
        ..sample(2, 100)
    });
}

#[track_caller]
fn check_recreated(change: impl FnOnce(&mut History), expected: &[(Kind, u64)]) {
    let both = |history: &mut History| {
        recreated(history);
        change(history);
    };
    check_that(both, expected);
}

#[test]
fn what_was_deleted_before_it_was_read_is_not_lost() {
    check_recreated(|_| {}, &[]);
    // It is, when it had been committed.
    check_recreated(
        |history| history.samples.insert(1, sample(3, 40)),
        &[(Kind::Premature, 1)],
    );
}

#[test]
fn every_input_of_the_last_incarnation_takes_effect() {
    check_recreated(
        |history| {
            outputs(history).remove(2);
        },
        &[(Kind::Lost, 1), (Kind::Premature, 1)],
    );
    check_recreated(
        |history| {
            outputs(history).pop();
            history.samples.pop();
        },
        &[(Kind::Unfinished, 1)],
    );
}

#[test]
fn an_input_of_a_former_incarnation_takes_effect_once() {
    check_recreated(
        |history| outputs(history).push(output(1, 1, 70)),
        &[(Kind::Repeated, 1)],
    );
}

#[test]
fn an_input_is_not_taken_for_the_one_of_another_incarnation() {
    check_recreated(
        |history| outputs(history)[2].made.as_mut().unwrap().parent.stream = INPUT,
        &[(Kind::Lost, 1), (Kind::Corrupted, 1), (Kind::Premature, 1)],
    );
}

/// Offset 1 was aborted, and so was what lies behind the last record: the partition ends at 9.
fn aborted(history: &mut History) {
    inputs(history).remove(1);
    history.acked.remove(1);
    history.aborted.insert(place(1));
    history.ends.insert((INPUT, 0), 9);
}

#[test]
fn what_was_aborted_has_no_output() {
    check_that(
        |history| {
            aborted(history);
            outputs(history).remove(1);
        },
        &[],
    );
    check_that(aborted, &[(Kind::Phantom, 1)]);
}

#[test]
fn an_offset_may_be_behind_what_was_aborted() {
    let committed = |next| {
        move |history: &mut History| {
            aborted(history);
            outputs(history).remove(1);
            history.samples = vec![sample(next, 100)];
        }
    };
    check_that(committed(9), &[]);
    check_that(committed(10), &[(Kind::Premature, 1)]);
}

/// Offset 2 may be refused: it has the number of one that is too large.
fn limited(history: &mut History) {
    history.flows[0].rules.limited = true;
    let content = Content::Record {
        seq: 35,
        key: 0,
        crc: 3,
    };
    inputs(history)[2].content = content;
    outputs(history)[2].made.as_mut().unwrap().seq = 35;
}

#[test]
fn what_may_be_refused_has_an_output_or_a_dead_letter() {
    check_that(limited, &[]);
    let refused = |letters: &'static [i64]| {
        move |history: &mut History| {
            limited(history);
            outputs(history).remove(2);
            history.dead_letters = letters.iter().map(|at| letter(Some(2), *at)).collect();
        }
    };
    check_that(refused(&[100]), &[]);
    check_that(refused(&[101]), &[(Kind::Premature, 1)]);
    check_that(refused(&[50, 50]), &[(Kind::DeadLetterRepeated, 1)]);
    check_that(refused(&[]), &[(Kind::Lost, 1), (Kind::Premature, 1)]);
    // Where the broker does not stamp dead letters, nobody knows when it was there.
    check_that(refused(&[i64::MIN]), &[]);
}

#[test]
fn a_transaction_has_not_both_an_output_and_a_dead_letter() {
    let both = |atomic| {
        move |history: &mut History| {
            limited(history);
            history.flows[0].rules.atomic = atomic;
            history.dead_letters = vec![letter(Some(2), 50)];
        }
    };
    check_that(both(false), &[]);
    check_that(both(true), &[(Kind::Repeated, 1)]);
}
