//! Which types a typed stream is read as, and which are written to it: checked by the compiler.
//!
//! The second parameter of the traits is a mark that inference finds: it keeps the
//! implementations apart, and nobody writes it. Lifetimes do not matter to what fits; a caller
//! puts `'_` for each inside of a function's body.

use std::borrow::Cow;

use bytes::Bytes;

use crate::electron::Electron;

/// A type that a link may take from a stream of `T`.
///
/// It is `T` itself, for a stream of strings or of bytes any form of them, and an `Option` or an
/// [`Electron`] of one that fits.
#[diagnostic::on_unimplemented(
    message = "this link takes `{Self}`, but the stream carries `{T}`",
    label = "the stream carries `{T}`",
    note = "take `{T}`, `Option<{T}>` or `Electron<{T}>`; \
            strings are also taken as `&str`, and bytes as `&[u8]`"
)]
pub trait ReadsFrom<T: ?Sized, How> {}

/// A type that a link may send to a stream of `T`.
///
/// It is `T` itself or a reference to it, for a stream of strings or of bytes any form of them,
/// and an `Option` or an [`Electron`] of one that fits.
#[diagnostic::on_unimplemented(
    message = "this link sends `{Self}`, but the stream carries `{T}`",
    label = "the stream carries `{T}`",
    note = "return `{T}`, `Option<{T}>` or `Electron<{T}>`; \
            strings are also sent as `&str`, and bytes as `&[u8]`"
)]
pub trait WritesTo<T: ?Sized, How> {}

/// The type itself.
pub struct Itself(());
/// Another form of text.
pub struct AsText(());
/// Another form of bytes.
pub struct AsBytes(());
/// A reference to one that fits.
pub struct ByReference<How>(How);
/// An option of one that fits.
pub struct InOption<How>(How);
/// An electron of one that fits.
pub struct InElectron<How>(How);

#[diagnostic::do_not_recommend]
impl<T> ReadsFrom<T, Itself> for T {}
#[diagnostic::do_not_recommend]
impl<T> WritesTo<T, Itself> for T {}

/// `mark`: the `forms` all read and write the `streams`, but for each itself.
macro_rules! forms {
    ($mark:ident: $($stream:ty = $($form:ty),*;)*) => {$($(
        #[diagnostic::do_not_recommend]
        impl ReadsFrom<$stream, $mark> for $form {}
        #[diagnostic::do_not_recommend]
        impl WritesTo<$stream, $mark> for $form {}
    )*)*};
}

forms! { AsText:
    str = &str, String, Cow<'_, str>, Box<str>;
    String = &str, Cow<'_, str>, Box<str>;
}

forms! { AsBytes:
    [u8] = &[u8], Vec<u8>, Bytes, Cow<'_, [u8]>, Box<[u8]>;
    Bytes = &[u8], Vec<u8>, Cow<'_, [u8]>, Box<[u8]>;
    Vec<u8> = &[u8], Bytes, Cow<'_, [u8]>, Box<[u8]>;
}

/// An array fits on the way out only: what is read may be longer.
macro_rules! arrays {
    ($($stream:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<const N: usize> WritesTo<$stream, AsBytes> for [u8; N] {}
    )*};
}

arrays! { [u8], Bytes, Vec<u8> }

#[diagnostic::do_not_recommend]
impl<T: ?Sized, V: ReadsFrom<T, How>, How> ReadsFrom<T, InOption<How>> for Option<V> {}
#[diagnostic::do_not_recommend]
impl<T: ?Sized, V: WritesTo<T, How>, How> WritesTo<T, InOption<How>> for Option<V> {}

#[diagnostic::do_not_recommend]
impl<T: ?Sized, V: ReadsFrom<T, How>, K, How> ReadsFrom<T, InElectron<How>> for Electron<V, K> {}
#[diagnostic::do_not_recommend]
impl<T: ?Sized, V: WritesTo<T, How>, K, How> WritesTo<T, InElectron<How>> for Electron<V, K> {}

#[diagnostic::do_not_recommend]
impl<T: ?Sized, V: WritesTo<T, How> + ?Sized, How> WritesTo<T, ByReference<How>> for &V {}

#[cfg(test)]
mod tests {
    use super::*;

    struct Order;
    struct Line<'l>(&'l str);

    fn reads<M: ReadsFrom<T, How>, T: ?Sized, How>() {}
    fn writes<V: WritesTo<T, How>, T: ?Sized, How>() {}

    /// What fits compiles, with the mark inferred; what does not is in the ui tests.
    #[test]
    fn what_fits() {
        reads::<String, String, _>();
        reads::<&str, String, _>();
        reads::<Cow<'_, str>, String, _>();
        reads::<String, str, _>();
        reads::<&[u8], Bytes, _>();
        reads::<Bytes, Bytes, _>();
        reads::<Order, Order, _>();
        reads::<(String, u64), (String, u64), _>();
        reads::<Option<Order>, Order, _>();
        reads::<Option<Order>, Option<Order>, _>();
        reads::<Electron<&str, Bytes>, String, _>();
        reads::<Electron<Option<Order>, u64>, Order, _>();
        reads::<Vec<u8>, Vec<u8>, _>();
        writes::<&Order, Order, _>();
        writes::<&str, String, _>();
        writes::<&String, String, _>();
        reads::<Vec<u8>, Bytes, _>();
        reads::<&[u8], Vec<u8>, _>();
        reads::<Electron<Option<Box<[u8]>>>, Bytes, _>();
        writes::<&'static [u8], Bytes, _>();
        writes::<Vec<u8>, Bytes, _>();
        writes::<&Vec<u8>, Bytes, _>();
        writes::<Bytes, Vec<u8>, _>();
        writes::<[u8; 2], Bytes, _>();
        writes::<&[u8; 2], Vec<u8>, _>();
        writes::<[u8; 2], [u8; 2], _>();
        writes::<Electron<Cow<'_, [u8]>>, [u8], _>();
        writes::<Option<Electron<&str, u8>>, String, _>();
        let text = "borrowed".to_owned();
        let line = Line(&text);
        fn same<M: ReadsFrom<Line<'static>, How>, How>() {}
        same::<Line<'_>, _>();
        assert_eq!(line.0, "borrowed");
    }
}
