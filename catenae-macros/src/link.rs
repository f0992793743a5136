//! `#[catenae::link]`: written, then meant, then emitted.

mod args;
#[cfg(test)]
mod choices;
mod expand;
mod model;
mod promise;
mod reading;
#[cfg(test)]
mod tests;
mod value;

use proc_macro2::TokenStream;
use quote::quote;

use crate::function::{self, Kind};
use crate::refusal::Refusals;

/// What Cargo is compiling.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A binary or an example: a micromodule.
    Program,
    /// A library or a test.
    Other,
}

impl Target {
    /// Cargo names the binary or example it compiles, and nothing otherwise.
    pub fn of_this_build() -> Self {
        match std::env::var_os("CARGO_BIN_NAME") {
            Some(_) => Self::Program,
            None => Self::Other,
        }
    }
}

/// The user's item, unchanged and first, and what stands beside it.
pub fn link(args: TokenStream, item: TokenStream, target: Target) -> TokenStream {
    let mut refusals = Refusals::default();
    let written = args::parse(args, &mut refusals);
    let Some(function) = function::parse(item.clone(), Kind::Link, &mut refusals) else {
        let errors = refusals.into_tokens();
        return quote!(#item #errors);
    };
    let companions = expand::Companions::new(&function, &written, target);
    let beside = match model::validate(written, function, &mut refusals) {
        Some(link) if refusals.is_empty() => expand::expand(&link, &companions),
        _ => {
            let stub = companions.stub();
            let errors = refusals.into_tokens();
            quote!(#stub #errors)
        }
    };
    quote!(#item #beside)
}
