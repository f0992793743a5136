//! Why a topology ended although nothing failed.

use std::fmt;

/// Why a topology ended although nothing failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// Its sources have ended, and everything they sent is read.
    Finished,
    /// A link that is no source called [`Context::stop`](crate::Context::stop) when everything that had
    /// been sent was read.
    Asked {
        /// The class of that link.
        class: &'static str,
        /// The id of the instance.
        uid: String,
        /// What it gave as its reason.
        reason: String,
    },
    /// It was stopped from outside, by SIGTERM, SIGINT, SIGHUP, a call to [`rpc::stop`](fn@crate::rpc::stop) or
    /// [its handle](crate::RunningTopology::stop); the text says which. What was not read stays on its stream.
    Stopped(String),
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finished => f.write_str("the sources have ended and everything is read"),
            Self::Asked { class, uid, reason } => {
                write!(f, "{class}/{uid} asked to stop: {reason}")
            }
            Self::Stopped(reason) => f.write_str(reason),
        }
    }
}
