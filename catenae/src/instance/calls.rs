//! Calls in the loop of a micromodule that may have none.

use std::sync::Arc;

use crate::config::Config;
use crate::error::Error;
use crate::rpc::transport::Calls;
use crate::rpc::transport::streams::CallStreams;
use crate::rpc::{DisabledTransport, Transport};
use crate::spec::modes::Rpc;

/// The streams of calls, where there are calls.
pub(super) fn streams(config: &Config) -> Result<Option<CallStreams>, Error> {
    match config.rpc {
        Rpc::On => CallStreams::of(config.class).map(Some),
        Rpc::Off => Ok(None),
    }
}

/// Where stubs leave their questions.
pub(super) fn transport(calls: Option<&Calls>) -> Arc<dyn Transport> {
    calls.map_or_else(
        || {
            Arc::new(DisabledTransport {
                why: "it runs with `--rpc off`",
            }) as Arc<dyn Transport>
        },
        Calls::transport,
    )
}
