//! The attribute macros of catenae: a table of contents.

mod link;
mod refusal;

use proc_macro::TokenStream;

#[expect(missing_docs, reason = "documented where the library exports it")]
#[proc_macro_attribute]
pub fn link(args: TokenStream, item: TokenStream) -> TokenStream {
    link::link(args.into(), item.into(), link::Target::of_this_build()).into()
}
