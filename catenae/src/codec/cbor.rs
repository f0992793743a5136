//! CBOR as serde sees it: a writer into a `Vec<u8>` and a borrowing, bounded reader.
//!
//! The writer's bytes equal those of `ciborium` but for two marks, see [`TAG`]: shortest integers and floats,
//! null for `()`, structs as maps by field name. The reader takes all that `ciborium` takes, and
//! borrows strings and bytes from the payload. It is not `cbor4ii`'s serde layer, fast as that is,
//! because that one refuses shortened floats (what `ciborium` and every encoder of preferred
//! serialization write), longer integers than needed, any tag (dates, uuids), and null for `()`;
//! nor `ciborium`'s, which cannot borrow. Both are held against it in the tests.

mod float;
mod read;
mod write;

pub use read::CborError;
pub(super) use read::{CborReader, from_slice, tags};
pub(super) use write::{CborCollection, CborWriter};

/// The self-described tag 55799: no valid UTF-8 starts with it.
///
/// It says nothing of the item behind it, so any decoder reads that as if it were not there. The
/// writer uses it as a mark, too. Before a null it is a `Some` of it: `Some(None)`, `Some(())`. And it
/// stands before each tag that is part of a value, of a `Value` say: a type that takes the values
/// of other people's tags without them does not lose it in silence.
pub(super) const TAG: [u8; 3] = [0xd9, 0xd9, 0xf7];
/// Its number.
const SELF_DESCRIBED: u64 = 55799;

/// How `ciborium` tells serde of a tag: an enum of this name …
pub(super) const TAG_ENUM: &str = "@@TAG@@";
/// … with this variant for a number and a value …
pub(super) const TAGGED: &str = "@@TAGGED@@";
/// … and this one for a value without a tag.
const UNTAGGED: &str = "@@UNTAGGED@@";

/// The kinds of items, as the upper three bits of their first byte.
mod major {
    pub(super) const POSITIVE: u8 = 0 << 5;
    pub(super) const NEGATIVE: u8 = 1 << 5;
    pub(super) const BYTES: u8 = 2 << 5;
    pub(super) const TEXT: u8 = 3 << 5;
    pub(super) const ARRAY: u8 = 4 << 5;
    pub(super) const MAP: u8 = 5 << 5;
    pub(super) const TAG: u8 = 6 << 5;
}

const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;
pub(super) const NULL: u8 = 0xf6;
const UNDEFINED: u8 = 0xf7;
const HALF: u8 = 0xf9;
const SINGLE: u8 = 0xfa;
const DOUBLE: u8 = 0xfb;
const BREAK: u8 = 0xff;
/// The lower five bits of an item that ends with [`BREAK`] instead of announcing its length.
const INDEFINITE: u8 = 31;

/// Tags of integers beyond 64 bits.
const BIG_POSITIVE: u64 = 2;
const BIG_NEGATIVE: u64 = 3;
/// The tag of a decimal fraction: a power of ten and an integer.
const DECIMAL: u64 = 4;
/// Tags of what stands elsewhere in the payload: a text, a shared value.
const REFERENCES: [u64; 2] = [25, 29];
