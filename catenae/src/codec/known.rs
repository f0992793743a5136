//! Which types are known by their ids: serde says the same words for them as for any other.
//!
//! The compiler knows the answers, and none of this is left in an optimized program.

use std::any::TypeId;
use std::borrow::Cow;
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

/// Whether one of the types has this id, as it is or behind references.
macro_rules! is_one_of {
    ($id:expr, $($of:ty),*) => {
        $($id == TypeId::of::<$of>()
            || $id == TypeId::of::<&$of>()
            || $id == TypeId::of::<&&$of>())||*
    };
}

/// Whether a `T` is a string, also in an option, and takes any text as itself.
#[inline]
pub(super) fn is_text<T: ?Sized>() -> bool {
    macro_rules! strings {
        ($id:ident: $($of:ty),*) => { is_one_of!($id, $($of, Option<$of>, Option<&$of>),*) };
    }
    let id = typeid::of::<T>();
    id == TypeId::of::<str>()
        || strings!(
            id: String, &'static str, Box<str>, Cow<'static, str>, Arc<str>, Rc<str>, char
        )
}

/// Whether a `T` is bytes to serde, too, and takes a list of numbers for them.
#[inline]
pub(super) fn is_bytes<T: ?Sized>() -> bool {
    is_one_of!(typeid::of::<T>(), Bytes, BytesMut)
}

/// Whether a `T` is an integer of 128 bits.
#[inline]
pub(super) fn is_wide<T: ?Sized>() -> bool {
    is_one_of!(typeid::of::<T>(), i128, u128, NonZero<i128>, NonZero<u128>)
}

/// Whether a `T` is a number or a `bool`, which is read from a text as well.
#[inline]
pub(super) fn is_plain<T: ?Sized>() -> bool {
    macro_rules! integers {
        ($id:ident: $($of:ty)*) => { is_one_of!($id, $($of, NonZero<$of>),*) };
    }
    let id = typeid::of::<T>();
    is_one_of!(id, bool, f32, f64)
        || integers!(id: i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize)
}
