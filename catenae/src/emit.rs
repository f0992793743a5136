//! The way out of a link: encodes what the function returned and hands it to the outlet.

use serde::Serialize;

use crate::codec::{self, Codec, Written};
use crate::electron::{Electron, Headers};
use crate::outcome::{Failure, FailureKind};
use crate::stream::StreamName;

/// One encoded electron on its way out.
pub struct Outgoing<'a> {
    /// The target stream.
    pub stream: &'a StreamName,
    /// The key's bytes.
    pub key: Option<&'a [u8]>,
    /// The value's bytes; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
    /// The headers.
    pub headers: Headers,
}

/// Takes encoded electrons: the Kafka producer, or the list of a detached context.
pub trait Outlet {
    /// Takes one electron as part of the settlement of the input in hand; waits while too many are
    /// under way.
    ///
    /// # Errors
    /// `Delivery` when Kafka refuses it, `Stopping` when the micromodule stops before there is room.
    fn send(&mut self, outgoing: Outgoing<'_>) -> Result<(), Failure>;

    /// Whether the micromodule was asked to stop: a source ends at the next item.
    fn stopping(&self) -> bool;
}

/// The output streams of a running link, first the default one.
#[derive(Clone, Debug, Default)]
pub struct Outputs(Vec<(StreamName, Codec)>);

impl Outputs {
    /// The streams in declared order, each with its codec.
    #[must_use]
    pub fn new(streams: Vec<(StreamName, Codec)>) -> Self {
        Self(streams)
    }

    /// The stream for an electron that names `target`, or the default one.
    ///
    /// # Errors
    /// `Encode`, when the link has no output, or `target` is not among them.
    pub fn resolve(&self, target: Option<&StreamName>) -> Result<(&StreamName, Codec), Failure> {
        let found = match target {
            None => self.0.first(),
            Some(target) => self.0.iter().find(|(name, _)| name == target),
        };
        found.map(|(name, codec)| (name, *codec)).ok_or_else(|| {
            let message = match target {
                None => "the link returned an electron but has no output stream: add \
                         `output = \"…\"` to its attribute or start it with `-o <stream>`"
                    .to_owned(),
                Some(target) => format!(
                    "the electron's target stream `{target}` is not an output of this link \
                     ({}): add it to `output = […]` or to `-o`",
                    self.listed()
                ),
            };
            Failure::new(FailureKind::Encode, message)
        })
    }

    /// The names in declared order.
    pub fn names(&self) -> impl Iterator<Item = &StreamName> {
        self.0.iter().map(|(name, _)| name)
    }

    fn listed(&self) -> String {
        let names: Vec<String> = self.names().map(|name| format!("`{name}`")).collect();
        if names.is_empty() {
            "it has none".to_owned()
        } else {
            names.join(", ")
        }
    }
}

/// Encodes outputs and hands them to an outlet; reused from electron to electron.
pub struct Emitter<'e> {
    outlet: &'e mut dyn Outlet,
    outputs: &'e Outputs,
    buffer: &'e mut Vec<u8>,
}

impl<'e> Emitter<'e> {
    /// An emitter that writes to `outlet`, with `buffer` as its scratch memory.
    pub fn new(outlet: &'e mut dyn Outlet, outputs: &'e Outputs, buffer: &'e mut Vec<u8>) -> Self {
        Self {
            outlet,
            outputs,
            buffer,
        }
    }

    /// Sends a bare value to the default output.
    ///
    /// # Errors
    /// `Encode` or what the outlet says.
    pub fn value<V: Serialize + ?Sized>(&mut self, value: &V) -> Result<(), Failure> {
        let (stream, codec) = self.outputs.resolve(None)?;
        self.buffer.clear();
        let written = codec::encode_value(value, codec, self.buffer)?;
        let value = (written == Written::Bytes).then_some(&**self.buffer);
        self.outlet.send(Outgoing {
            stream,
            key: None,
            value,
            headers: Headers::default(),
        })
    }

    /// Sends an electron with its key and headers to its own stream.
    ///
    /// # Errors
    /// `Encode` or what the outlet says.
    pub fn electron<V: Serialize, K: Serialize>(
        &mut self,
        electron: Electron<V, K>,
    ) -> Result<(), Failure> {
        let (stream, codec) = self.outputs.resolve(electron.target.as_ref())?;
        self.buffer.clear();
        let written = codec::encode_value(&electron.value, codec, self.buffer)?;
        let split = self.buffer.len();
        let keyed = match &electron.key {
            Some(key) => codec::encode_key(key, self.buffer)? == Written::Bytes,
            None => false,
        };
        let (value, key) = self.buffer.split_at(split);
        self.outlet.send(Outgoing {
            stream,
            key: keyed.then_some(key),
            value: (written == Written::Bytes).then_some(value),
            headers: electron.headers,
        })
    }

    /// Whether the micromodule was asked to stop: a source ends at the next item.
    #[must_use]
    pub fn stopping(&self) -> bool {
        self.outlet.stopping()
    }
}
