//! The copy of an electron on its way to another stream, and how it changes when the stream does not
//! take it as it was.
//!
//! A copy must get there whatever the electron was: a dead letter that cannot be written would make a
//! poison electron of its own. So what its stream refuses is changed, once each, and a header says so.

use std::borrow::Cow;

use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::{Header, OwnedHeaders};

use crate::kafka::client::headers;
use crate::kafka::client::record::HeadersRef;
use crate::kafka::producer::dead_letters::{Add as _, name};
use crate::mutant;
use crate::stream::StreamName;

/// How much of a value stays when it is shortened, in bytes.
const VALUE_KEPT: usize = 1024;
/// How much of the reason stays when a copy has to be small.
const REASON_KEPT: usize = 256;
/// A longer key is one that a copy can do without when it has to be small.
const KEY_KEPT: usize = 256;

/// The copy of an electron on its way to another stream.
pub(crate) struct ForwardCopy<'f> {
    pub(crate) stream: &'f StreamName,
    pub(crate) key: Option<Cow<'f, [u8]>>,
    pub(crate) value: Option<&'f [u8]>,
    /// The electron's own, and behind them ours.
    pub(crate) headers: OwnedHeaders,
    /// Milliseconds since the Unix epoch; `None` is the time of writing.
    pub(crate) timestamp: Option<i64>,
    pub(crate) purpose: Purpose,
}

/// What a copy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be looked at: what does not get through can be left out.
    DeadLetter,
    /// To be handled again: nothing of it may be lost.
    Retry,
}

/// One thing about a copy that is not as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CopyChange {
    /// It has the time of writing.
    Timestamp,
    /// It has a key of its own, made of where the electron was read.
    Key,
    /// Only the first bytes of its value are there.
    Value,
    /// The electron's own headers are left out, and the reason is shortened.
    Headers,
}

impl CopyChange {
    const ALL: [Self; 4] = [Self::Timestamp, Self::Key, Self::Value, Self::Headers];

    /// As the header says it.
    fn word(self) -> &'static str {
        match self {
            Self::Timestamp => "timestamp",
            Self::Key => "key",
            Self::Value => "value",
            Self::Headers => "headers",
        }
    }

    /// What the header of a copy lists.
    pub(crate) fn listed(headers: HeadersRef<'_>) -> Vec<Self> {
        let listed = headers.last(name::CHANGED);
        let listed = listed.and_then(|listed| std::str::from_utf8(listed).ok());
        let words: Vec<&str> = listed.unwrap_or_default().split(' ').collect();
        let mut all = Self::ALL.to_vec();
        all.retain(|change| words.contains(&change.word()));
        all
    }
}

impl ForwardCopy<'_> {
    /// The bytes of value and key.
    pub(crate) fn content(&self) -> usize {
        self.value.map_or(0, <[u8]>::len) + self.key.as_ref().map_or(0, |key| key.len())
    }

    /// The bytes of everything.
    pub(crate) fn size(&self) -> usize {
        self.content() + headers::native_size(self.headers.as_borrowed())
    }

    /// What can still be changed when it was refused with `code`; `None` when nothing would help.
    pub(crate) fn remedy(&self, code: RDKafkaErrorCode) -> Option<CopyChange> {
        use RDKafkaErrorCode as Code;
        let order: &[CopyChange] = match code {
            _ if mutant::is("letters-unchanged") => return None,
            Code::InvalidTimestamp => &[CopyChange::Timestamp],
            Code::InvalidRecord => &[CopyChange::Key, CopyChange::Timestamp],
            Code::MessageSizeTooLarge | Code::MessageBatchTooLarge | Code::InvalidMessageSize => {
                return self.smaller();
            }
            // What a policy wants nobody can know.
            _ => &[
                CopyChange::Timestamp,
                CopyChange::Key,
                CopyChange::Headers,
                CopyChange::Value,
            ],
        };
        let mut order = order.iter().copied();
        order.find(|change| self.needs(*change))
    }

    /// Whether a change would make it another one.
    pub(crate) fn needs(&self, change: CopyChange) -> bool {
        match change {
            CopyChange::Timestamp => self.timestamp.is_some(),
            CopyChange::Key => self.key.is_none(),
            CopyChange::Value => self.can_shorten(),
            CopyChange::Headers => self.can_drop_headers(),
        }
    }

    /// What can still be changed to make it smaller.
    pub(crate) fn smaller(&self) -> Option<CopyChange> {
        let long_key = || {
            let long = self.key.as_ref().is_some_and(|key| key.len() > KEY_KEPT);
            long && !CopyChange::listed(HeadersRef(self.headers.as_borrowed()))
                .contains(&CopyChange::Key)
        };
        if self.can_shorten() {
            Some(CopyChange::Value)
        } else if self.can_drop_headers() {
            Some(CopyChange::Headers)
        } else if self.purpose == Purpose::DeadLetter && long_key() {
            Some(CopyChange::Key)
        } else {
            None
        }
    }

    fn can_shorten(&self) -> bool {
        let long = self.value.is_some_and(|value| value.len() > VALUE_KEPT);
        self.purpose == Purpose::DeadLetter && long
    }

    fn can_drop_headers(&self) -> bool {
        let dropped = CopyChange::listed(HeadersRef(self.headers.as_borrowed()))
            .contains(&CopyChange::Headers);
        self.purpose == Purpose::DeadLetter && !dropped
    }

    /// Changes it, and says so in its headers.
    pub(crate) fn change(mut self, change: CopyChange) -> Self {
        let mut listed = CopyChange::listed(HeadersRef(self.headers.as_borrowed()));
        match change {
            CopyChange::Timestamp => self.timestamp = None,
            CopyChange::Key => self = self.with_made_key(),
            CopyChange::Value => {
                if let Some(value) = self.value {
                    self.value = Some(&value[..value.len().min(VALUE_KEPT)]);
                    self.headers = self
                        .headers
                        .add(name::VALUE_LENGTH, &value.len().to_string());
                }
            }
            CopyChange::Headers => self.headers = reduced(&self.headers),
        }
        if !listed.contains(&change) {
            listed.push(change);
            listed.sort();
        }
        let words: Vec<&str> = listed.into_iter().map(CopyChange::word).collect();
        let headers = headers::without(self.headers, &[name::CHANGED]);
        self.headers = headers.add(name::CHANGED, &words.join(" "));
        self
    }

    /// Each copy has another key, or a compacted stream would keep the last of them only.
    fn with_made_key(mut self) -> Self {
        let part = |name| headers::last(self.headers.as_borrowed(), name).unwrap_or_default();
        let parts = [
            part(name::STREAM),
            part(name::PARTITION),
            part(name::OFFSET),
        ];
        let made = parts.join(&b'-');
        let old = self.key.replace(Cow::Owned(made));
        self.headers = match (old, self.purpose) {
            (Some(old), Purpose::Retry) => self.headers.insert(Header {
                key: name::KEY,
                value: Some(old.as_ref()),
            }),
            (Some(old), Purpose::DeadLetter) => {
                self.headers.add(name::KEY_LENGTH, &old.len().to_string())
            }
            (None, _) => self.headers,
        };
        self
    }
}

/// Only our own headers, the reason shortened.
fn reduced(all: &OwnedHeaders) -> OwnedHeaders {
    let mut kept = OwnedHeaders::new();
    for name in name::ALL {
        let Some(value) = headers::last(all.as_borrowed(), name) else {
            continue;
        };
        let end = match name {
            name::ERROR => value.len().min(REASON_KEPT),
            _ => value.len(),
        };
        // A text that is cut within a character stays readable.
        kept = kept.add(name, &String::from_utf8_lossy(&value[..end]));
    }
    kept
}

#[cfg(test)]
mod tests;
