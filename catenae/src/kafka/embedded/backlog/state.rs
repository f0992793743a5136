//! The books of the backlog gauge: what was sent on each stream, and what each group has settled.

use std::collections::BTreeMap;

/// What an electron costs beyond its bytes: the frame of a batch (61 bytes) and of a record in it.
/// With it the bound on bytes also bounds the batches, to half of what a partition keeps.
const FRAME: u64 = 96;

/// Sent and settled bytes, frames included, of every stream.
#[derive(Debug)]
pub(super) struct BacklogState {
    bound: u64,
    streams: BTreeMap<String, Account>,
}

#[derive(Debug, Default)]
struct Account {
    sent: u64,
    settled: BTreeMap<String, u64>,
}

impl Account {
    /// What the slowest group has still to read; nothing, when nobody reads.
    fn unread(&self) -> u64 {
        self.settled
            .values()
            .min()
            .map_or(0, |&least| self.sent - least)
    }
}

impl BacklogState {
    /// Empty books that allow `bound` bytes to be unread on each stream.
    pub(super) fn new(bound: u64) -> Self {
        Self {
            bound,
            streams: BTreeMap::new(),
        }
    }

    /// Opens the account of a group that has settled nothing; an open one stays as it is.
    pub(super) fn register_reader(&mut self, stream: &str, group: &str) {
        let account = self.streams.entry(stream.to_owned()).or_default();
        account.settled.entry(group.to_owned()).or_default();
    }

    /// Closes the account of a group that reads no more.
    pub(super) fn forget_reader(&mut self, stream: &str, group: &str) {
        if let Some(account) = self.streams.get_mut(stream) {
            account.settled.remove(group);
        }
    }

    /// Enters one electron as sent, if there is room for it; says whether there was.
    pub(super) fn try_send(&mut self, stream: &str, bytes: usize) -> bool {
        if !self.streams.contains_key(stream) {
            self.streams.insert(stream.to_owned(), Account::default());
        }
        let Some(account) = self.streams.get_mut(stream) else {
            return false;
        };
        let cost = bytes as u64 + FRAME;
        let unread = account.unread();
        // Nothing is lost when the only unread electron is a large one.
        let room = account.settled.is_empty() || unread == 0 || unread + cost <= self.bound;
        if room {
            account.sent += cost;
        }
        room
    }

    /// Enters electrons as settled by a group. What others sent is not in these books: a group can
    /// not have settled more than was entered as sent.
    pub(super) fn settle(&mut self, stream: &str, group: &str, messages: u64, bytes: u64) {
        let Some(account) = self.streams.get_mut(stream) else {
            return;
        };
        if let Some(settled) = account.settled.get_mut(group) {
            *settled = account.sent.min(*settled + bytes + messages * FRAME);
        }
    }

    /// The group that has settled least of a stream.
    pub(super) fn slowest_reader(&self, stream: &str) -> Option<&str> {
        let settled = &self.streams.get(stream)?.settled;
        let slowest = settled.iter().min_by_key(|(_, settled)| **settled)?;
        Some(slowest.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same books, kept as lists of electrons.
    #[derive(Default)]
    struct Naive {
        sent: Vec<u64>,
        /// Per group how many electrons it has settled.
        readers: BTreeMap<String, usize>,
    }

    impl Naive {
        fn unread(&self) -> u64 {
            let unread = |read: &usize| self.sent[*read..].iter().map(|bytes| bytes + FRAME).sum();
            self.readers.values().map(unread).max().unwrap_or(0)
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Register(u8),
        Send(u16),
        Settle(u8, u8),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            1 => (0u8..3).prop_map(Step::Register),
            6 => (0u16..2000).prop_map(Step::Send),
            4 => (0u8..3, 1u8..4).prop_map(|(group, count)| Step::Settle(group, count)),
        ]
    }

    proptest! {
        #[test]
        fn the_books_agree_with_a_list(steps in prop::collection::vec(step(), 0..200)) {
            const BOUND: u64 = 4096;
            let mut ledger = BacklogState::new(BOUND);
            let mut naive = Naive::default();
            for step in steps {
                match step {
                    Step::Register(group) => {
                        ledger.register_reader("s", &group.to_string());
                        naive.readers.entry(group.to_string()).or_default();
                    }
                    Step::Send(bytes) => {
                        let (unread, cost) = (naive.unread(), u64::from(bytes) + FRAME);
                        let room = unread == 0 || unread + cost <= BOUND;
                        prop_assert_eq!(ledger.try_send("s", bytes.into()), room);
                        if room {
                            naive.sent.push(bytes.into());
                        }
                    }
                    Step::Settle(group, count) => {
                        let Some(read) = naive.readers.get_mut(&group.to_string()) else {
                            continue;
                        };
                        let end = naive.sent.len().min(*read + usize::from(count));
                        let settled = &naive.sent[*read..end];
                        let bytes = settled.iter().sum();
                        ledger.settle("s", &group.to_string(), settled.len() as u64, bytes);
                        *read = end;
                    }
                }
                let unread = ledger.streams.get("s").map_or(0, Account::unread);
                prop_assert_eq!(unread, naive.unread());
            }
        }
    }

    #[test]
    fn what_others_sent_is_never_counted_as_room() {
        let mut ledger = BacklogState::new(1000);
        ledger.register_reader("s", "g");
        ledger.settle("s", "g", 100, 100_000);
        assert!(ledger.try_send("s", 700));
        assert!(!ledger.try_send("s", 700));
    }

    #[test]
    fn the_bound_on_bytes_bounds_the_batches_too() {
        let mut ledger = BacklogState::new(super::super::BOUND);
        ledger.register_reader("s", "g");
        let sent = (0..).take_while(|_| ledger.try_send("s", 0)).count();
        assert!((40_000..80_000).contains(&sent), "{sent} empty electrons");
    }
}
