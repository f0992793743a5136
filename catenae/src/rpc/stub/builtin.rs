//! The methods that every micromodule has: to see how it is, and to steer it.
//!
//! They are called as any other: `rpc::ping::at(uid)`, `rpc::pause::all_of("mapper")`. None needs the
//! state, so they answer at once, also while the link is busy, paused or draining.

use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::observe;
use crate::pause::Paused;
use crate::rpc::Caller;
use crate::rpc::port::CallStats;
use crate::rpc::stub::method::Served;
use crate::shutdown::StopReason;
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

/// Answers that the instance is there.
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
        paused: inner.pause.is_paused(),
        stopping: context.is_stopping(),
        handled: inner.stalls.handled(),
        under_way: inner.port.under_way(),
        stalls: context.stalls().iter().map(ToString::to_string).collect(),
        calls: inner.transport.stats(),
    }
}

/// Stops it in order, with exit status 0; the reason goes to its log.
#[catenae_macros::rpc(builtin, crate = crate)]
pub fn stop(reason: String, context: &Context, caller: &Caller) {
    let (class, uid) = (caller.class(), caller.uid());
    let reason = format!("{reason} (rpc of {class}/{uid})");
    context.inner().instance.stop(StopReason::Called(reason));
}

/// Pauses the instance: until [`resume`](fn@resume), it begins no electron and does not call a source. It still answers
/// calls and keeps its partitions. A source that returns an iterator pauses between two items, and calls that need its
/// state wait until the iterator ends; a function that loops by itself is not paused. Returns whether this changed
/// anything.
#[catenae_macros::rpc(builtin, idempotent, crate = crate)]
pub fn pause(context: &Context, caller: &Caller) -> bool {
    let changed = context.inner().pause.set(Paused::Yes);
    if changed {
        tracing::warn!(
            "paused by {}/{}; call `resume` to continue",
            caller.class(),
            caller.uid()
        );
    }
    changed
}

/// Makes it go on after [`pause`](fn@pause). Says whether that changed anything.
#[catenae_macros::rpc(builtin, idempotent, crate = crate)]
pub fn resume(context: &Context, caller: &Caller) -> bool {
    let changed = context.inner().pause.set(Paused::No);
    if changed {
        tracing::info!("resumed by {}/{}", caller.class(), caller.uid());
    }
    changed
}

/// Changes what its process logs from now on; takes the same words as `--log-level`.
#[catenae_macros::rpc(builtin, idempotent, crate = crate)]
pub fn log_level(levels: String, caller: &Caller) -> Result<(), String> {
    observe::set_levels(&levels)?;
    tracing::info!(
        "log level set to `{levels}` by {}/{}",
        caller.class(),
        caller.uid()
    );
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

#[cfg(test)]
mod tests {
    use super::methods;
    use crate::rpc::core::instances::BUILT_IN;

    /// A name that is missing in one list would be passed over by callers, or let a user's method hide this one.
    #[test]
    fn the_lists_of_built_in_methods_are_the_same() {
        let served: Vec<&str> = methods().iter().map(|served| served.spec.name).collect();
        assert_eq!(served, BUILT_IN);
        let macros = include_str!("../../../../catenae-macros/src/rpc/model.rs");
        let (_, list) = macros
            .split_once("const BUILTIN:")
            .expect("the list of the macros");
        let (_, list) = list.split_once("= [").expect("its beginning");
        let (list, _) = list.split_once("];").expect("its end");
        let names = list.split(',').map(|name| name.trim().trim_matches('"'));
        let reserved: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
        assert_eq!(reserved, BUILT_IN);
    }
}
