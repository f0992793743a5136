//! What the links that filter and fail do with which input: its checksum decides, so everybody knows.

/// How often an electron is tried again; the attributes of `bins/flaky.rs` and `bins/later.rs` say the
/// same number.
pub const RETRIES: u32 = 3;

/// Retries for a mode that allows no waiting beside the lane.
pub const IN_PLACE: &str = "max=3,backoff=5ms..40ms,jitter";

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

/// Whether no attempt at an input succeeds: it becomes a dead letter.
#[must_use]
pub fn is_doomed(crc: u32) -> bool {
    failures(crc) > RETRIES
}

/// Whether an attempt that fails does so by a panic.
pub(crate) fn panics(crc: u32) -> bool {
    crc / 64 % 2 == 1
}
