//! Dead letters: electrons that were given up, with their bytes as they were and why.

use rdkafka::message::{Header, OwnedHeaders};

use crate::config::Config;
use crate::electron::Origin;
use crate::kafka::client::headers;
use crate::kafka::client::record::RawHeaders;
use crate::outcome::FailureKind;

/// The names of the headers that are added to the copy of an electron. Those of the electron itself
/// stay in front of them; who looks a name up takes the last of that name.
pub(crate) mod name {
    /// The failure and its causes.
    pub(crate) const ERROR: &str = "catenae.error";
    /// Which step failed: `decode`, `handler`, `panic`, `encode` or `refused`.
    pub(crate) const ERROR_KIND: &str = "catenae.error-kind";
    /// The class of the micromodule.
    pub(crate) const CLASS: &str = "catenae.class";
    /// The id of the instance.
    pub(crate) const UID: &str = "catenae.uid";
    /// How many attempts failed.
    pub(crate) const ATTEMPT: &str = "catenae.attempt";
    /// The stream the electron was read from.
    pub(crate) const STREAM: &str = "catenae.origin-stream";
    /// Its partition there.
    pub(crate) const PARTITION: &str = "catenae.origin-partition";
    /// Its offset there.
    pub(crate) const OFFSET: &str = "catenae.origin-offset";
    /// When it was written there, in milliseconds since the Unix epoch.
    pub(crate) const TIMESTAMP: &str = "catenae.origin-timestamp";
    /// The version of the link's package; not there when that is unknown.
    pub(crate) const VERSION: &str = "catenae.version";
    /// When an electron that waits is due, in milliseconds since the Unix epoch.
    pub(crate) const DUE: &str = "catenae.due";

    /// What of the copy is not as it was, because its stream does not take it so: `timestamp`, `key`,
    /// `value`, `headers`, with spaces in between. Not there when nothing was changed.
    pub(crate) const CHANGED: &str = "catenae.changed";
    /// How many bytes the value had that was shortened.
    pub(crate) const VALUE_LENGTH: &str = "catenae.value-length";
    /// How many bytes the key had that was too long.
    pub(crate) const KEY_LENGTH: &str = "catenae.key-length";
    /// The key of an electron that waits under another one.
    pub(crate) const KEY: &str = "catenae.origin-key";

    /// All of them.
    pub(crate) const ALL: [&str; 15] = [
        ERROR,
        ERROR_KIND,
        CLASS,
        UID,
        ATTEMPT,
        STREAM,
        PARTITION,
        OFFSET,
        TIMESTAMP,
        VERSION,
        DUE,
        CHANGED,
        VALUE_LENGTH,
        KEY_LENGTH,
        KEY,
    ];
}

/// How much of the reason goes into a header, in bytes: an error may quote a whole electron.
const REASON_MAX: usize = 4096;

/// Who gave an electron up.
#[derive(Clone, Debug)]
pub(crate) struct Signature {
    class: &'static str,
    uid: String,
    version: &'static str,
}

/// What failed, as the headers of a copy tell it.
pub(crate) struct FailureReport<'r> {
    pub(crate) origin: &'r Origin,
    pub(crate) kind: FailureKind,
    /// The failure and its causes.
    pub(crate) reason: &'r str,
    /// How many attempts failed.
    pub(crate) attempt: u32,
}

impl Signature {
    /// That of the instance that `config` is for.
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            class: config.class,
            uid: config.uid.to_string(),
            version: config.version,
        }
    }

    /// Adds to an electron's own headers where it came from and why it is not there any more.
    pub(crate) fn sign(&self, own: RawHeaders, report: &FailureReport<'_>) -> OwnedHeaders {
        let FailureReport {
            origin,
            kind,
            reason,
            attempt,
        } = report;
        let headers = own
            .0
            .add(
                name::ERROR,
                &reason[..reason.floor_char_boundary(REASON_MAX)],
            )
            .add(name::ERROR_KIND, word(*kind))
            .add(name::CLASS, self.class)
            .add(name::UID, &self.uid)
            .add(name::ATTEMPT, &attempt.to_string())
            .add(name::STREAM, origin.stream.as_str())
            .add(name::PARTITION, &origin.partition.to_string())
            .add(name::OFFSET, &origin.offset.to_string());
        let headers = match origin.timestamp {
            Some(timestamp) => headers.add(name::TIMESTAMP, &timestamp.to_string()),
            None => headers,
        };
        // A copy of a copy: what was changed of the first says nothing about this one.
        let copied = headers::last(headers.as_borrowed(), name::CHANGED).is_some();
        let headers = if copied {
            headers.add(name::CHANGED, "")
        } else {
            headers
        };
        if self.version.is_empty() {
            headers
        } else {
            headers.add(name::VERSION, self.version)
        }
    }
}

/// Adds text to the client's headers.
pub(crate) trait Add {
    /// One more header behind those that are there.
    fn add(self, name: &str, text: &str) -> Self;
}

impl Add for OwnedHeaders {
    fn add(self, name: &str, text: &str) -> Self {
        self.insert(Header {
            key: name,
            value: Some(text),
        })
    }
}

/// A kind of failure in one word, for programs that read the dead letters.
fn word(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Decode => "decode",
        FailureKind::Handler => "handler",
        FailureKind::Panic => "panic",
        FailureKind::Encode => "encode",
        FailureKind::Delivery => "delivery",
        FailureKind::Refused => "refused",
        FailureKind::Held => "held",
        FailureKind::Lifecycle => "lifecycle",
        FailureKind::Stopping => "stopping",
    }
}
