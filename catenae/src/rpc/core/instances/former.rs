//! Instances that are no more: which incarnations they had, and who said goodbye.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// So many are remembered; the one that went first is forgotten first.
pub(super) const MAX_FORMER: usize = 4096;

/// So long a call to one that said goodbye fails at once, in place of waiting for it.
const GOODBYE: Duration = Duration::from_secs(60);

/// So long after a goodbye answers of the one who said it may still come: they are written before it, and read on
/// another partition, from another broker.
pub(super) const SETTLES: Duration = Duration::from_millis(500);

/// The ones that were heard of, and are not live.
#[derive(Debug, Default)]
pub(super) struct DepartedInstances {
    by_uid: HashMap<String, DepartedInstance>,
    /// In the order in which they went.
    order: BTreeMap<u64, String>,
    counted: u64,
}

#[derive(Clone, Copy, Debug)]
struct DepartedInstance {
    /// The newest of its incarnations; zero when only its goodbye was heard.
    incarnation: u64,
    /// Until when its goodbye is believed.
    goodbye: Option<Duration>,
    /// Until when what it said before its goodbye may still come.
    settles: Duration,
    number: u64,
}

impl DepartedInstances {
    /// Remembers an instance that fell silent.
    pub(super) fn fell_silent(&mut self, uid: &str, incarnation: u64) {
        let goodbye = self.by_uid.get(uid).and_then(|former| former.goodbye);
        self.remember(uid, incarnation, goodbye, Duration::ZERO);
    }

    /// Remembers a goodbye that was said `age` ago.
    pub(super) fn said_goodbye(
        &mut self,
        uid: &str,
        incarnation: u64,
        age: Duration,
        now: Duration,
    ) {
        let left = GOODBYE.saturating_sub(age);
        let goodbye = (!left.is_zero()).then_some(now + left);
        self.remember(uid, incarnation, goodbye, now + SETTLES.saturating_sub(age));
    }

    fn remember(
        &mut self,
        uid: &str,
        incarnation: u64,
        goodbye: Option<Duration>,
        settles: Duration,
    ) {
        // An older goodbye may be read again, and ends nothing earlier.
        let settles = self
            .by_uid
            .get(uid)
            .map_or(settles, |former| settles.max(former.settles));
        let known = self.forget(uid).unwrap_or_default();
        self.counted += 1;
        let former = DepartedInstance {
            incarnation: incarnation.max(known),
            goodbye,
            settles,
            number: self.counted,
        };
        self.order.insert(former.number, uid.to_owned());
        self.by_uid.insert(uid.to_owned(), former);
        if self.by_uid.len() > MAX_FORMER
            && let Some((_, first)) = self.order.pop_first()
        {
            self.by_uid.remove(&first);
        }
    }

    /// Forgets one that is live again; says which incarnation was its newest.
    pub(super) fn forget(&mut self, uid: &str) -> Option<u64> {
        let former = self.by_uid.remove(uid)?;
        self.order.remove(&former.number);
        Some(former.incarnation)
    }

    /// The newest incarnation that is known.
    pub(super) fn incarnation(&self, uid: &str) -> Option<u64> {
        let incarnation = self.by_uid.get(uid)?.incarnation;
        (incarnation > 0).then_some(incarnation)
    }

    /// Whether it said goodbye a short while ago.
    pub(super) fn has_said_goodbye(&self, uid: &str, now: Duration) -> bool {
        let goodbye = self.by_uid.get(uid).and_then(|former| former.goodbye);
        goodbye.is_some_and(|until| now < until)
    }

    /// Until when answers of one that said goodbye may still come, if that is not over.
    pub(super) fn settles(&self, uid: &str, now: Duration) -> Option<Duration> {
        let settles = self.by_uid.get(uid)?.settles;
        (now < settles).then_some(settles)
    }

    /// How many are remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        assert_eq!(self.by_uid.len(), self.order.len());
        self.by_uid.len()
    }
}
