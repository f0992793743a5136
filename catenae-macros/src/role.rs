//! The variables of an expansion that hold what each parameter is.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

/// How many parameters can have one.
pub const MOST: usize = NAMES.len();

const NAMES: [&str; 9] = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
];

/// The place of the user's token, with names that neither see nor are seen by the user's.
pub fn at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// The variable that holds the role of the parameter at `index`.
pub fn variable(index: usize, span: Span) -> Ident {
    Ident::new(NAMES[index], at(span))
}

/// All these roles as one value: `(first, (second, ()))`.
pub fn chain(indices: impl DoubleEndedIterator<Item = usize>) -> TokenStream {
    let span = at(Span::call_site());
    indices
        .rev()
        .fold(quote_spanned!(span=> ()), |rest, index| {
            let role = variable(index, span);
            quote_spanned!(span=> (#role, #rest))
        })
}
