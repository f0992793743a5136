//! The attribute macros of catenae: a table of contents.

mod link;
mod refusal;

use proc_macro::TokenStream;

/// See the documentation of `catenae::link`.
#[proc_macro_attribute]
pub fn link(args: TokenStream, item: TokenStream) -> TokenStream {
    link::link(args.into(), item.into(), link::Target::of_this_build()).into()
}
