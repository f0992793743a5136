//! The callee's side: methods that report what they ran before they answer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use catenae::prelude::*;

use crate::calls::wire::{Echo, Question, Ran, is_panic};
use crate::pace::{now_ms, pause};

/// The arguments of callers and callees.
#[derive(Debug, Default, clap::Args)]
pub struct Part {
    /// The name of this process, which no other has or had
    #[arg(long, default_value = "")]
    pub(crate) process: String,
}

/// How often each question was met since the state was built.
#[derive(Debug, Default)]
pub struct Counts(HashMap<(String, u64), u32>);

/// Counts how often the question was met.
#[catenae::rpc]
pub async fn count(
    counts: &mut Counts,
    question: Question,
    ctx: &Context,
    caller: &Caller,
) -> Option<Echo> {
    let times = counts
        .0
        .entry((question.by.clone(), question.nth))
        .or_default();
    *times += 1;
    let echo = report(*times, question, ctx, caller).await?;
    assert!(!is_panic(&echo.question), "meant to panic");
    Some(echo)
}

/// Only says that it was asked.
#[catenae::rpc(idempotent)]
pub async fn peek(question: Question, ctx: &Context, caller: &Caller) -> Option<Echo> {
    report(1, question, ctx, caller).await
}

/// Takes its time.
#[catenae::rpc]
pub async fn slow(question: Question, ctx: &Context, caller: &Caller) -> Option<Echo> {
    let time = Duration::from_millis(question.slow_ms);
    let echo = report(1, question, ctx, caller).await;
    // It has a thread of its own.
    pause(time);
    echo
}

/// Answers nothing that is not on the stream of reports.
async fn report(times: u32, question: Question, ctx: &Context, caller: &Caller) -> Option<Echo> {
    static RAN: AtomicU64 = AtomicU64::new(0);
    let part: &Part = ctx.args().expect("declared with `args = Part`");
    let nth = RAN.fetch_add(1, Ordering::Relaxed) + 1;
    let by = part.process.clone();
    let ran = Ran {
        by: by.clone(),
        uid: ctx.uid().to_owned(),
        nth,
        at: now_ms(),
        caller: caller.uid().to_owned(),
        times,
        question: question.clone(),
    };
    // Of a clone: it goes at once, and not with what the method sends.
    ctx.clone().send(ran).await.ok()?;
    Some(Echo { by, nth, question })
}
