//! The input streams of a consumer. They may change while it runs.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::codec::Codec;
use crate::stream::StreamName;

/// An input stream; its index never changes, removed ones stay as closed entries.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) stream: StreamName,
    /// Which of the link's inputs it is; `None` for a stream of retries, and for one that was added.
    pub(crate) declared: Option<usize>,
    pub(crate) codec: Codec,
    pub(crate) open: bool,
}

/// The input streams, in the order in which they came.
#[derive(Debug)]
pub(crate) struct InputStreams(Mutex<Vec<Input>>);

impl InputStreams {
    /// These, all of them open; the first `declared` are the link's inputs.
    pub(super) fn new(streams: Vec<(StreamName, Codec)>, declared: usize) -> Self {
        let open = |(index, (stream, codec))| Input {
            stream,
            declared: (index < declared).then_some(index),
            codec,
            open: true,
        };
        Self(Mutex::new(
            streams.into_iter().enumerate().map(open).collect(),
        ))
    }

    fn all(&self) -> MutexGuard<'_, Vec<Input>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The input stream of that name with its index. A closed one too: until its partitions are
    /// revoked its electrons are handled, or an input that is added again soon would miss some.
    pub(crate) fn get(&self, stream: &str) -> Option<(usize, Input)> {
        let all = self.all();
        let mut found = all.iter().enumerate();
        let found = found.find(|(_, input)| input.stream.as_str() == stream);
        found.map(|(index, input)| (index, input.clone()))
    }

    /// The streams read at present.
    pub(crate) fn open(&self) -> Vec<StreamName> {
        let all = self.all();
        let open = all.iter().filter(|input| input.open);
        open.map(|input| input.stream.clone()).collect()
    }

    /// Opens or closes one; returns whether anything changed.
    pub(super) fn set(&self, stream: &StreamName, open: bool) -> bool {
        let mut all = self.all();
        match all.iter_mut().find(|input| input.stream == *stream) {
            Some(input) => std::mem::replace(&mut input.open, open) != open,
            None if open => {
                let stream = stream.clone();
                let codec = Codec::Auto;
                all.push(Input {
                    stream,
                    declared: None,
                    codec,
                    open,
                });
                true
            }
            None => false,
        }
    }
}
