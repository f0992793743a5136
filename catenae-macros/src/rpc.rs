//! `#[catenae::rpc]`: written, then meant, then emitted.

mod args;
mod expand;
mod model;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;

use crate::function::{self, Kind};
use crate::refusal::Refusals;
use crate::twin::Twin;

/// The user's item, unchanged and first, and what stands beside it.
pub fn rpc(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut refusals = Refusals::default();
    let written = args::parse(args, &mut refusals);
    let Some(function) = function::parse(item.clone(), Kind::Rpc, &mut refusals) else {
        let errors = refusals.into_tokens();
        return quote!(#item #errors);
    };
    let krate = written.krate.as_ref().map(|krate| &krate.value);
    let twin = Twin::new(&function, krate);
    let returned = model::returned(&function.signature, &mut refusals);
    let beside = match model::validate(&written, &function, &mut refusals) {
        Some(rpc) if refusals.is_empty() => expand::expand(&rpc, &returned, &twin),
        _ => {
            let stub = expand::stub(&returned, &twin);
            let errors = refusals.into_tokens();
            quote!(#stub #errors)
        }
    };
    quote!(#item #beside)
}
