//! Why the transaction under way can only be aborted, and where it must not write.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How librdkafka marks what it says of the partitions of a transaction.
const ADDED: &str = "ADDPARTS";

/// Why a transaction can only be aborted: something of it is not in Kafka.
#[derive(Debug, Default)]
pub(super) struct AbortReason {
    doomed: AtomicBool,
    why: Mutex<Option<String>>,
    /// Streams that this user may not write to.
    forbidden: Mutex<BTreeSet<String>>,
}

impl AbortReason {
    pub(super) fn strike(&self, why: String) {
        let mut first = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(why);
        self.doomed.store(true, Ordering::SeqCst);
    }

    /// A new transaction begins.
    pub(super) fn lift(&self) {
        let mut why = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        *why = None;
        self.forbidden().clear();
        self.doomed.store(false, Ordering::SeqCst);
    }

    fn forbidden(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.forbidden
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns from a line of the client which stream may not be written to. Whether it is such a line.
    pub(super) fn learn_forbidden(&self, facility: &str, line: &str) -> bool {
        let stream = if facility == ADDED {
            forbidden(line)
        } else {
            None
        };
        stream.is_some_and(|stream| {
            self.forbidden().insert(stream.to_owned());
            true
        })
    }

    pub(super) fn forbids(&self, stream: &str) -> bool {
        self.forbidden().contains(stream)
    }

    pub(super) fn is_doomed(&self) -> bool {
        self.doomed.load(Ordering::SeqCst)
    }

    /// The first reason.
    pub(super) fn why(&self) -> Option<String> {
        let why = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        why.clone()
    }
}

/// The stream that a transaction must not write to, in the line that says so. The reports of what was sent there
/// only say that it was thrown away.
fn forbidden(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("Failed to add partition \"")?;
    let (stream, rest) = rest.split_once('"')?;
    rest.contains("Topic authorization failed")
        .then_some(stream)
}

#[cfg(test)]
mod tests {
    use super::forbidden;

    #[test]
    fn the_line_about_a_stream_that_is_forbidden_is_understood() {
        let line = "[thrd:127.0.0.1:9092/1]: 127.0.0.1:9092/1: Failed to add partition \"out\" [3] to \
                    transaction: Broker: Topic authorization failed";
        assert_eq!(forbidden(line), Some("out"));
        assert_eq!(
            forbidden(&line.replace("authorization", "identification")),
            None
        );
        assert_eq!(forbidden("Topic authorization failed"), None);
    }
}
