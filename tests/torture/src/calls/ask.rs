//! The caller's side: calls of all kinds, begun together and waited for one after the other.

use std::time::Duration;

use catenae::prelude::*;
use catenae::rpc::{Answer, Gathered, Gathering};

use crate::calls::methods::{Part, count, peek, slow};
use crate::calls::wire::{Echo, Fate, How, Question, Told};
use crate::pace::now_ms;
use crate::seed::Dice;

/// How many calls are under way at once.
const BATCH: usize = 40;
/// The class whose instances the callers ask.
const CLASS: &str = "callee";

/// What a caller has asked so far.
#[derive(Debug, Default)]
pub struct Asked {
    dice: Option<Dice>,
    calls: u64,
    endings: u64,
    /// The uids of all callees that it ever knew: some are gone.
    known: Vec<String>,
}

/// A call under way.
enum Open {
    One(Question, Answer<Option<Echo>>),
    Many(Question, Gathering<Option<Echo>>),
    Told(Question, Result<(), CallError>),
}

impl Open {
    fn deadline(&self) -> i64 {
        let (Self::One(question, _) | Self::Many(question, _) | Self::Told(question, _)) = self;
        question.deadline
    }
}

/// Asks a batch of questions, and reports what came of each.
pub fn ask_all(asked: &mut Asked, ctx: &Context) {
    // Reports of a clone belong to nothing else: they are sent at once.
    let ctx = ctx.clone();
    for instance in ctx.instances() {
        if instance.class() == CLASS && !asked.known.iter().any(|uid| uid == instance.uid()) {
            asked.known.push(instance.uid().to_owned());
        }
    }
    let mut open: Vec<Open> = (0..BATCH).map(|_| asked.ask(&ctx)).collect();
    // So nobody is waited for longer than until the deadline of the one that is reported next.
    open.sort_by_key(Open::deadline);
    for call in open {
        let (question, fate) = match call {
            Open::One(question, answer) => (question, fate(answer.wait())),
            Open::Many(question, answers) => (question, gathered(answers.wait())),
            Open::Told(question, Ok(())) => (question, Fate::Notified),
            Open::Told(question, Err(error)) => (question, failed(&error)),
        };
        asked.endings += 1;
        drop(ctx.send(Told::Ended {
            by: question.by,
            nth: question.nth,
            ending: asked.endings,
            at: now_ms(),
            fate,
        }));
    }
}

impl Asked {
    fn ask(&mut self, ctx: &Context) -> Open {
        let part: &Part = ctx.args().expect("declared with `args = Part`");
        let dice = self.dice.get_or_insert_with(|| Dice::new(0, &part.process));
        let how = [How::At, How::Any, How::AnyAgain, How::All, How::Notify];
        let how = *dice.pick(&how);
        // Some have no time, for most things.
        let timeout = if dice.chance(100) {
            dice.between(1, 60)
        } else {
            dice.between(200, 2000)
        };
        let is_slow = dice.chance(300);
        let slow_ms = dice.between(0, 700);
        let quorum = usize::try_from(dice.between(1, 3)).unwrap_or(1);
        let with_quorum = dice.chance(500);
        // Of the last ones mostly: the first are gone.
        let known = self.known.len() as u64;
        let back = dice.below(6).min(known.saturating_sub(1));
        let uid = self
            .known
            .iter()
            .rev()
            .nth(usize::try_from(back).unwrap_or(0));
        let uid = uid.map_or("nobody", String::as_str);
        self.calls += 1;
        let question = Question {
            by: part.process.clone(),
            uid: ctx.uid().to_owned(),
            nth: self.calls,
            how,
            deadline: now_ms() + i64::try_from(timeout).unwrap_or(0),
            slow_ms,
            crc: 0,
        }
        .sealed();
        drop(ctx.send(Told::Begun(question.clone())));
        let (asked, timeout) = (question.clone(), Duration::from_millis(timeout));
        match how {
            How::At | How::Any if is_slow => {
                let call = if how == How::At {
                    slow::at(uid)
                } else {
                    slow::any_of(CLASS)
                };
                Open::One(question, call.timeout(timeout).call(ctx, asked))
            }
            How::At | How::Any => {
                let call = if how == How::At {
                    count::at(uid)
                } else {
                    count::any_of(CLASS)
                };
                Open::One(question, call.timeout(timeout).call(ctx, asked))
            }
            How::AnyAgain => {
                let call = peek::any_of(CLASS).timeout(timeout);
                Open::One(question, call.call(ctx, asked))
            }
            How::All => {
                let mut call = count::all_of(CLASS).timeout(timeout);
                if with_quorum {
                    call = call.quorum(quorum);
                }
                Open::Many(question, call.call(ctx, asked))
            }
            How::Notify => {
                let call = count::any_of(CLASS).timeout(timeout);
                let told = call.notify(ctx, asked);
                Open::Told(question, told)
            }
        }
    }
}

fn fate(answer: Result<Option<Echo>, CallError>) -> Fate {
    match answer {
        Ok(Some(echo)) => Fate::Answered(echo),
        Ok(None) => Fate::Unreported,
        Err(error) => failed(&error),
    }
}

fn gathered(answers: Result<Gathered<Option<Echo>>, CallError>) -> Fate {
    match answers {
        Ok(gathered) => {
            let answers = gathered.answers.into_iter();
            let missing = gathered.missing.into_iter();
            Fate::Gathered {
                answers: answers
                    .filter_map(|(uid, echo)| Some((uid, echo?)))
                    .collect(),
                missing: missing
                    .map(|(uid, error)| (uid, error.kind().is_certain()))
                    .collect(),
            }
        }
        Err(error) => failed(&error),
    }
}

fn failed(error: &CallError) -> Fate {
    Fate::Failed {
        kind: format!("{:?}", error.kind()).to_lowercase(),
        certain: error.kind().is_certain(),
    }
}
