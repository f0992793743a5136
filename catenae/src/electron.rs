//! Electrons: a value with its optional key, headers and where it came from.

use bytes::Bytes;

use crate::stream::StreamName;

/// Named byte strings that travel with an electron, in order; a name may occur more than once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, Option<Bytes>)>);

impl Headers {
    /// Adds a header behind those already there.
    pub fn push(&mut self, name: impl Into<String>, value: Option<Bytes>) {
        self.0.push((name.into(), value));
    }

    /// The headers in order; a value is `None` where the sender wrote a null.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// Where an incoming electron was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The stream.
    pub stream: StreamName,
    /// The partition of the stream.
    pub partition: i32,
    /// The position in the partition.
    pub offset: i64,
    /// When it was written, in milliseconds since the Unix epoch, where Kafka knows it.
    pub timestamp: Option<i64>,
}

/// A value with its optional key, headers, origin and target stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Electron<V, K = String> {
    /// The value.
    pub value: V,
    pub(crate) key: Option<K>,
    pub(crate) headers: Headers,
    pub(crate) origin: Option<Origin>,
    pub(crate) target: Option<StreamName>,
}

impl<V> Electron<V> {
    /// An electron with neither key nor headers, for the link's first output.
    pub fn new(value: V) -> Self {
        Self {
            value,
            key: None,
            headers: Headers::default(),
            origin: None,
            target: None,
        }
    }
}

impl<V, K> Electron<V, K> {
    /// Sets the key: electrons of one stream with equal keys keep their order and reach the same
    /// instance.
    pub fn with_key<L>(self, key: L) -> Electron<V, L> {
        let Self {
            value,
            key: _,
            headers,
            origin,
            target,
        } = self;
        Electron {
            value,
            key: Some(key),
            headers,
            origin,
            target,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<Bytes>) -> Self {
        self.headers.push(name, Some(value.into()));
        self
    }

    /// Sends this electron to `stream`, one of the link's outputs, in place of the first.
    #[must_use]
    pub fn to(mut self, stream: impl Into<StreamName>) -> Self {
        self.target = Some(stream.into());
        self
    }

    /// The key, if it has one.
    pub fn key(&self) -> Option<&K> {
        self.key.as_ref()
    }

    /// The headers.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// Where it was read; `None` for an electron made here.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The stream this electron names as its own target, if any.
    pub fn target(&self) -> Option<&StreamName> {
        self.target.as_ref()
    }
}
