//! What the links that filter and fail do with which input: its checksum decides, so everybody knows.

/// How often an electron is tried again; the attributes of `links/flaky.rs` and `links/later.rs` say the
/// same number.
pub const RETRIES: u32 = 3;

/// Retries for a mode that allows no waiting beside the lane.
pub const IN_PLACE: &str = "max=3,backoff=5ms..40ms,jitter";

/// Whether Kafka refuses what a link sends for an input: seldom, for under exactly-once each costs some
/// transactions.
#[must_use]
pub fn is_refused(crc: u32) -> bool {
    crc % 256 == 5
}

/// How many bytes the output of a link takes that sends more of some inputs.
pub(crate) const TAKEN: usize = 20_000;

/// More than that.
pub const PADDING: usize = 30_000;

/// Whether a link that filters sends nothing for an input: one in three.
#[must_use]
pub fn is_silent(crc: u32) -> bool {
    crc.is_multiple_of(3)
}

/// How many attempts at an input fail in a link that fails; with more than [`RETRIES`] all of them.
#[must_use]
pub fn failures(crc: u32) -> u32 {
    match crc % 64 {
        2 | 10 => 1,
        3 => 2,
        4 => u32::MAX,
        _ => 0,
    }
}

/// What an operator's streams may refuse of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It has no key, and a compacted stream takes none such.
    Keyless,
    /// It is too large.
    Wide,
}

/// What an operator's streams may refuse of the input of such a number.
#[must_use]
pub fn refused(seq: u64) -> Option<Refused> {
    match seq % 96 {
        11 | 60 => Some(Refused::Keyless),
        35 => Some(Refused::Wide),
        _ => None,
    }
}

/// How the key of a record without one is written inside of it.
const NO_KEY: &str = "none-";

/// What stands inside of a record without a key in place of it.
#[must_use]
pub fn no_key(partition: u64) -> String {
    format!("{NO_KEY}{partition}")
}

/// Whether a record has the key that stands inside of it.
#[must_use]
pub fn has_key(key: Option<&[u8]>, inside: &str) -> bool {
    match key {
        Some(key) => key == inside.as_bytes(),
        None => inside.starts_with(NO_KEY),
    }
}

/// Whether no attempt at an input succeeds: it becomes a dead letter.
#[must_use]
pub fn is_doomed(crc: u32) -> bool {
    failures(crc) > RETRIES
}

/// Whether an attempt that fails does so by a panic.
pub(crate) fn panics(crc: u32) -> bool {
    crc / 64 % 2 == 1
}
