//! Where the tokens of an expansion stand, and whose names they see.

use proc_macro2::Span;

/// The place of the user's token, with names that neither see nor are seen by the user's.
pub fn at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}
