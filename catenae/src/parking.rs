//! The parking lot of a lane: electrons that wait for their next attempt, in order per key.
//!
//! A key whose electron failed *stands*: those of it that come later are parked behind, and other
//! keys flow. When the front is due the lane takes it in hand; when that is over the next one of its
//! key is due at once. An electron without a key is its own line of one.
//!
//! The lot knows no clock: times are passed in, counted from a beginning of the caller's. It is
//! bounded softly: a lane asks [`is_full`](Lot::is_full) before it takes more, and what it has taken
//! already may still be parked.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use crate::tracker::PartitionId;

/// How much may be parked before a lane takes nothing more.
const MAX_ELECTRONS: usize = 4096;
const MAX_BYTES: usize = 4 << 20;

/// The number of a line, given in the order in which lines were opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LineId(u64);

/// Electrons that wait, with what the lane keeps of each.
#[derive(Debug)]
pub(crate) struct Lot<T> {
    lines: BTreeMap<LineId, Line<T>>,
    /// The lines of keys; two levels, so that nothing is copied to look one up.
    by_key: HashMap<PartitionId, HashMap<Box<[u8]>, LineId>>,
    /// The lines whose front is parked, by the time when it is due.
    due: BTreeSet<(Duration, LineId)>,
    opened: u64,
    electrons: usize,
    bytes: usize,
}

#[derive(Debug)]
struct Line<T> {
    partition: PartitionId,
    key: Option<Box<[u8]>>,
    parked: VecDeque<(T, usize)>,
    /// When the front is due; `None` while a lane has it in hand.
    due: Option<Duration>,
}

impl<T> Lot<T> {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self {
            lines: BTreeMap::new(),
            by_key: HashMap::new(),
            due: BTreeSet::new(),
            opened: 0,
            electrons: 0,
            bytes: 0,
        }
    }

    /// Whether nothing waits and no line stands.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many electrons wait.
    #[cfg(test)]
    fn waiting(&self) -> usize {
        self.electrons
    }

    /// Whether a lane should take nothing more.
    pub(crate) fn is_full(&self) -> bool {
        self.electrons >= MAX_ELECTRONS || self.bytes >= MAX_BYTES
    }

    /// The line that stands for a key, if one does.
    pub(crate) fn line_of(&self, partition: PartitionId, key: Option<&[u8]>) -> Option<LineId> {
        self.by_key.get(&partition)?.get(key?).copied()
    }

    /// Opens a line with an electron that failed, or one that is not due yet. Its key has none.
    pub(crate) fn park(
        &mut self,
        partition: PartitionId,
        key: Option<&[u8]>,
        electron: T,
        bytes: usize,
        due: Duration,
    ) {
        let id = LineId(self.opened);
        self.opened += 1;
        let key: Option<Box<[u8]>> = key.map(Box::from);
        if let Some(key) = key.clone() {
            self.by_key.entry(partition).or_default().insert(key, id);
        }
        self.electrons += 1;
        self.bytes += bytes;
        self.due.insert((due, id));
        let parked = VecDeque::from([(electron, bytes)]);
        let line = Line {
            partition,
            key,
            parked,
            due: Some(due),
        };
        self.lines.insert(id, line);
    }

    /// Parks an electron at the end of a line.
    pub(crate) fn follow(&mut self, line: LineId, electron: T, bytes: usize) {
        if let Some(line) = self.lines.get_mut(&line) {
            line.parked.push_back((electron, bytes));
            self.electrons += 1;
            self.bytes += bytes;
        }
    }

    /// When the next electron is due.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Takes an electron that is due in hand; its line stands until [`over`](Self::over) or
    /// [`again`](Self::again).
    pub(crate) fn take_due(&mut self, now: Duration) -> Option<(LineId, T, usize)> {
        let (due, id) = *self.due.first()?;
        if due > now {
            return None;
        }
        self.due.remove(&(due, id));
        let line = self.lines.get_mut(&id)?;
        line.due = None;
        let (electron, bytes) = line.parked.pop_front()?;
        self.electrons -= 1;
        self.bytes -= bytes;
        Some((id, electron, bytes))
    }

    /// The electron in hand failed again, and waits at the front of its line.
    pub(crate) fn again(&mut self, id: LineId, electron: T, bytes: usize, due: Duration) {
        if let Some(line) = self.lines.get_mut(&id) {
            line.parked.push_front((electron, bytes));
            line.due = Some(due);
            self.due.insert((due, id));
            self.electrons += 1;
            self.bytes += bytes;
        }
    }

    /// The electron in hand is over: the next one of its line is due at once.
    pub(crate) fn over(&mut self, id: LineId, now: Duration) {
        let Some(line) = self.lines.get_mut(&id) else {
            return;
        };
        if line.parked.is_empty() {
            self.close(id);
        } else {
            line.due = Some(now);
            self.due.insert((now, id));
        }
    }

    /// Takes every electron out that is no longer wanted; lines that are empty then are closed.
    pub(crate) fn take_if(&mut self, unwanted: impl Fn(&T) -> bool) -> Vec<T> {
        let mut taken = Vec::new();
        let mut emptied = Vec::new();
        for (id, line) in &mut self.lines {
            let (out, stay): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut line.parked)
                .into_iter()
                .partition(|(electron, _)| unwanted(electron));
            line.parked = stay;
            for (electron, bytes) in out {
                self.electrons -= 1;
                self.bytes -= bytes;
                taken.push(electron);
            }
            if line.parked.is_empty() && line.due.is_some() {
                emptied.push(*id);
            }
        }
        for id in emptied {
            self.close(id);
        }
        taken
    }

    fn close(&mut self, id: LineId) {
        let Some(line) = self.lines.remove(&id) else {
            return;
        };
        if let Some(due) = line.due {
            self.due.remove(&(due, id));
        }
        if let Some(key) = line.key
            && let Some(keys) = self.by_key.get_mut(&line.partition)
        {
            keys.remove(&key);
            if keys.is_empty() {
                self.by_key.remove(&line.partition);
            }
        }
    }
}

#[cfg(test)]
mod tests;
