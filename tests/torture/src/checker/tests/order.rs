//! Histories whose outputs lie in one order or another.

use super::{check_that, output, outputs};
use crate::checker::Kind;
use crate::history::{History, Output};

#[test]
fn what_its_client_has_written_twice_says_nothing_of_the_order() {
    check_that(
        |history| {
            let first = &outputs(history)[0];
            let again = Output {
                offset: 50,
                at: 50,
                ..*first
            };
            outputs(history).push(again);
        },
        &[(Kind::Repeated, 1), (Kind::WrittenTwice, 1)],
    );
}

#[test]
fn an_instance_keeps_the_order_of_a_partition() {
    // Keys 0 and 1 share no output partition here, so that only the same key can be out of order.
    check_that(
        |history| {
            *outputs(history) = [0, 1, 3, 2]
                .map(|offset| output(0, offset, offset * 10))
                .into();
            outputs(history).swap(0, 3);
        },
        &[(Kind::OutOfOrder, 1), (Kind::Overtaken, 1)],
    );
}

/// The outputs of these offsets by one instance, in this order.
fn in_this_order(offsets: &[i64]) -> impl FnOnce(&mut History) {
    move |history| {
        let made = (0..).zip(offsets).map(|(at, offset)| {
            let mut made = output(0, *offset, at * 10);
            made.made.as_mut().unwrap().nth = at as u64 + 1;
            made
        });
        *outputs(history) = made.collect();
    }
}

#[test]
fn an_instance_that_goes_back_delivers_late_what_it_did_not_deliver() {
    // The first output of offset 0 was not delivered.
    check_that(
        in_this_order(&[1, 2, 0, 1, 2, 3]),
        &[(Kind::Repeated, 2), (Kind::Overtaken, 1)],
    );
    // It did not go back: what comes next is new, nothing, or the late one once more.
    let late = [(Kind::OutOfOrder, 1), (Kind::Overtaken, 1)];
    check_that(in_this_order(&[1, 2, 3, 0]), &late);
    let new_next = |history: &mut History| {
        in_this_order(&[1, 0, 2, 3, 2])(history);
        for output in outputs(history) {
            output.partition = 0;
        }
    };
    check_that(new_next, &[(Kind::Repeated, 1), (Kind::OutOfOrder, 1)]);
    let again = [
        (Kind::Repeated, 1),
        (Kind::OutOfOrder, 1),
        (Kind::Overtaken, 1),
    ];
    check_that(in_this_order(&[1, 2, 3, 0, 0]), &again);
}

#[test]
fn another_instance_may_not_overtake() {
    check_that(
        |history| {
            *outputs(history) = vec![
                output(0, 1, 10),
                output(0, 2, 20),
                output(1, 0, 30),
                output(1, 3, 40),
            ];
        },
        &[(Kind::Overtaken, 1)],
    );
}

#[test]
fn going_back_to_repeat_is_no_disorder() {
    check_that(
        |history| {
            outputs(history).extend([output(1, 0, 50), output(1, 2, 60)]);
        },
        &[(Kind::Repeated, 2)],
    );
}

#[test]
fn a_state_counts_up() {
    let count = |numbers: [u64; 4]| {
        move |history: &mut History| {
            for (output, count) in outputs(history).iter_mut().zip(numbers) {
                output.made.as_mut().unwrap().count = count;
            }
        }
    };
    check_that(count([1, 1, 2, 3]), &[]);
    check_that(count([1, 1, 1, 2]), &[(Kind::State, 1)]);
}
