//! Why a micromodule stopped: one error type, its kind, and texts that say what to do.

use std::error::Error as StdError;
use std::fmt;

use crate::electron::Origin;
use crate::outcome::{Failure, FailureKind};
use crate::spec::delivery::DeliveryMode;

/// The cause carried by an [`Error`].
pub(crate) type Cause = Box<dyn StdError + Send + Sync>;

/// What stopped a micromodule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No broker answered at the given address.
    Unreachable,
    /// A stream does not exist and could not be created.
    Stream,
    /// One electron could not be handled, and was not given up.
    Electron,
    /// Electrons vanished from a stream before they were read.
    Vanished,
    /// A stream was deleted and created again while it was in use.
    Recreated,
    /// An output was not delivered.
    Delivery,
    /// A source, `setup` or `finish` failed.
    Lifecycle,
    /// A task that the link spawned panicked, or ended with an error.
    Task,
    /// The Kafka client reported an error that does not go away by itself.
    Kafka,
    /// An invalid setting or attribute: the exit status is 2.
    Configuration,
    /// The shutdown took longer than its deadline.
    Shutdown,
    /// A topology ended before everything was read: a link stopped it, or its time was over.
    Unfinished,
}

/// Why a micromodule stopped; its `source` chain is printed once, by `main`.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    context: String,
    source: Option<Cause>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, context: impl Into<String>) -> Self {
        Self {
            kind,
            context: context.into(),
            source: None,
        }
    }

    pub(crate) fn caused_by(mut self, source: impl Into<Cause>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// One electron stopped the micromodule `who`; `after` says what was done for it before, if
    /// anything, and begins with a space.
    pub(crate) fn electron(
        who: &str,
        origin: &Origin,
        value: Option<&[u8]>,
        after: &str,
        delivery: DeliveryMode,
        failure: Failure,
    ) -> Self {
        let Origin {
            stream,
            partition,
            offset,
            ..
        } = origin;
        let context = format!(
            "{who} stopped at stream `{stream}`, partition {partition}, offset {offset} \
             ({}){after}; {}",
            describe_bytes(value),
            delivery.fate_of_failed()
        );
        Self::new(ErrorKind::Electron, context).caused_by(failure)
    }

    /// The error and its causes in one line, for the log.
    pub(crate) fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(&format!(": {error}"));
            cause = error.source();
        }
        text
    }

    /// Whether the user's code panicked with the state in hand; a task has none.
    pub(crate) fn is_panic(&self) -> bool {
        if self.kind == ErrorKind::Task {
            return false;
        }
        self.failure() == Some(FailureKind::Panic)
    }

    /// Whether an output was not delivered, whether a report said so or the function that sent it was told.
    pub(crate) fn is_delivery(&self) -> bool {
        self.kind == ErrorKind::Delivery || self.failure() == Some(FailureKind::Delivery)
    }

    /// How the electron or the output that it is about has failed.
    fn failure(&self) -> Option<FailureKind> {
        let source = self.source.as_deref()?;
        source.downcast_ref::<Failure>().map(Failure::kind)
    }

    /// What stopped the micromodule.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.context)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

/// The first bytes of a value as a person can read them.
fn describe_bytes(value: Option<&[u8]>) -> String {
    const SHOWN: usize = 64;
    let Some(value) = value else {
        return "a tombstone".to_owned();
    };
    let head = &value[..value.len().min(SHOWN)];
    let more = if value.len() > SHOWN { "…" } else { "" };
    let cut_text = match std::str::from_utf8(head) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    match cut_text {
        Some(text) => format!("{} bytes: `{}{more}`", value.len(), text.escape_debug()),
        None => {
            let hex: Vec<String> = head.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{} bytes: {}{more}", value.len(), hex.join(" "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_as_a_person_reads_them() {
        let check = |value: Option<&[u8]>, expected: &str| {
            assert_eq!(describe_bytes(value), expected);
        };
        check(None, "a tombstone");
        check(Some(b""), "0 bytes: ``");
        check(Some(b"two\nlines"), "9 bytes: `two\\nlines`");
        check(Some(&[0xd9, 0xd9, 0xf7, 0x01]), "4 bytes: d9 d9 f7 01");
        let long = "é".repeat(40);
        check(
            Some(long.as_bytes()),
            &format!("80 bytes: `{}…`", "é".repeat(32)),
        );
        let odd = format!("x{long}");
        check(
            Some(odd.as_bytes()),
            &format!("81 bytes: `x{}…`", "é".repeat(31)),
        );
    }
}
