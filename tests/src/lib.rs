//! What the behavior tests stand on: a broker, plain clients, child processes, waiting.

pub mod asking;
mod broker;
pub mod calls;
mod child;
pub mod desk;
mod kcat;
mod own;
mod plain;
mod wait;

pub use broker::TestBroker;
pub use child::{Child, Signal, binary};
pub use kcat::kcat;
pub use own::OwnBroker;
pub use plain::{Received, committed, exists, feed, length, put, read, read_committed, streams};
pub use wait::{DEADLINE, eventually, unique};
