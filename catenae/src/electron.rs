//! Electrons: a value with its optional key, headers and where it came from.

use bytes::Bytes;

use crate::stream::StreamName;

/// Named byte strings that travel with an electron, in order; a name may occur more than once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, Option<Bytes>)>);

impl Headers {
    /// Adds a header behind those already there; `None` is written as a null.
    pub fn push(&mut self, name: impl Into<String>, value: Option<Bytes>) {
        self.0.push((name.into(), value));
    }

    /// Sets a header: the first header of that name is changed in place and any further ones are removed; a header with
    /// a new name is added after those already there.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Bytes>) {
        let (name, value) = (name.into(), Some(value.into()));
        match self.0.iter().position(|(other, _)| *other == name) {
            None => self.0.push((name, value)),
            Some(first) => {
                let mut index = 0;
                self.0.retain(|(other, _)| {
                    index += 1;
                    index - 1 <= first || *other != name
                });
                self.0[first].1 = value;
            }
        }
    }

    /// Removes every header called `name`; whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|(other, _)| other != name);
        self.0.len() < before
    }

    /// The value of the last header called `name`, the one that counts when a name occurs more
    /// than once; `None` as well where the sender wrote a null.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        let mut named = self.0.iter().rev().filter(|(other, _)| other == name);
        named.next().and_then(|(_, value)| value.as_deref())
    }

    /// As [`get`](Self::get), for a header that is UTF-8 text; `None` if it is not.
    #[must_use]
    pub fn get_str(&self, name: &str) -> Option<&str> {
        self.get(name)
            .and_then(|value| std::str::from_utf8(value).ok())
    }

    /// Whether a header is called `name`.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|(other, _)| other == name)
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

impl<N: Into<String>, B: Into<Bytes>> FromIterator<(N, B)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, B)>>(headers: I) -> Self {
        let owned = headers.into_iter().map(|(n, v)| (n.into(), Some(v.into())));
        Self(owned.collect())
    }
}

/// Where an incoming electron was read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origin {
    /// The stream.
    pub stream: StreamName,
    /// Which of the link's inputs that is, counted from 0 in the order of `--input`, or else of its attribute.
    /// `None` for an input that was added while the link runs.
    pub input: Option<usize>,
    /// The partition of the stream.
    pub partition: i32,
    /// The position in the partition.
    pub offset: i64,
    /// When it was written, in milliseconds since the Unix epoch, where Kafka knows it.
    pub timestamp: Option<i64>,
}

/// A value with its optional key, headers, origin and target stream.
///
/// A link takes an electron to see more than the value, and returns one to set more than the value. It may return an
/// electron that it received: the value, the key and the headers go out as they are now, to the link's first output
/// unless [`to`](Self::to) names another; the origin stays behind.
///
/// ```
/// use catenae::Electron;
///
/// /// Splits orders by country, and says who did it.
/// fn route(order: Electron<String>) -> Electron<String> {
///     let country = order.value[..2].to_owned();
///     order.with_key(country).with_header("routed-by", "route")
/// }
///
/// let routed = route(Electron::new("ES 12".to_owned()));
/// assert_eq!(routed.key().map(String::as_str), Some("ES"));
/// assert_eq!(routed.headers().get_str("routed-by"), Some("route"));
/// ```
///
/// The key is of type `K`: by default a string. `Electron<V, Bytes>` takes any key,
/// `Electron<V, u64>` one that is tagged CBOR or JSON.
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

impl<V> From<V> for Electron<V> {
    fn from(value: V) -> Self {
        Self::new(value)
    }
}

impl<V, K> Electron<V, K> {
    /// One that was read from a stream.
    pub(crate) fn received(value: V, key: Option<K>, headers: Headers, origin: Origin) -> Self {
        Self {
            value,
            key,
            headers,
            origin: Some(origin),
            target: None,
        }
    }

    /// Sets the key: electrons of one stream with equal keys keep their order and reach the same
    /// instance, those with an empty key as well. A key of `None` is none.
    ///
    /// The partition is the CRC32 of the key's bytes, modulo the number of partitions. Kafka's Java
    /// client takes murmur2: `--kafka partitioner=murmur2_random`, or `kafka =
    /// ["partitioner=murmur2_random"]` in the attribute, puts each key where Java puts it. With
    /// `partitioner=random` the key is ignored and order is not kept.
    #[must_use]
    pub fn with_key<L>(self, key: L) -> Electron<V, L> {
        self.rekeyed(Some(key))
    }

    /// Takes the key away.
    #[must_use]
    pub fn without_key(self) -> Self {
        Self { key: None, ..self }
    }

    /// Maps the key to another key, if there is one.
    #[must_use]
    pub fn map_key<L>(mut self, key: impl FnOnce(K) -> L) -> Electron<V, L> {
        let mapped = self.key.take().map(key);
        self.rekeyed(mapped)
    }

    fn rekeyed<L>(self, key: Option<L>) -> Electron<V, L> {
        Electron {
            value: self.value,
            key,
            headers: self.headers,
            origin: self.origin,
            target: self.target,
        }
    }

    /// Sets a header; one of that name that is already there, received or set, is replaced.
    /// [`headers_mut`](Self::headers_mut) adds a second one of a name.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<Bytes>) -> Self {
        self.headers.set(name, value);
        self
    }

    /// Replaces all headers.
    #[must_use]
    pub fn with_headers(self, headers: Headers) -> Self {
        Self { headers, ..self }
    }

    /// Sends this electron to `stream`, one of the link's outputs, in place of the first.
    #[must_use]
    pub fn to(mut self, stream: impl Into<StreamName>) -> Self {
        self.target = Some(stream.into());
        self
    }

    /// Makes another value of the value; the rest stays.
    #[must_use]
    pub fn map<W>(self, value: impl FnOnce(V) -> W) -> Electron<W, K> {
        Electron {
            value: value(self.value),
            key: self.key,
            headers: self.headers,
            origin: self.origin,
            target: self.target,
        }
    }

    /// The value alone.
    pub fn into_value(self) -> V {
        self.value
    }

    /// The key, if it has one.
    pub fn key(&self) -> Option<&K> {
        self.key.as_ref()
    }

    /// The headers.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The headers, to change.
    pub fn headers_mut(&mut self) -> &mut Headers {
        &mut self.headers
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

#[cfg(test)]
mod tests;
