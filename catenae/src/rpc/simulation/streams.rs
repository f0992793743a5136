//! The streams: what was written, in order, for every reader to read when it likes.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::rpc::core::envelope::{Announcement, Reply, Request};

/// A message that a producer has taken.
#[derive(Clone, Debug)]
pub(super) enum Message {
    Request { class: String, request: Request },
    Reply { partition: usize, reply: Reply },
    Word(Word),
}

/// What an instance says of itself, or its goodbye.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) uid: String,
    pub(super) said: Option<Announcement>,
    pub(super) written: Duration,
}

#[derive(Debug, Default)]
pub(super) struct Streams {
    requests: BTreeMap<String, Vec<Request>>,
    replies: BTreeMap<usize, Vec<Reply>>,
    pub(super) words: Vec<Word>,
}

impl Streams {
    pub(super) fn append(&mut self, message: Message) {
        match message {
            Message::Request { class, request } => {
                self.requests.entry(class).or_default().push(request);
            }
            Message::Reply { partition, reply } => {
                self.replies.entry(partition).or_default().push(reply);
            }
            Message::Word(word) => self.words.push(word),
        }
    }

    pub(super) fn requests(&self, class: &str) -> &[Request] {
        self.requests.get(class).map_or(&[], Vec::as_slice)
    }

    pub(super) fn replies(&self, partition: usize) -> &[Reply] {
        self.replies.get(&partition).map_or(&[], Vec::as_slice)
    }
}
