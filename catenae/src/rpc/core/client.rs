//! The calls of one micromodule that have not ended: whom they asked, and what they wait for.
//!
//! A call that was opened ends exactly once, at its deadline at the latest. It waits for somebody to
//! ask, asks, and waits for the answer; what the shell has to do about it are [`Effect`]s.
//!
//! A call asks again elsewhere only when it is certain that nothing ran (the instance was busy or
//! stopping), or when its method may run twice. Each instance is asked at most once per call.
//!
//! It knows no clock: `now` is the time since some start, `wall` the milliseconds since 1970.

mod call;
mod details;
mod gather;
mod one;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use self::call::PendingCall;
use self::details::CallDefaults;
use crate::rpc::Caller;
use crate::rpc::core::envelope::{Addressee, Reply, Request};
use crate::rpc::core::error::{CallError, CallErrorKind};
use crate::rpc::core::instances::Instances;
use crate::rpc::core::question::CallOutcome;
use crate::rpc::core::question::Question;

/// So many calls may be open at once.
const MAX_OPEN: usize = 65_536;
/// Their arguments, which are kept for asking again, may have so many bytes.
const MAX_HELD: usize = 64 << 20;

/// The number of a call, in one incarnation of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CallId(pub(crate) u64);

/// What the shell has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Write this onto the stream of requests of a class.
    Send { class: String, request: Request },
    /// Tell the one who asked. Nothing follows for this call.
    End { id: CallId, ending: CallOutcome },
}

/// How many replies were read that ended nothing, by the reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClientCounters {
    /// To others who read the same partition.
    pub(crate) for_others: u64,
    /// To another incarnation of this instance.
    pub(crate) other_incarnation: u64,
    /// To a call that had ended.
    pub(crate) late: u64,
    /// To a call that never was.
    pub(crate) unknown: u64,
    /// From an instance that the call has not asked.
    pub(crate) unasked: u64,
    /// From an instance that had answered this call before.
    pub(crate) repeated: u64,
}

/// What a call makes of a reply.
#[derive(Debug)]
enum Heard {
    /// It ends.
    End(CallOutcome),
    /// It goes on.
    Taken,
    /// It has heard that instance before.
    Repeated,
    /// It has not asked that instance.
    Unasked,
}

/// The open calls of one incarnation of a micromodule.
#[derive(Debug)]
pub(crate) struct Client {
    sender: CallDefaults,
    calls: HashMap<CallId, PendingCall>,
    /// Bytes of the arguments of the open calls.
    held: usize,
    /// When each has to be looked at.
    due: BTreeSet<(Duration, CallId)>,
    opened: u64,
    stage: ClientStage,
    counters: ClientCounters,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClientStage {
    Open,
    Stopped,
}

impl Client {
    /// For the instance `me`, whose own methods `of_lane` take the state of its link.
    pub(crate) fn new(me: Caller, of_lane: impl IntoIterator<Item = String>) -> Self {
        Self {
            sender: CallDefaults {
                me,
                of_lane: of_lane.into_iter().collect::<HashSet<_>>(),
                reply: None,
                effects: Vec::new(),
            },
            calls: HashMap::new(),
            held: 0,
            due: BTreeSet::new(),
            opened: 0,
            stage: ClientStage::Open,
            counters: ClientCounters::default(),
        }
    }

    /// The partition of the stream of replies that is read from now on. Questions that want an answer
    /// wait for it.
    pub(crate) fn set_reply_partition(
        &mut self,
        partition: i32,
        instances: &Instances,
        now: Duration,
    ) {
        self.sender.reply = Some(partition);
        self.on_instances(instances, now);
    }

    /// Opens a call. `draw` chooses among instances that are as good as each other.
    ///
    /// # Errors
    /// What is known at once; then there is no call, and nothing was sent.
    pub(crate) fn open(
        &mut self,
        question: Question,
        instances: &Instances,
        now: Duration,
        wall: u64,
        draw: u64,
    ) -> Result<CallId, CallError> {
        if self.stage == ClientStage::Stopped {
            return Err(question.error(CallErrorKind::Stopping, "this micromodule has stopped"));
        }
        if question.timeout.is_zero() {
            return Err(question.error(
                CallErrorKind::Timeout,
                "its timeout was zero; nothing was sent",
            ));
        }
        if self.calls.len() >= MAX_OPEN {
            let detail = format!("{MAX_OPEN} calls of this micromodule wait for answers");
            return Err(question.error(CallErrorKind::Busy, detail));
        }
        if !self.calls.is_empty() && self.held + question.arguments.len() > MAX_HELD {
            let detail = format!(
                "the arguments of calls that wait for answers have {} bytes, and {MAX_HELD} are the limit",
                self.held
            );
            return Err(question.error(CallErrorKind::Busy, detail));
        }
        let id = CallId(self.opened + 1);
        let mut call = PendingCall::new(id, question, now, wall, draw);
        let ending = match call.begin(&mut self.sender, instances, now) {
            Some(Err(error)) => return Err(error),
            ending => ending,
        };
        self.opened = id.0;
        self.due.insert((call.due(), id));
        self.held += call.details.held();
        self.calls.insert(id, call);
        if let Some(ending) = ending {
            self.end(id, ending);
        }
        Ok(id)
    }

    /// A reply was read.
    pub(crate) fn on_reply(&mut self, reply: Reply, instances: &mut Instances, now: Duration) {
        let me = &self.sender.me;
        if reply.to != me.uid {
            self.counters.for_others += 1;
            return;
        }
        if reply.incarnation != me.incarnation {
            self.counters.other_incarnation += 1;
            return;
        }
        let id = CallId(reply.id);
        let Some(call) = self.calls.get_mut(&id) else {
            match (1..=self.opened).contains(&reply.id) {
                true => self.counters.late += 1,
                false => self.counters.unknown += 1,
            }
            return;
        };
        let before = call.due();
        let heard = call.hear(reply, &mut self.sender, instances, now);
        let due = call.due();
        self.move_due(id, before, due);
        match heard {
            Heard::End(ending) => self.end(id, ending),
            Heard::Taken => {}
            Heard::Repeated => self.counters.repeated += 1,
            Heard::Unasked => self.counters.unasked += 1,
        }
    }

    /// Instances came, went, or started again: calls that wait for somebody look again, and those that
    /// wait for one that is gone do so no longer.
    pub(crate) fn on_instances(&mut self, instances: &Instances, now: Duration) {
        let mut ids: Vec<CallId> = self.calls.keys().copied().collect();
        ids.sort_unstable();
        for id in ids {
            self.look(id, |call, sender| call.look_around(sender, instances, now));
        }
    }

    /// Ends what is past its deadline, and asks elsewhere what may be asked twice.
    pub(crate) fn on_tick(&mut self, instances: &mut Instances, now: Duration) {
        let due = self.due.iter().take_while(|(due, _)| *due <= now);
        let ids: Vec<CallId> = due.map(|(_, id)| *id).collect();
        for id in ids {
            self.look(id, |call, sender| call.tick(sender, instances, now));
        }
    }

    /// When [`on_tick`](Self::on_tick) has something to do.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.due.first().map(|(due, _)| *due)
    }

    /// A request could not be sent; `class` and `to` are those of its effect.
    pub(crate) fn unsent(
        &mut self,
        id: CallId,
        class: &str,
        to: &Addressee,
        kind: CallErrorKind,
        detail: &str,
        now: Duration,
    ) {
        self.look(id, |call, _| call.unsent(class, to, kind, detail, now));
    }

    /// Ends every open call; none can be opened any more.
    ///
    /// One that has asked nobody ends as [`Stopping`](CallErrorKind::Stopping), which says that nothing
    /// ran; one that has ends as [`Timeout`](CallErrorKind::Timeout), which says that it may have. A
    /// call to many has the answers that came.
    pub(crate) fn shutdown(&mut self, now: Duration) {
        self.stage = ClientStage::Stopped;
        let mut ids: Vec<CallId> = self.calls.keys().copied().collect();
        ids.sort_unstable();
        for id in ids {
            self.look(id, |call, _| Some(call.abandon(now)));
        }
    }

    /// Takes what the shell has to do, in this order.
    #[must_use]
    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.sender.effects)
    }

    /// How many calls are open.
    pub(crate) fn open_calls(&self) -> usize {
        self.calls.len()
    }

    /// How many replies ended nothing.
    pub(crate) fn counters(&self) -> ClientCounters {
        self.counters
    }

    fn look(
        &mut self,
        id: CallId,
        look: impl FnOnce(&mut PendingCall, &mut CallDefaults) -> Option<CallOutcome>,
    ) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let before = call.due();
        let ending = look(call, &mut self.sender);
        let due = call.due();
        self.move_due(id, before, due);
        if let Some(ending) = ending {
            self.end(id, ending);
        }
    }

    fn move_due(&mut self, id: CallId, from: Duration, to: Duration) {
        if from != to {
            self.due.remove(&(from, id));
            self.due.insert((to, id));
        }
    }

    fn end(&mut self, id: CallId, ending: CallOutcome) {
        if let Some(call) = self.calls.remove(&id) {
            self.due.remove(&(call.due(), id));
            self.held -= call.details.held();
            self.sender.effects.push(Effect::End { id, ending });
        }
    }
}

#[cfg(test)]
mod tests;
