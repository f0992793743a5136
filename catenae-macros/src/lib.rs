//! The attribute macros of catenae: a table of contents.

use proc_macro::TokenStream;

/// See the documentation of `catenae::link`.
#[proc_macro_attribute]
pub fn link(_args: TokenStream, item: TokenStream) -> TokenStream {
    item
}
