//! The streams that calls go through: their names, their partitions, and how long they keep anything.

use crate::error::{Error, ErrorKind};
use crate::kafka::topics::{Carries, PlannedStream};
use crate::stream::StreamName;

/// The requests to the class whose name stands behind it.
const REQUESTS: &str = "catenae_rpc_";
/// The answers to all calls of all micromodules.
const REPLIES: &str = "catenae_replies";
/// What instances say of themselves.
const INSTANCES: &str = "catenae_instances";
/// How many partitions the stream of replies is created with. A caller reads one of them, so this
/// divides what each reads of the others' answers.
const REPLY_PARTITIONS: u32 = 8;

/// Requests and replies are useless past their deadline; the rest is for whoever looks at them.
const SHORT_LIVED: &[(&str, &str)] = &[
    ("cleanup.policy", "delete"),
    ("retention.ms", "600000"),
    ("segment.ms", "600000"),
    ("segment.bytes", "67108864"),
];
/// The last word of each instance. An instance repeats it every few seconds, so what is an hour old is
/// of nobody: else the uids of all instances that ever crashed would be read at each start.
const COMPACTED: &[(&str, &str)] = &[
    ("cleanup.policy", "compact,delete"),
    ("retention.ms", "3600000"),
    ("segment.ms", "600000"),
    ("segment.bytes", "16777216"),
    ("min.cleanable.dirty.ratio", "0.1"),
    ("delete.retention.ms", "600000"),
];

/// The streams of one micromodule's calls.
#[derive(Clone, Debug)]
pub(crate) struct CallStreams {
    /// The requests to its class.
    pub(super) requests: StreamName,
    pub(super) replies: StreamName,
    pub(super) instances: StreamName,
}

impl CallStreams {
    /// Those of a class.
    ///
    /// # Errors
    /// A class whose name is no part of a stream's.
    pub(crate) fn of(class: &str) -> Result<Self, Error> {
        let named = |name: &str| {
            StreamName::parse(name).map_err(|error| {
                let context = format!(
                    "`{class}` has no stream of requests: name the link with ASCII letters, digits \
                     and `_`, or run it with `--rpc off`"
                );
                Error::new(ErrorKind::Configuration, context).caused_by(error)
            })
        };
        Ok(Self {
            requests: named(&requests_of(class))?,
            replies: named(REPLIES)?,
            instances: named(INSTANCES)?,
        })
    }

    /// How they are created.
    pub(crate) fn planned(&self) -> Vec<PlannedStream> {
        let planned = |name: &StreamName, partitions, settings| PlannedStream {
            name: name.clone(),
            partitions,
            settings,
            carries: Carries::Calls,
        };
        vec![
            planned(&self.requests, 1, &[SHORT_LIVED]),
            planned(&self.replies, REPLY_PARTITIONS, &[SHORT_LIVED]),
            planned(&self.instances, 1, &[COMPACTED]),
        ]
    }
}

/// The stream of the requests to a class; every instance of it reads all of it.
pub(super) fn requests_of(class: &str) -> String {
    format!("{REQUESTS}{class}")
}

/// The class whose stream of requests this is.
pub(super) fn class_of(requests: &str) -> &str {
    requests.strip_prefix(REQUESTS).unwrap_or(requests)
}
