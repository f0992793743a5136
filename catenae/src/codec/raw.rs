//! Which types mean bytes, although serde sees a sequence of numbers in them.
//!
//! `Vec<u8>` says `Serialize` with the same words as `Vec<u16>`, so the codec asks for the type
//! itself, as a whole value or key; inside of another type serde alone decides. `Bytes` does say
//! that it is bytes, and so may any other type; but only of one that is known here is it certain
//! that it is read as what it was written as.

mod read;
mod write;

use std::any::TypeId;
use std::borrow::Cow;

use bytes::{Bytes, BytesMut};

pub(super) use self::read::value as read;
pub(super) use self::write::value as write;
use super::Codec;

/// Whether one of the types has this id, as it is, in an option, or behind a reference.
macro_rules! is_one_of {
    ($id:expr, $($of:ty),*) => {
        $($id == TypeId::of::<$of>()
            || $id == TypeId::of::<&$of>()
            || $id == TypeId::of::<Option<$of>>()
            || $id == TypeId::of::<Option<&$of>>()
            || $id == TypeId::of::<&Option<$of>>())||*
    };
}

/// The same for arrays of bytes of these lengths.
macro_rules! is_array_of {
    ($id:expr, $($length:literal)*) => { is_one_of!($id, $([u8; $length]),*) };
}

/// Whether values of `T`, which has this size and alignment, go as they are through `codec`.
///
/// The compiler knows the answer, and none of this is left in an optimized program.
#[inline]
pub(super) fn goes_raw<T: ?Sized>(codec: Codec, size: usize, align: usize) -> bool {
    matches!(codec, Codec::Auto | Codec::Text | Codec::Bytes) && is_bytes::<T>(size, align)
}

#[inline]
fn is_bytes<T: ?Sized>(size: usize, align: usize) -> bool {
    let id = typeid::of::<T>();
    id == TypeId::of::<[u8]>()
        || is_one_of!(id, Bytes, Vec<u8>, Box<[u8]>, &'static [u8], Cow<'static, [u8]>, BytesMut)
        // What follows is long where nothing is optimized: only for what could be an array, or a
        // reference to one.
        || ((align == 1 || size == size_of::<&u8>()) && is_byte_array(id))
}

/// All arrays that serde knows: it implements its traits for lengths up to 32.
#[inline]
fn is_byte_array(id: TypeId) -> bool {
    is_array_of!(id, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)
        || is_array_of!(id, 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32)
}
