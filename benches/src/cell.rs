//! The cells of the comparison: what travels, over how many partitions, and who carries it.

use std::fmt;

/// What travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// So many bytes, which nobody decodes.
    Bytes(usize),
    /// A struct that is decoded and encoded again, as CBOR; 100 bytes or so.
    Struct,
}

/// Who carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The loop written by hand.
    Raw,
    /// The same on librdkafka's own calls: the least there can be.
    Native,
    /// The link.
    Link,
    /// The link in a mode that is not the default one.
    Mode(Mode),
    /// The link with these flags.
    Flags(&'static [&'static str]),
}

/// A mode of the link, by the flag that asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// One electron at a time.
    Seq,
    /// Each one committed before the next.
    Sync,
    /// The offset first.
    AtMostOnce,
    /// By transactions.
    ExactlyOnce,
}

impl Mode {
    /// What is written on the command line.
    #[must_use]
    pub fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Seq => &["--seq"],
            Self::Sync => &["--sync"],
            Self::AtMostOnce => &["--delivery", "at-most-once"],
            Self::ExactlyOnce => &["--delivery", "exactly-once"],
        }
    }
}

/// One cell: each side drains the same stream, several times in turn.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Cell {
    /// What travels.
    pub payload: Payload,
    /// Records waiting in the input stream.
    pub records: u64,
    /// Partitions of the input and of the output stream.
    pub partitions: i32,
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(1024) => f.write_str("1 KiB"),
            Self::Bytes(size) => write!(f, "{size} B"),
            Self::Struct => f.write_str("struct"),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raw => f.write_str("raw loop"),
            Self::Native => f.write_str("native loop"),
            Self::Link => f.write_str("catenae"),
            Self::Mode(mode) => write!(f, "catenae {}", mode.flags().join(" ")),
            Self::Flags(flags) => write!(f, "catenae {}", flags.join(" ")),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (payload, records, partitions) = (self.payload, self.records, self.partitions);
        write!(f, "{payload}, {records} records, {partitions} partition(s)")
    }
}
