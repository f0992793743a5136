//! Calls in the loop of a micromodule that may have none.

use std::sync::Arc;

use crate::config::{Config, Rpc};
use crate::error::Error;
use crate::kafka::{CallStreams, Calls};
use crate::rpc::{Closed, Desk};

/// The streams of calls, where there are calls.
pub(super) fn streams(config: &Config) -> Result<Option<CallStreams>, Error> {
    match config.rpc {
        Rpc::On => CallStreams::of(config.class).map(Some),
        Rpc::Off => Ok(None),
    }
}

/// Where stubs leave their questions.
pub(super) fn desk(calls: Option<&Calls>) -> Arc<dyn Desk> {
    calls.map_or_else(
        || {
            Arc::new(Closed {
                why: "it runs with `--rpc off`",
            }) as Arc<dyn Desk>
        },
        Calls::desk,
    )
}
