//! The signature under the attribute; the body is nobody's business.

use proc_macro2::{Ident, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Signature, Token, Visibility};

use crate::refusal::Refusals;

/// A function without its body.
pub struct Function {
    pub attrs: Vec<Attribute>,
    pub vis: Visibility,
    pub signature: Signature,
}

/// Reads the function, or refuses the item.
pub fn parse(item: TokenStream, refusals: &mut Refusals) -> Option<Function> {
    let function = |input: ParseStream<'_>| {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        if let Some(error) = not_a_function(input) {
            return Err(error);
        }
        let signature = input.parse()?;
        input.parse::<TokenStream>()?;
        Ok(Function {
            attrs,
            vis,
            signature,
        })
    };
    refusals.keep(function.parse2(item))
}

fn not_a_function(input: ParseStream<'_>) -> Option<syn::Error> {
    let ahead = input.fork();
    let word = ahead.call(<Ident as syn::ext::IdentExt>::parse_any).ok()?;
    let is_item = match word.to_string().as_str() {
        "struct" | "enum" | "union" | "trait" | "impl" | "mod" | "type" | "use" | "static" => true,
        "const" => ahead.peek(syn::Ident) || ahead.peek(Token![_]),
        _ => false,
    };
    let message =
        format!("a link is a function, and this is a `{word}`: put the attribute on a `fn`");
    is_item.then(|| syn::Error::new(word.span(), message))
}
