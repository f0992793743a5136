//! Values that are one bare word out of a few.

use proc_macro2::{Ident, TokenStream};
use syn::parse::ParseStream;

use crate::refusal::nearest;

/// What `delivery` may be.
pub fn delivery(input: ParseStream<'_>) -> syn::Result<Ident> {
    let known = ["at_least_once", "at_most_once", "exactly_once"];
    one_of(input, "delivery", &known)
}

/// What `order` may be.
pub fn order(input: ParseStream<'_>) -> syn::Result<Ident> {
    if let Ok(word) = input.fork().parse::<Ident>()
        && word == "pipelined"
    {
        let message = "`pipelined` is what a link does without an order: remove `order`";
        return Err(syn::Error::new(word.span(), message));
    }
    one_of(input, "order", &["seq", "sync"])
}

/// What `input_mode` may be.
pub fn input_mode(input: ParseStream<'_>) -> syn::Result<Ident> {
    one_of(input, "input mode", &["parity", "exp", "strict"])
}

/// What may become of an electron that failed.
pub fn then(input: ParseStream<'_>) -> syn::Result<Ident> {
    one_of(input, "policy", &["fail", "skip", "dead_letter"])
}

fn one_of(input: ParseStream<'_>, what: &str, known: &[&str]) -> syn::Result<Ident> {
    if let Ok(word) = input.fork().parse::<Ident>()
        && known.iter().any(|name| word == name)
    {
        return input.parse();
    }
    let tokens: TokenStream = input.parse()?;
    let written = tokens.to_string().replace([' ', '"'], "");
    let choice = choice(known);
    let name = written.replace('-', "_").to_lowercase();
    let message = if known.contains(&name.as_str()) {
        format!("write `{name}` without quotes, in lower case and with underscores")
    } else {
        match nearest(&name, known) {
            Some(near) => {
                format!("there is no {what} `{written}`, did you mean `{near}`? write {choice}")
            }
            None => format!("there is no {what} `{written}`; write {choice}"),
        }
    };
    Err(syn::Error::new_spanned(tokens, message))
}

/// `a`, `b` or `c`.
fn choice(known: &[&str]) -> String {
    let quoted: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        few => few.concat(),
    }
}
