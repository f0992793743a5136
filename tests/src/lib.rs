//! What the behavior tests stand on: a broker, plain clients, child processes, waiting.

mod access;
pub mod asking;
mod broker;
pub mod by_hand;
pub mod calls;
mod child;
pub mod desk;
mod foreign;
mod own;
mod plain;
mod probe;
mod servers;
mod wait;

pub use access::{Operation, Resource, allow};
pub use broker::TestBroker;
pub use child::{Child, Signal, loud};
pub use foreign::Foreign;
pub use own::OwnBroker;
pub use plain::{
    Received, committed, exists, feed, feed_with, length, put, read, read_committed, streams,
};
pub use probe::probe_path;
pub use servers::{Manners, Server};
pub use wait::{DEADLINE, eventually, unique};
