//! The decisions about transactions: tables, and every walk through random answers ends.

use proptest::prelude::*;

use super::*;

const PATIENCE: Patience = Patience {
    transaction: Duration::from_secs(15),
    step: Duration::from_secs(30),
    init: Duration::from_secs(120),
    progress: Duration::from_secs(300),
};

const NONE: Trouble = Trouble {
    fenced: false,
    fatal: false,
    abortable: false,
    retriable: false,
};
const RETRIABLE: Trouble = Trouble {
    retriable: true,
    ..NONE
};
const ABORTABLE: Trouble = Trouble {
    abortable: true,
    ..NONE
};
const FATAL: Trouble = Trouble {
    fatal: true,
    ..NONE
};
const FENCED: Trouble = Trouble {
    fenced: true,
    fatal: true,
    ..NONE
};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What follows when `step` is answered with `trouble`, `took` seconds after it was first taken.
fn answer(step: Step, trouble: Trouble, took: u64) -> Next {
    let mut transaction = Transaction::new(PATIENCE);
    transaction.end(step, seconds(100), seconds(101));
    transaction.after(Err(trouble), seconds(101 + took), None)
}

#[test]
fn every_error_of_every_step_has_its_answer() {
    use Next::{Do, Over};
    let same = Next::Replace(TransactionalId::Same);
    let fresh = Next::Replace(TransactionalId::Fresh);
    let stop = |why| Over(End::Stop(why));
    let table = [
        // At once.
        (Step::Offsets, RETRIABLE, 0, Do(Step::Offsets)),
        (Step::Offsets, ABORTABLE, 0, Do(Step::Abort)),
        (Step::Offsets, FATAL, 0, same),
        (Step::Offsets, NONE, 0, same),
        (Step::Commit, RETRIABLE, 0, Do(Step::Commit)),
        (Step::Commit, ABORTABLE, 0, Do(Step::Abort)),
        (Step::Commit, FATAL, 0, same),
        (Step::Commit, NONE, 0, same),
        (Step::Abort, RETRIABLE, 0, Do(Step::Abort)),
        (Step::Abort, ABORTABLE, 0, same),
        (Step::Abort, FATAL, 0, same),
        (Step::Abort, NONE, 0, same),
        (Step::Init, RETRIABLE, 0, Do(Step::Init)),
        (Step::Init, ABORTABLE, 0, stop(Impasse::Refused)),
        (Step::Init, FATAL, 0, stop(Impasse::Refused)),
        (Step::Init, NONE, 0, stop(Impasse::Refused)),
        // Fenced: by another instance, or because it was open for too long.
        (Step::Offsets, FENCED, 0, stop(Impasse::Superseded)),
        (Step::Commit, FENCED, 13, stop(Impasse::Superseded)),
        (Step::Commit, FENCED, 14, fresh),
        (Step::Abort, FENCED, 13, stop(Impasse::Superseded)),
        (Step::Abort, FENCED, 14, fresh),
        (Step::Init, FENCED, 14, stop(Impasse::Superseded)),
    ];
    for (step, trouble, took, expected) in table {
        let got = answer(step, trouble, took);
        assert_eq!(got, expected, "{step:?}, {trouble:?}, after {took} s");
    }
}

/// After how long what Kafka answers again and again is given up, and for what.
#[test]
fn patience_has_an_end_but_for_one_that_was_halted() {
    use Next::{Do, Over};
    let table = [
        (Step::Offsets, 29, Do(Step::Offsets)),
        (Step::Offsets, 30, Do(Step::Abort)),
        (Step::Commit, 29, Do(Step::Commit)),
        (Step::Commit, 30, Next::Replace(TransactionalId::Same)),
        (Step::Abort, 29, Do(Step::Abort)),
        (Step::Abort, 30, Next::Replace(TransactionalId::Same)),
        (Step::Init, 119, Do(Step::Init)),
        (Step::Init, 120, Over(End::Stop(Impasse::Unreachable))),
    ];
    for (step, took, expected) in table {
        let mut transaction = Transaction::new(PATIENCE);
        transaction.end(step, seconds(100), seconds(101));
        let first = transaction.after(Err(RETRIABLE), seconds(102), None);
        assert_eq!(first, Do(step));
        let got = transaction.after(Err(RETRIABLE), seconds(101 + took), None);
        assert_eq!(got, expected, "{step:?}, after {took} s");
        // The first answer comes late because nobody was there to hear it: it is asked again, and
        // may turn out to be fenced.
        assert_eq!(answer(step, RETRIABLE, took), Do(step), "{step:?}");
    }
}

#[test]
fn a_commit_is_offsets_and_then_the_commit() {
    let mut transaction = Transaction::new(PATIENCE);
    assert_eq!(
        transaction.end(Step::Offsets, seconds(1), seconds(2)),
        Step::Offsets
    );
    assert_eq!(
        transaction.after(Ok(()), seconds(2), None),
        Next::Do(Step::Commit)
    );
    assert_eq!(
        transaction.after(Ok(()), seconds(2), None),
        Next::Over(End::Committed)
    );
}

#[test]
fn a_commit_that_may_have_happened_is_never_aborted() {
    let mut transaction = Transaction::new(PATIENCE);
    transaction.end(Step::Commit, seconds(0), seconds(0));
    assert_eq!(
        transaction.after(Err(RETRIABLE), seconds(1), None),
        Next::Do(Step::Commit)
    );
    assert_eq!(
        transaction.after(Err(ABORTABLE), seconds(2), None),
        Next::Replace(TransactionalId::Same)
    );
    assert_eq!(
        transaction.after(Ok(()), seconds(3), None),
        Next::Over(End::Rewind(FIRST_PAUSE)),
        "the step after a replacement is `Init`"
    );
}

#[test]
fn what_may_still_arrive_meets_a_new_producer() {
    for (step, end) in [
        (Step::Commit, End::Committed),
        (Step::Abort, End::Rewind(FIRST_PAUSE)),
    ] {
        let mut transaction = Transaction::new(PATIENCE);
        transaction.end(step, seconds(0), seconds(0));
        assert_eq!(
            transaction.after(Err(RETRIABLE), seconds(1), None),
            Next::Do(step)
        );
        assert_eq!(
            transaction.after(Ok(()), seconds(2), None),
            Next::Replace(TransactionalId::Same)
        );
        assert_eq!(transaction.after(Ok(()), seconds(3), None), Next::Over(end));
    }
}

#[test]
fn each_step_has_patience_of_its_own() {
    let mut transaction = Transaction::new(PATIENCE);
    transaction.end(Step::Offsets, seconds(0), seconds(0));
    assert_eq!(
        transaction.after(Err(RETRIABLE), seconds(29), None),
        Next::Do(Step::Offsets)
    );
    assert_eq!(
        transaction.after(Err(RETRIABLE), seconds(30), None),
        Next::Do(Step::Abort)
    );
    assert_eq!(
        transaction.after(Err(RETRIABLE), seconds(59), None),
        Next::Do(Step::Abort)
    );
    assert_eq!(
        transaction.after(Err(RETRIABLE), seconds(60), None),
        Next::Replace(TransactionalId::Same)
    );
    assert_eq!(
        transaction.after(Err(RETRIABLE), seconds(179), None),
        Next::Do(Step::Init)
    );
}

#[test]
fn past_the_deadline_nothing_is_repeated() {
    let check = |step, trouble| {
        let mut transaction = Transaction::new(PATIENCE);
        transaction.end(step, seconds(0), seconds(0));
        transaction.after(Err(trouble), seconds(2), Some(seconds(2)))
    };
    for trouble in [RETRIABLE, ABORTABLE, FATAL, NONE] {
        assert_eq!(check(Step::Commit, trouble), Next::Over(End::GivenUp));
    }
    let mut transaction = Transaction::new(PATIENCE);
    transaction.end(Step::Offsets, seconds(0), seconds(0));
    assert_eq!(
        transaction.after(Ok(()), seconds(2), Some(seconds(2))),
        Next::Do(Step::Commit),
        "what goes well goes on"
    );
}

#[test]
fn the_pause_grows_until_something_is_committed() {
    let mut transaction = Transaction::new(PATIENCE);
    let mut abort = |now| {
        transaction.end(Step::Abort, now, now);
        transaction.after(Ok(()), now, None)
    };
    let pauses: Vec<Next> = (0..9).map(|n| abort(seconds(n))).collect();
    let expected = [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000];
    let expected = expected.map(|ms| Next::Over(End::Rewind(Duration::from_millis(ms))));
    assert_eq!(pauses, expected);
    assert_eq!(
        abort(seconds(300)),
        Next::Over(End::Stop(Impasse::NoProgress))
    );
    transaction.end(Step::Commit, seconds(301), seconds(301));
    transaction.after(Ok(()), seconds(301), None);
    transaction.end(Step::Abort, seconds(302), seconds(302));
    assert_eq!(
        transaction.after(Ok(()), seconds(302), None),
        Next::Over(End::Rewind(FIRST_PAUSE))
    );
}

#[test]
fn a_few_failures_far_apart_are_no_reason_to_stop() {
    let mut transaction = Transaction::new(PATIENCE);
    for n in 0..4 {
        transaction.end(Step::Abort, seconds(n * 1000), seconds(n * 1000));
        let next = transaction.after(Ok(()), seconds(n * 1000), None);
        assert!(matches!(next, Next::Over(End::Rewind(_))), "{next:?}");
    }
}

fn trouble() -> impl Strategy<Value = Result<(), Trouble>> {
    let flags = any::<(bool, bool, bool, bool)>();
    prop_oneof![
        Just(Ok(())),
        flags.prop_map(|(fenced, fatal, abortable, retriable)| {
            Err(Trouble {
                fenced,
                fatal,
                abortable,
                retriable,
            })
        }),
        Just(Err(RETRIABLE)),
    ]
}

proptest! {
    #[test]
    fn every_end_comes_in_time_and_only_a_commit_says_so(
        answers in prop::collection::vec((trouble(), 0..5u64), 1..400),
        first in prop_oneof![Just(Step::Offsets), Just(Step::Commit), Just(Step::Abort)],
    ) {
        let mut transaction = Transaction::new(PATIENCE);
        let mut now = seconds(10);
        let mut step = transaction.end(first, seconds(5), now);
        let mut commits_that_went_well = 0;
        for (answer, took) in answers {
            now += seconds(took);
            if step == Step::Commit && answer.is_ok() {
                commits_that_went_well += 1;
            }
            match transaction.after(answer, now, None) {
                Next::Do(next) => step = next,
                Next::Replace(_) => step = Step::Init,
                Next::Over(end) => {
                    let committed = end == End::Committed;
                    let stuck = matches!(end, End::Stop(_));
                    prop_assert!(committed == (commits_that_went_well == 1) || stuck, "{:?}", end);
                    return Ok(());
                }
            }
            // Four steps at most, each with its patience and one slow answer.
            prop_assert!(now <= seconds(10 + 30 * 3 + 120 + 4 * 5), "it still goes on at {:?}", now);
            let over = commits_that_went_well == 0 || step == Step::Init;
            prop_assert!(over, "a commit that went well is the end, but for a new producer");
        }
    }
}
