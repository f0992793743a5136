//! What crosses: a request, a reply, an announcement. CBOR maps with a version; unknown fields are ignored.
//!
//! A field may be added at any time, with `#[serde(default)]`: older programs ignore it. One that changes
//! its meaning, or its name, needs a new [`VERSION`], which older programs refuse and count.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::codec::{Codec, Limits};
use crate::rpc::Caller;
use crate::rpc::core::error::CallErrorKind;

/// The version of the envelopes.
pub(crate) const VERSION: u32 = 2;

/// Whom a request is for, among those who read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Addressee {
    /// The instance with this uid.
    One(String),
    /// Every instance of the class.
    All,
    /// Every instance of the class but the one who asks, whose function waits with the state in hand.
    Others,
}

/// A question on the stream of requests of a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) v: u32,
    /// Counted by the caller, in one incarnation.
    pub(crate) id: u64,
    pub(crate) caller: Caller,
    pub(crate) to: Addressee,
    /// The incarnation of the one instance that it is for. A later incarnation leaves it alone: what the earlier one
    /// has run, or refused so that its caller asked elsewhere, must not run again.
    #[serde(default)]
    pub(crate) to_incarnation: Option<u64>,
    pub(crate) method: String,
    /// Milliseconds since 1970. Past it nobody waits for the answer, and it does not run.
    pub(crate) deadline: u64,
    /// The partition of the stream of replies that the caller reads; none where no answer is wanted.
    #[serde(default)]
    pub(crate) reply: Option<i32>,
    /// The list of the arguments, as CBOR.
    pub(crate) arguments: Bytes,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReplyBody {
    /// It ran: the list of the one value it returned, as CBOR, and whether that is an `Err`.
    Value {
        value: Bytes,
        #[serde(default)]
        is_err: bool,
    },
    /// It gave no value.
    Refusal {
        /// The word of a `CallErrorKind`.
        kind: String,
        #[serde(default)]
        detail: String,
    },
}

/// That a request gave no value, and why.
pub(crate) fn refusal(kind: CallErrorKind, detail: &str) -> ReplyBody {
    ReplyBody::Refusal {
        kind: kind.word().to_owned(),
        detail: detail.to_owned(),
    }
}

/// An answer on the stream of replies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reply {
    pub(crate) v: u32,
    /// Of the request.
    pub(crate) id: u64,
    /// The uid of the one who asked.
    pub(crate) to: String,
    /// The incarnation in which it asked.
    pub(crate) incarnation: u64,
    /// The uid of the one who answers.
    pub(crate) from: String,
    pub(crate) said: ReplyBody,
}

/// What an instance says of itself on the stream of instances, under its uid as the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Announcement {
    pub(crate) v: u32,
    pub(crate) uid: String,
    pub(crate) class: String,
    pub(crate) group: String,
    pub(crate) host: String,
    /// When this incarnation began, in microseconds since 1970.
    pub(crate) incarnation: u64,
    /// The next one comes within so many milliseconds.
    pub(crate) every_ms: u64,
    /// Of the user's package.
    pub(crate) version: String,
    /// Of the library.
    pub(crate) catenae: String,
    pub(crate) inputs: Vec<String>,
    pub(crate) outputs: Vec<String>,
    pub(crate) methods: Vec<AnnouncedMethod>,
}

/// A method as an instance announces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AnnouncedMethod {
    pub(crate) name: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) returned: String,
    /// Whether it runs on the lane of the link, between two electrons.
    pub(crate) takes_state: bool,
    #[serde(default)]
    pub(crate) idempotent: bool,
}

/// Which version an envelope has, whose form depends on it.
#[derive(Deserialize)]
struct Versioned {
    v: u32,
}

/// The bytes of an envelope.
pub(crate) fn write<T: Serialize>(envelope: &T) -> Result<Vec<u8>, String> {
    match Codec::Cbor.encode(envelope) {
        Ok(bytes) => Ok(bytes.unwrap_or_default()),
        Err(error) => Err(error.to_string()),
    }
}

/// Whether others can read an envelope of that size.
///
/// # Errors
/// That they cannot.
pub(crate) fn is_readable(bytes: &[u8]) -> Result<(), String> {
    match bytes.len() <= Limits::PAYLOAD {
        true => Ok(()),
        false => Err(format!(
            "it has {} bytes, and {} can be read",
            bytes.len(),
            Limits::PAYLOAD
        )),
    }
}

/// What crosses. What is kept of it is bounded in bytes, whoever wrote it.
pub(crate) trait Envelope: DeserializeOwned {
    /// Its version.
    fn version(&self) -> u32;
    /// The texts that are kept, or that name something.
    fn names(&self) -> impl Iterator<Item = &str>;
    /// The largest that is read.
    const LARGEST: usize = Limits::PAYLOAD;
}

impl Envelope for Request {
    fn version(&self) -> u32 {
        self.v
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        [&self.caller.uid, &self.caller.class, &self.method]
            .into_iter()
            .map(String::as_str)
    }
}

impl Envelope for Reply {
    fn version(&self) -> u32 {
        self.v
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        [&self.to, &self.from].into_iter().map(String::as_str)
    }
}

impl Envelope for Announcement {
    fn version(&self) -> u32 {
        self.v
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        [&self.uid, &self.class].into_iter().map(String::as_str)
    }

    const LARGEST: usize = 64 << 10;
}

/// A uid, a class or a method of more bytes is none of ours.
const LONGEST_NAME: usize = 512;

/// The envelope that `bytes` hold.
///
/// # Errors
/// What is wrong with them, for a log line.
pub(crate) fn read<T: Envelope>(bytes: Option<&[u8]>) -> Result<T, String> {
    let size = bytes.map_or(0, <[u8]>::len);
    if size > T::LARGEST {
        let largest = T::LARGEST;
        return Err(format!(
            "it has {size} bytes, and at most {largest} are read"
        ));
    }
    let envelope = match Codec::Cbor.decode::<T>(bytes) {
        Ok(envelope) if envelope.version() == VERSION => envelope,
        // The form of the rest depends on the version, so that is what is said first.
        other => {
            let versioned: Versioned = Codec::Cbor
                .decode(bytes)
                .map_err(|error| error.to_string())?;
            let v = versioned.v;
            return match other {
                Err(error) if v == VERSION => Err(error.to_string()),
                _ => Err(format!(
                    "it has version {v}, and this program reads version {VERSION}"
                )),
            };
        }
    };
    if let Some(name) = envelope.names().find(|name| name.len() > LONGEST_NAME) {
        let length = name.len();
        return Err(format!(
            "it has a name of {length} bytes, and at most {LONGEST_NAME} are read"
        ));
    }
    Ok(envelope)
}

#[cfg(test)]
mod tests;
