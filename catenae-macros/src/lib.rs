//! The attribute macros of catenae: a table of contents.

mod function;
mod link;
mod options;
mod parameter;
mod print;
mod refusal;
mod rpc;
#[cfg(test)]
mod snapshot;
mod span;
mod twin;

use proc_macro::TokenStream;

#[expect(missing_docs, reason = "documented where the library exports it")]
#[proc_macro_attribute]
pub fn link(args: TokenStream, item: TokenStream) -> TokenStream {
    let expansion = link::link(args.into(), item.into(), link::Target::of_this_build());
    print::if_asked(&expansion);
    expansion.into()
}

#[expect(missing_docs, reason = "documented where the library exports it")]
#[proc_macro_attribute]
pub fn rpc(args: TokenStream, item: TokenStream) -> TokenStream {
    let expansion = rpc::rpc(args.into(), item.into());
    print::if_asked(&expansion);
    expansion.into()
}
