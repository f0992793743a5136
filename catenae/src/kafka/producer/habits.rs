//! What the streams of copies have refused: the next copy comes as it will be taken.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use rdkafka::error::RDKafkaErrorCode;

use crate::kafka::producer::copies::{CopyChange, ForwardCopy};
use crate::stream::StreamName;

/// By stream, what is known of it from its refusals.
#[derive(Debug, Default)]
pub(super) struct Habits(Mutex<BTreeMap<StreamName, Habit>>);

/// What is known of one stream.
#[derive(Clone, Debug)]
pub(super) struct Habit {
    /// Changes that every copy needs.
    pub(super) always: BTreeSet<CopyChange>,
    /// What has so many bytes is too large.
    pub(super) too_large: usize,
}

impl Habits {
    /// What is known of a stream; `None` while it has refused nothing.
    pub(super) fn of(&self, stream: &StreamName) -> Option<Habit> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(stream).cloned()
    }

    /// A copy was refused with `code`, where another one of its kind would be taken after `change`.
    pub(super) fn learn(&self, copy: &ForwardCopy<'_>, change: CopyChange, code: RDKafkaErrorCode) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let habit = known.entry(copy.stream.clone()).or_insert_with(|| Habit {
            always: BTreeSet::new(),
            too_large: usize::MAX,
        });
        match code {
            RDKafkaErrorCode::MessageSizeTooLarge
            | RDKafkaErrorCode::MessageBatchTooLarge
            | RDKafkaErrorCode::InvalidMessageSize => {
                habit.too_large = habit.too_large.min(copy.size());
            }
            _ => {
                habit.always.insert(change);
            }
        }
    }
}
