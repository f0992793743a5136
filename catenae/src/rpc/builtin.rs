//! The methods that every micromodule has: to see how it is, and to steer it.
//!
//! They are called as any other: `rpc::ping::at(uid)`, `rpc::pause::all_of("mapper")`. None needs the
//! state, so they answer at once, also while the link is busy, paused or draining.

use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::errands::Paused;
use crate::observe;
use crate::rpc::Caller;
use crate::rpc::method::Served;
use crate::stream::StreamName;

/// Who answered a [`ping`](fn@ping).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pong {
    /// The id of the instance.
    pub uid: String,
    /// Its class.
    pub class: String,
}

/// How a micromodule is, as [`stats`](fn@stats) tells it. Counts begin at its start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stats {
    /// How long it has been running, in milliseconds.
    pub uptime_ms: u64,
    /// Whether it is paused.
    pub paused: bool,
    /// Whether it is stopping.
    pub stopping: bool,
    /// Electrons that its lanes have taken in hand, counted again for each attempt; as of the last
    /// second. A source has none.
    pub handled: u64,
    /// Outputs that Kafka has not confirmed yet.
    pub under_way: u64,
    /// What stands still, and what it waits for, a sentence each.
    pub stalls: Vec<String>,
    /// Its calls.
    pub calls: CallStats,
}

/// The calls of a micromodule, both ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CallStats {
    /// Requests that ran to their end.
    pub ran: u64,
    /// Requests that are running, or wait for the state.
    pub running: u64,
    /// Requests that were answered with a refusal.
    pub refused: u64,
    /// Requests that came, or had their turn, past their deadline.
    pub expired: u64,
    /// Requests that came twice.
    pub duplicates: u64,
    /// Requests of a caller that has begun a new life since.
    pub old_lives: u64,
    /// Its own calls that have no answer yet.
    pub open: u64,
    /// Replies to none of its open calls: too late, a second time, or from nobody it asked.
    pub unknown_replies: u64,
    /// Messages on the streams of calls that hold nothing of the kind.
    pub garbage: u64,
}

/// Answers: it is there.
#[catenae_macros::rpc(builtin, idempotent, crate = crate)]
pub fn ping(context: &Context) -> Pong {
    Pong {
        uid: context.uid().to_owned(),
        class: context.class().to_owned(),
    }
}

/// Its contract as JSON, as `describe` on its command line prints it.
#[catenae_macros::rpc(builtin, idempotent, crate = crate)]
pub fn describe(context: &Context) -> String {
    context.inner().contract.clone()
}

/// How it is.
#[catenae_macros::rpc(builtin, idempotent, crate = crate)]
pub fn stats(context: &Context) -> Stats {
    let inner = context.inner();
    Stats {
        uptime_ms: u64::try_from(inner.began.elapsed().as_millis()).unwrap_or(u64::MAX),
        paused: inner.errands.is_paused(),
        stopping: context.is_stopping(),
        handled: inner.board.handled(),
        under_way: inner.port.under_way(),
        stalls: context.stalls().iter().map(ToString::to_string).collect(),
        calls: inner.desk.stats(),
    }
}

/// Stops it in order, with exit status 0; the reason goes to its log.
#[catenae_macros::rpc(builtin, crate = crate)]
pub fn stop(reason: String, context: &Context, caller: &Caller) {
    context.stop(format!(
        "{reason} (rpc of {}/{})",
        caller.class(),
        caller.uid()
    ));
}

/// Makes it stand still: no electron is begun, and a source is not called, until [`resume`](fn@resume). Calls are
/// answered, and the partitions stay its own. A source that returns an iterator stands still between two of
/// its items, and calls that need its state wait until the iterator ends; a function that loops by itself is
/// not held up. Says whether that changed anything.
#[catenae_macros::rpc(builtin, idempotent, crate = crate)]
pub fn pause(context: &Context, caller: &Caller) -> bool {
    let changed = context.inner().errands.pause(Paused::Yes);
    if changed {
        tracing::warn!(
            "paused by {}/{}; `resume` makes it go on",
            caller.class(),
            caller.uid()
        );
    }
    changed
}

/// Makes it go on after [`pause`](fn@pause). Says whether that changed anything.
#[catenae_macros::rpc(builtin, idempotent, crate = crate)]
pub fn resume(context: &Context, caller: &Caller) -> bool {
    let changed = context.inner().errands.pause(Paused::No);
    if changed {
        tracing::info!("goes on, says {}/{}", caller.class(), caller.uid());
    }
    changed
}

/// Changes what its process logs, from now on: `--log-level` has the words.
#[catenae_macros::rpc(builtin, idempotent, crate = crate)]
pub fn log_level(levels: String, caller: &Caller) -> Result<(), String> {
    observe::set_levels(&levels)?;
    tracing::info!("logs `{levels}`, says {}/{}", caller.class(), caller.uid());
    Ok(())
}

/// Adds an input stream, with the lowest priority, as [`Context::add_input`].
#[catenae_macros::rpc(builtin, idempotent, crate = crate)]
pub fn add_input(stream: String, context: &Context) -> Result<(), String> {
    let stream = input(&stream, context)?;
    context.add_input(stream);
    Ok(())
}

/// Removes an input stream, as [`Context::remove_input`].
#[catenae_macros::rpc(builtin, idempotent, crate = crate)]
pub fn remove_input(stream: String, context: &Context) -> Result<(), String> {
    let stream = input(&stream, context)?;
    context.remove_input(stream);
    Ok(())
}

fn input(stream: &str, context: &Context) -> Result<StreamName, String> {
    if !context.inner().port.reads() {
        return Err(format!(
            "`{}` is a source: it has no inputs",
            context.class()
        ));
    }
    StreamName::parse(stream).map_err(|error| error.to_string())
}

/// All of them.
pub(crate) fn methods() -> Vec<Served> {
    vec![
        Served::of::<ping>(),
        Served::of::<describe>(),
        Served::of::<stats>(),
        Served::of::<stop>(),
        Served::of::<pause>(),
        Served::of::<resume>(),
        Served::of::<log_level>(),
        Served::of::<add_input>(),
        Served::of::<remove_input>(),
    ]
}
