//! The partitions of the input streams, numbered once, each with the generation of its assignment.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::codec::Codec;
use crate::mutant;
use crate::settle::tracker::PartitionId;
use crate::stream::StreamName;

/// One partition of an input stream.
#[derive(Debug)]
pub(crate) struct Partition {
    pub(crate) id: PartitionId,
    pub(crate) stream: StreamName,
    /// Which of the link's inputs that is; `None` for a stream of retries, and for an input that was added.
    pub(crate) input: Option<usize>,
    pub(crate) codec: Codec,
    pub(crate) number: i32,
    generation: AtomicU32,
    /// The first generation whose outputs may still go into a transaction.
    fence: AtomicU32,
}

impl Partition {
    /// The number of the present assignment. Sequentially consistent, see `Ledger::start`.
    pub(crate) fn generation(&self) -> u32 {
        self.generation.load(Ordering::SeqCst)
    }

    /// Ends the present assignment: lanes drop what they have not started of it.
    pub(crate) fn end_assignment(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Ends the hand-over for all assignments that have ended: what a lane finishes late of them
    /// goes into no transaction. Later than `end_assignment`, because what is in hand when a
    /// partition is given back may still be finished. Called while nobody can hand anything over.
    pub(crate) fn end_hand_over(&self) {
        self.fence.store(self.generation(), Ordering::SeqCst);
    }

    /// Whether the outputs of an electron that came with `generation` may go into a transaction.
    pub(crate) fn may_hand_over(&self, generation: u32) -> bool {
        // Numbers may wrap around; two generations that are compared are close.
        let unfenced = generation.wrapping_sub(self.fence.load(Ordering::SeqCst)) <= u32::MAX / 2;
        unfenced || mutant::is("no-fence")
    }
}

/// Every partition that was ever assigned to this process; it only grows, so numbers stay valid.
#[derive(Debug, Default)]
pub(crate) struct Partitions {
    known: Mutex<PartitionTable>,
}

#[derive(Debug, Default)]
struct PartitionTable {
    by_name: HashMap<(StreamName, i32), Arc<Partition>>,
    by_id: Vec<Arc<Partition>>,
}

impl Partitions {
    /// The partition with that name, numbered now if it is new.
    pub(crate) fn named(
        &self,
        stream: &StreamName,
        input: Option<usize>,
        codec: Codec,
        number: i32,
    ) -> Arc<Partition> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (stream.clone(), number);
        if let Some(partition) = known.by_name.get(&key) {
            return Arc::clone(partition);
        }
        let id = PartitionId(u32::try_from(known.by_id.len()).unwrap_or(u32::MAX));
        let (stream, generation) = (stream.clone(), AtomicU32::new(0));
        let fence = AtomicU32::new(0);
        let partition = Arc::new(Partition {
            id,
            stream,
            input,
            codec,
            number,
            generation,
            fence,
        });
        known.by_id.push(Arc::clone(&partition));
        known.by_name.insert(key, Arc::clone(&partition));
        partition
    }

    /// The partition with that number.
    pub(crate) fn get(&self, id: PartitionId) -> Option<Arc<Partition>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.by_id.get(id.0 as usize).map(Arc::clone)
    }
}
