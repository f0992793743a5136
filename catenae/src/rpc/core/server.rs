//! What a micromodule does with a request that it reads: runs it once, refuses it, or leaves it.
//!
//! It knows no clock: `now` is the time since some start, `wall` the milliseconds since 1970. Whether a
//! deadline is past the wall clock says, since the caller wrote it by its own; how long a request is
//! remembered the other one says, since it never jumps.

mod seen;

use std::collections::BTreeSet;
use std::time::Duration;

use self::seen::{Dedup, Seen};
use crate::rpc::core::envelope::{Addressee, Request};
use crate::rpc::core::error::CallErrorKind;
use crate::rpc::core::instances::BUILT_IN;

/// The limits are so many times as high for the methods that every instance has.
const BUILT_IN_TIMES: usize = 2;

/// What to do with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Nothing: it is for another instance, or for another incarnation of this one.
    NotForMe,
    /// Nothing: nobody waits for the answer any more.
    Expired,
    /// Nothing: it was read before.
    Duplicate,
    /// Nothing: the one who asked has begun a new incarnation since.
    OldIncarnation,
    /// Answer with this, and do not run it.
    Refuse(CallErrorKind, String),
    /// Run it, [`count`](Server::count) what came of it, answer, and [`release`](Server::release) it.
    Run,
}

/// What came of a request that was admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// It ran.
    Ran,
    /// Its turn came too late.
    Expired,
    /// It was refused after all, for its arguments or because the state is gone.
    Refused,
}

/// How many requests became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServerCounters {
    /// For other instances of the class.
    pub(crate) not_for_me: u64,
    /// For another incarnation of this instance.
    pub(crate) other_incarnation: u64,
    /// Read, or at their turn, when nobody waited any more.
    pub(crate) expired: u64,
    /// Read before.
    pub(crate) duplicates: u64,
    /// Of an incarnation of their caller that is over.
    pub(crate) old_incarnations: u64,
    /// Answered with a refusal.
    pub(crate) refused: u64,
    /// Run to the end.
    pub(crate) ran: u64,
}

/// How much one instance has under way at once; past it a caller is told that it is busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ServerLimits {
    /// Requests.
    pub(crate) calls: usize,
    /// Bytes of their arguments.
    pub(crate) bytes: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ServerStage {
    Open,
    Stopping,
}

/// The requests of one instance, in one incarnation.
#[derive(Debug)]
pub(crate) struct Server {
    uid: String,
    incarnation: u64,
    methods: BTreeSet<String>,
    limits: ServerLimits,
    in_flight: usize,
    /// Of the arguments of those under way.
    bytes: usize,
    stage: ServerStage,
    seen: Seen,
    counters: ServerCounters,
}

impl Server {
    /// For the instance `uid` in its incarnation `incarnation`, which lists `methods` and has no more under way
    /// at once than `limits` say.
    pub(crate) fn new(
        uid: impl Into<String>,
        incarnation: u64,
        methods: impl IntoIterator<Item = String>,
        limits: ServerLimits,
    ) -> Self {
        Self {
            uid: uid.into(),
            incarnation,
            methods: methods.into_iter().collect(),
            limits,
            in_flight: 0,
            bytes: 0,
            stage: ServerStage::Open,
            seen: Seen::default(),
            counters: ServerCounters::default(),
        }
    }

    /// What to do with a request. `known_incarnation` is the newest incarnation of its caller that the registry of
    /// instances knows.
    pub(crate) fn admit(
        &mut self,
        request: &Request,
        known_incarnation: Option<u64>,
        wall: u64,
        now: Duration,
    ) -> Admission {
        let admission = self.judge(request, known_incarnation, wall, now);
        match &admission {
            Admission::NotForMe => {}
            Admission::Expired => self.counters.expired += 1,
            Admission::Duplicate => self.counters.duplicates += 1,
            Admission::OldIncarnation => self.counters.old_incarnations += 1,
            Admission::Refuse(..) => self.counters.refused += 1,
            Admission::Run => {
                self.in_flight += 1;
                self.bytes += request.arguments.len();
            }
        }
        admission
    }

    fn judge(
        &mut self,
        request: &Request,
        known_incarnation: Option<u64>,
        wall: u64,
        now: Duration,
    ) -> Admission {
        if !self.is_for_me(request) {
            return Admission::NotForMe;
        }
        if is_expired(request.deadline, wall) {
            return Admission::Expired;
        }
        if known_incarnation.is_some_and(|known| request.caller.incarnation < known) {
            return Admission::OldIncarnation;
        }
        // What is refused is remembered, too: its caller asks elsewhere then, and a second copy must not
        // run here meanwhile.
        let left = Duration::from_millis(request.deadline - wall);
        match self.seen.see(&request.caller, request.id, left, now) {
            Dedup::Again => return Admission::Duplicate,
            Dedup::OldIncarnation => return Admission::OldIncarnation,
            Dedup::First => {}
        }
        let method = request.method.as_str();
        let is_built_in = BUILT_IN.contains(&method);
        if self.stage == ServerStage::Stopping {
            return Admission::Refuse(CallErrorKind::Stopping, String::new());
        }
        if !is_built_in && !self.methods.contains(method) {
            return Admission::Refuse(CallErrorKind::UnknownMethod, has(&self.methods));
        }
        // Whoever looks after a busy instance is not locked out.
        let times = if is_built_in { BUILT_IN_TIMES } else { 1 };
        let ServerLimits { calls, bytes } = self.limits;
        if self.in_flight >= calls.saturating_mul(times) {
            let detail = format!("{} are under way, which is the limit", self.in_flight);
            return Admission::Refuse(CallErrorKind::Busy, detail);
        }
        let held = self.bytes + request.arguments.len();
        if self.in_flight > 0 && held > bytes.saturating_mul(times) {
            let detail = format!(
                "the arguments of those under way have {} bytes, and the limit is {bytes}",
                self.bytes
            );
            return Admission::Refuse(CallErrorKind::Busy, detail);
        }
        Admission::Run
    }

    fn is_for_me(&mut self, request: &Request) -> bool {
        let (is_mine, is_this_incarnation) = match &request.to {
            Addressee::One(uid) => {
                let is_this_incarnation = request
                    .to_incarnation
                    .is_none_or(|incarnation| incarnation == self.incarnation);
                (*uid == self.uid, is_this_incarnation)
            }
            Addressee::All => (true, true),
            Addressee::Others => (request.caller.uid != self.uid, true),
        };
        if !is_mine {
            self.counters.not_for_me += 1;
        } else if !is_this_incarnation {
            self.counters.other_incarnation += 1;
        }
        is_mine && is_this_incarnation
    }

    /// What came of a request that was admitted; it is counted before it is answered, so that who has the
    /// answer finds it counted.
    pub(crate) fn count(&mut self, how: Done) {
        match how {
            Done::Ran => self.counters.ran += 1,
            Done::Expired => self.counters.expired += 1,
            Done::Refused => self.counters.refused += 1,
        }
    }

    /// A request that was admitted is over, and answered.
    pub(crate) fn release(&mut self, request: &Request) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(request.arguments.len());
    }

    /// From now on every request is refused; what is under way goes on.
    pub(crate) fn stopping(&mut self) {
        self.stage = ServerStage::Stopping;
    }

    /// How many were admitted and are not done.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// How many requests became what.
    pub(crate) fn counters(&self) -> ServerCounters {
        self.counters
    }

    /// How many requests are remembered, once those are forgotten that can be.
    #[cfg(test)]
    pub(crate) fn remembered(&mut self, now: Duration) -> usize {
        self.seen.forget_past(now);
        self.seen.len()
    }
}

/// Whether nobody waits for an answer at `deadline` any more; asked again right before a method runs.
pub(crate) const fn is_expired(deadline: u64, wall: u64) -> bool {
    deadline <= wall
}

fn has(methods: &BTreeSet<String>) -> String {
    if methods.is_empty() {
        return "it has only the built-in ones".to_owned();
    }
    let names: Vec<&str> = methods.iter().map(String::as_str).collect();
    format!("it has `{}`", names.join("`, `"))
}

#[cfg(test)]
mod tests;
