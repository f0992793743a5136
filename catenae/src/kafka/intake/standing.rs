//! Where the assigned partitions stand, for the watch.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Intake;
use crate::kafka::partitions::Partition;
use crate::tracker::Stage;

/// One assigned partition.
pub(crate) struct Standing {
    pub(crate) partition: Arc<Partition>,
    /// The oldest electron in flight, and how far it is.
    pub(crate) oldest: Option<(i64, Stage)>,
    /// Where the assignment began, if that is a number.
    pub(crate) began: Option<i64>,
}

impl Intake {
    /// Whether this instance has a place in its group, even if no partition fell to it.
    pub(crate) fn is_member(&self) -> bool {
        self.member.load(Ordering::Relaxed)
    }

    /// Every assigned partition as it is now.
    pub(crate) fn standing(&self) -> Vec<Standing> {
        let books = self.books();
        let of = |id| {
            Some(Standing {
                partition: self.partitions.get(id)?,
                oldest: books.tracker.oldest(id),
                began: books.began.get(&id).copied(),
            })
        };
        let ids = books.tracker.partitions();
        ids.into_iter().filter_map(of).collect()
    }
}
