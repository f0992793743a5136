//! Calls `bench-answerer` as it is told on its stdin, and says on stdout how long each call took.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use catenae::prelude::*;
use catenae_benches::calls::{Order, Took, Way, next_order, payload, say};

/// Whom to ask.
#[derive(Debug, Default, clap::Args)]
struct Asks {
    /// The uid of the answerer
    #[arg(long, default_value = "")]
    answerer: String,
    /// Bytes of a question
    #[arg(long, default_value_t = 100)]
    bytes: usize,
}

/// The name is that of the answerer's method: only names cross.
#[catenae::rpc]
fn echo(text: String) -> String {
    text
}

/// The same; here it has no state.
#[catenae::rpc]
fn counted(text: String) -> String {
    text
}

/// Carries one order out.
#[catenae::link(every = "1ms", args = Asks)]
async fn asker(ctx: &Context) -> Result<(), String> {
    match next_order()? {
        Some(order) => say(&carry_out(ctx, order).await?),
        None => {
            ctx.stop("there are no more orders");
            Ok(())
        }
    }
}

async fn carry_out(ctx: &Context, order: Order) -> Result<Took, String> {
    static ASKED: AtomicU64 = AtomicU64::new(0);
    let asks: &Asks = ctx.args().ok_or("no arguments")?;
    let mut open = VecDeque::new();
    let mut each_ns = Vec::with_capacity(order.calls);
    let mut left = order.calls;
    let began = Instant::now();
    while each_ns.len() < order.calls {
        while left > 0 && open.len() < order.in_flight {
            left -= 1;
            let question = payload(ASKED.fetch_add(1, Ordering::Relaxed), asks.bytes);
            let at = Instant::now();
            let within = Duration::from_secs(30);
            let answer = match order.way {
                Way::State => counted::at(&asks.answerer)
                    .timeout(within)
                    .call(ctx, question.as_str()),
                _ => echo::at(&asks.answerer)
                    .timeout(within)
                    .call(ctx, question.as_str()),
            };
            open.push_back((question, at, answer));
        }
        let (question, at, answer) = open.pop_front().ok_or("nothing is open")?;
        let answer = answer.await.map_err(|error| error.to_string())?;
        if answer != question {
            return Err("an answer to another question".to_owned());
        }
        each_ns.push(u64::try_from(at.elapsed().as_nanos()).unwrap_or(u64::MAX));
    }
    Ok(Took {
        each_ns,
        all_ns: u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX),
    })
}
