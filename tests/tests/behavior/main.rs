//! What a micromodule does, seen from outside: real processes, a real client, a real broker.

mod at_most_once;
mod bad_input;
mod command_line;
mod exactly_once;
mod failures;
mod guarantee;
mod inputs;
mod lanes;
mod lifecycle;
mod liveness;
mod memory;
mod rebalance;
mod rpc;
mod shutdown;
mod stage;
mod stall;
mod stops;
mod topology;
mod vanished;
mod wire;
