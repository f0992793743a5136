//! What the behavior tests stand on: a broker, plain clients, child processes, waiting.

mod broker;
mod child;
mod kcat;
mod own;
mod plain;
mod wait;

pub use broker::TestBroker;
pub use child::{Child, Signal, binary};
pub use kcat::kcat;
pub use own::OwnBroker;
pub use plain::{Received, committed, exists, feed, length, put, read, read_committed};
pub use wait::{DEADLINE, eventually, unique};
