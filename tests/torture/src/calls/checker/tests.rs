//! Histories of calls written by hand, each wrong in one way.

use super::{Kind, check};
use crate::calls::history::{Ended, History};
use crate::calls::wire::{Echo, Fate, How, Question, Ran};

fn question(nth: u64, how: How) -> Question {
    let (by, uid) = ("caller-0-1".to_owned(), "caller-0".to_owned());
    Question {
        by,
        uid,
        nth,
        how,
        deadline: 10_000,
        slow_ms: 0,
        crc: 0,
    }
    .sealed()
}

fn ran(question: &Question, by: &str, nth: u64) -> Ran {
    Ran {
        by: by.to_owned(),
        uid: by.to_owned(),
        nth,
        at: 9_000,
        caller: question.uid.clone(),
        times: 1,
        question: question.clone(),
    }
}

fn echo(ran: &Ran) -> Echo {
    Echo {
        by: ran.by.clone(),
        nth: ran.nth,
        question: ran.question.clone(),
    }
}

fn ended(question: &Question, fate: Fate) -> Ended {
    Ended {
        by: question.by.clone(),
        nth: question.nth,
        ending: question.nth,
        at: 9_500,
        fate,
    }
}

fn failed(certain: bool) -> Fate {
    let kind = "timeout".to_owned();
    Fate::Failed { kind, certain }
}

/// One call of each kind, all well, by a caller that ended in order.
fn sound() -> History {
    let asked = [How::At, How::Any, How::AnyAgain, How::All, How::Notify];
    let asked = asked.iter().zip(1..).map(|(how, nth)| question(nth, *how));
    let begun: Vec<Question> = asked.collect();
    let mut runs: Vec<Ran> = begun
        .iter()
        .map(|question| ran(question, "one", question.nth))
        .collect();
    // What may run on several has done so.
    runs.push(ran(&begun[2], "two", 1));
    runs.push(ran(&begun[3], "two", 2));
    let answered = |at: usize| Fate::Answered(echo(&runs[at]));
    let answers = [&runs[3], &runs[6]].map(|run| (run.uid.clone(), echo(run)));
    let gathered = Fate::Gathered {
        answers: answers.into(),
        missing: vec![("three".to_owned(), true)],
    };
    let ended = vec![
        ended(&begun[0], answered(0)),
        ended(&begun[1], failed(false)),
        ended(&begun[2], answered(2)),
        ended(&begun[3], gathered),
        ended(&begun[4], Fate::Notified),
    ];
    History {
        begun,
        ended,
        ran: runs,
        orderly: ["caller-0-1".to_owned()].into(),
    }
}

#[track_caller]
fn shows(kind: Kind, change: impl FnOnce(&mut History)) {
    let mut history = sound();
    change(&mut history);
    let found = check(&history);
    let kinds: Vec<Kind> = found.iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [kind], "{found:#?}");
}

#[test]
fn a_sound_history_shows_nothing() {
    let found = check(&sound());
    assert_eq!(found.iter().count(), 0, "{found:#?}");
}

#[test]
fn a_call_ends_once_and_in_time() {
    shows(Kind::Unended, |history| drop(history.ended.remove(1)));
    shows(Kind::EndedTwice, |history| {
        let mut again = history.ended[1].clone();
        again.ending = 77;
        history.ended.push(again);
    });
    shows(Kind::EndedLate, |history| history.ended[1].at = 12_001);
}

#[test]
fn who_was_killed_may_leave_calls_without_an_ending() {
    let mut history = sound();
    history.orderly.clear();
    history.ended.remove(1);
    assert_eq!(check(&history).iter().count(), 0);
    // What it reports long after the deadline shows that it lived.
    shows(Kind::Unended, |history| {
        history.orderly.clear();
        history.ended.remove(1);
        let mut later = question(6, How::At);
        later.deadline = 16_000;
        let later = later.sealed();
        let mut end = ended(&later, failed(true));
        end.at = 15_001;
        history.begun.push(later);
        history.ended.push(end);
    });
}

#[test]
fn an_answer_is_to_its_question_and_from_the_one_who_ran_it() {
    let other = |history: &History| Fate::Answered(echo(&history.ran[1]));
    shows(Kind::WrongAnswer, |history| {
        history.ended[0].fate = other(history)
    });
    shows(Kind::WrongAnswer, |history| {
        if let Fate::Gathered { answers, .. } = &mut history.ended[3].fate {
            answers[0].0 = "two".to_owned();
        }
    });
    shows(Kind::NeverRan, |history| drop(history.ran.remove(0)));
    shows(Kind::NeverRan, |history| {
        history.ran[0].by = "two".to_owned()
    });
}

#[test]
fn what_may_run_once_runs_once() {
    for index in [0, 1, 4] {
        shows(Kind::RanTwice, |history| {
            let again = ran(&history.begun[index], "two", 50);
            history.ran.push(again);
        });
    }
    // On each, but on none twice.
    for index in [2, 3] {
        shows(Kind::RanTwice, |history| {
            let again = ran(&history.begun[index], "one", 50);
            history.ran.push(again);
        });
    }
    shows(Kind::RanTwice, |history| history.ran[0].times = 2);
}

#[test]
fn nothing_runs_after_the_deadline_or_in_spite_of_certainty() {
    shows(Kind::RanLate, |history| history.ran[1].at = 12_001);
    shows(Kind::RanAllTheSame, |history| {
        history.ended[1].fate = failed(true)
    });
    shows(Kind::RanAllTheSame, |history| {
        if let Fate::Gathered { missing, .. } = &mut history.ended[3].fate {
            missing.push(("two".to_owned(), true));
        }
    });
}

#[test]
fn nothing_runs_that_nobody_asked() {
    shows(Kind::Phantom, |history| {
        let unknown = question(99, How::Any);
        history.ran.push(ran(&unknown, "one", 50));
    });
    shows(Kind::Phantom, |history| history.ran[1].question.slow_ms = 9);
    shows(Kind::Phantom, |history| {
        history.ran[1].caller = "caller-1".to_owned()
    });
}
