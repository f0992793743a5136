//! Many calls of one caller: one after the other with their times, or round after round until told to stop.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use catenae::Context;
use catenae::rpc::{Answer, CallError};

use super::{How, Order};
use crate::desk::{add, number};

/// How many calls of each method a round has open at once.
const ROUND: u64 = 4;

/// So many calls, one after the other: what came of them, and how long they took.
pub(super) async fn series(ctx: &Context, order: &Order<'_>) -> String {
    let (uid, calls) = (order.target.1, super::count(order.method));
    let (mut right, mut took, mut errors) = (0, Vec::new(), Vec::new());
    for n in 0..calls {
        let began = Instant::now();
        let answer = number::at(uid).timeout(order.timeout).call(ctx, n);
        match end(answer, order.how).await {
            Ok(said) => right += u64::from(said == n),
            Err(error) => errors.push(error),
        }
        took.push(began.elapsed());
    }
    took.sort_unstable();
    let median = took.get(took.len() / 2).copied().unwrap_or_default();
    let longest = took.last().copied().unwrap_or_default();
    let first = errors.first().map(ToString::to_string).unwrap_or_default();
    format!(
        "right {right} errors {}, median {} us, longest {} us {first}",
        errors.len(),
        median.as_micros(),
        longest.as_micros()
    )
}

/// What came of all rounds.
#[derive(Default)]
struct Sum {
    calls: u64,
    adds: u64,
    added: u64,
    answered: u64,
    longest: Duration,
    kinds: BTreeMap<String, u64>,
}

impl Sum {
    /// Counts one that has ended; returns its kind when it failed.
    fn count(&mut self, answer: Result<u64, CallError>, began: Instant) -> Option<String> {
        self.calls += 1;
        self.longest = self.longest.max(began.elapsed());
        match answer {
            Ok(_) => {
                self.answered += 1;
                None
            }
            Err(error) => {
                let kind = format!("{:?}", error.kind());
                *self.kinds.entry(kind.clone()).or_default() += 1;
                Some(kind)
            }
        }
    }
}

/// Rounds of calls until a file is there: half of them add one to a word, which must not happen twice.
/// Prints what each round came to; one that was answered only when the last one was not.
pub(super) async fn rounds(ctx: &Context, order: &Order<'_>) -> String {
    let (uid, word, file) = (order.target.1, order.method, order.text(0));
    let (mut sum, mut last) = (Sum::default(), String::new());
    while !Path::new(&file).exists() {
        let began = Instant::now();
        let adds: Vec<_> = (0..ROUND)
            .map(|_| {
                let call = add::at(uid).timeout(order.timeout);
                call.call(ctx, (word.to_owned(), 1))
            })
            .collect();
        let numbers: Vec<_> = (0..ROUND)
            .map(|n| number::at(uid).timeout(order.timeout).call(ctx, n))
            .collect();
        let (mut kinds, before) = (Vec::new(), sum.answered);
        for answer in adds {
            kinds.extend(sum.count(end(answer, order.how).await, began));
        }
        sum.adds += ROUND;
        sum.added += sum.answered - before;
        for answer in numbers {
            kinds.extend(sum.count(end(answer, order.how).await, began));
        }
        kinds.sort();
        kinds.dedup();
        let this = match kinds.is_empty() {
            true => "answered".to_owned(),
            false => kinds.join(" "),
        };
        if this != last || !kinds.is_empty() {
            println!("rounds: {this}");
            last = this;
        }
    }
    let Sum {
        calls,
        adds,
        added,
        answered,
        longest,
        kinds,
    } = sum;
    let longest = longest.as_millis();
    format!(
        "calls={calls} answered={answered} adds={adds} added={added} longest={longest} {kinds:?}"
    )
}

async fn end(answer: Answer<u64>, how: How) -> Result<u64, CallError> {
    match how {
        How::Wait => answer.wait(),
        How::Await => answer.await,
    }
}
