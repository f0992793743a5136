//! Which requests were read before, as long as it matters.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::rpc::Caller;

/// So many are remembered; the one with the nearest deadline is forgotten first.
pub(super) const MAX_SEEN: usize = 65_536;

/// A deadline that is further away is taken for this one.
pub(super) const LONGEST: Duration = Duration::from_secs(3600);

/// A request is remembered for so long after its deadline, in case the wall clock is set back.
pub(super) const SLACK: Duration = Duration::from_secs(10);

/// What is known of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dedup {
    /// It was not read before.
    First,
    /// It was read before.
    Again,
    /// It was not, but a newer incarnation of its caller has asked since.
    OldIncarnation,
}

/// The requests that were read, and whose second copy may still come.
#[derive(Debug, Default)]
pub(super) struct Seen {
    callers: HashMap<Arc<str>, CallerRecord>,
    /// When each may be forgotten.
    until: BTreeSet<(Duration, Arc<str>, CallKey)>,
}

/// The incarnation and the number of a call, of one caller.
type CallKey = (u64, u64);

#[derive(Debug, Default)]
struct CallerRecord {
    newest_incarnation: u64,
    keys: BTreeSet<CallKey>,
}

impl Seen {
    /// Looks at a request, which nobody waits for any more after `left`, and remembers it.
    pub(super) fn see(&mut self, caller: &Caller, id: u64, left: Duration, now: Duration) -> Dedup {
        self.forget_past(now);
        let key = (caller.incarnation, id);
        let known = self.callers.get_key_value(caller.uid.as_str());
        let uid = known.map_or_else(
            || Arc::from(caller.uid.as_str()),
            |(uid, _)| Arc::clone(uid),
        );
        let calls = self.callers.entry(Arc::clone(&uid)).or_default();
        if calls.keys.contains(&key) {
            return Dedup::Again;
        }
        if caller.incarnation < calls.newest_incarnation {
            return Dedup::OldIncarnation;
        }
        calls.newest_incarnation = caller.incarnation;
        calls.keys.insert(key);
        let until = now + left.min(LONGEST) + SLACK;
        self.until.insert((until, uid, key));
        if self.until.len() > MAX_SEEN {
            self.forget_first();
        }
        Dedup::First
    }

    /// Forgets what can come no more.
    pub(super) fn forget_past(&mut self, now: Duration) {
        while self.until.first().is_some_and(|(until, ..)| *until <= now) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        let Some((_, uid, key)) = self.until.pop_first() else {
            return;
        };
        if let Some(calls) = self.callers.get_mut(&uid) {
            calls.keys.remove(&key);
            if calls.keys.is_empty() {
                self.callers.remove(&uid);
            }
        }
    }

    /// Whether nothing is left of any request or caller.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.callers.is_empty() && self.until.is_empty()
    }

    /// How many are remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        let of_callers: usize = self.callers.values().map(|calls| calls.keys.len()).sum();
        assert_eq!(of_callers, self.until.len());
        of_callers
    }
}
