//! Every name a macro expansion may say; not part of the public API.

pub use crate::cli::{ArgsSpec, Member, Parsed, TopologyLink, UserArgs, finish, main, topology};
pub use crate::codec::{Codec, Message};
pub use crate::config::{
    Broker, Config, ConfigError, Delivery, InputMode, KafkaSettings, Order, Uid,
};
pub use crate::config::{LogConfig, LogFormat, LogLevel};
pub use crate::link::{Link, LinkSpec};
pub use crate::record::{HeaderSource, Record};
pub use crate::stream::{ReadsFrom, Stream, StreamRef, WritesTo};
