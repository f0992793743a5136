//! What stands between the parentheses of an attribute: options, each read on its own.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Path, Token, parenthesized, token};

use crate::refusal::{Refusals, nearest};

/// An option with its name.
pub struct Written<T> {
    pub name: Ident,
    pub value: T,
}

/// What stands behind the name of an option.
pub enum Tail {
    /// `= value`
    Value(TokenStream),
    /// `(…)`
    List(TokenStream),
    /// Nothing that an option takes; what it is, each option refuses with its own words.
    Nothing,
}

impl Tail {
    /// The value, or no tokens.
    pub fn value(self) -> TokenStream {
        match self {
            Self::Value(value) => value,
            Self::List(_) | Self::Nothing => TokenStream::new(),
        }
    }
}

/// Gives each option to `read`, so that a mistake in one hides none in the next; returns the names of
/// all of them, understood or not.
pub fn each(
    args: TokenStream,
    refusals: &mut Refusals,
    mut read: impl FnMut(Ident, &str, Tail, &mut Refusals),
) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for option in options(args) {
        let Some((name, tail)) = refusals.keep(split.parse2(option)) else {
            continue;
        };
        let text = name.unraw().to_string();
        if names.contains(&text) {
            refusals.at(
                name.span(),
                format_args!("`{text}` is given twice: keep one of them"),
            );
            continue;
        }
        read(name, &text, tail, refusals);
        names.push(text);
    }
    names
}

/// The tokens between the commas.
pub fn options(args: TokenStream) -> Vec<TokenStream> {
    let mut options = vec![TokenStream::new()];
    for token in args {
        match (&token, options.last_mut()) {
            (TokenTree::Punct(punct), _) if punct.as_char() == ',' => {
                options.push(TokenStream::new());
            }
            (_, Some(last)) => last.extend([token]),
            (_, None) => {}
        }
    }
    options.retain(|option| !option.is_empty());
    options
}

/// The name of an option, and what stands behind it.
pub fn split(input: ParseStream<'_>) -> syn::Result<(Ident, Tail)> {
    let name = Ident::parse_any(input)
        .map_err(|error| syn::Error::new(error.span(), "expected an option, `name = value`"))?;
    if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        return Ok((name, Tail::Value(input.parse()?)));
    }
    if input.peek(token::Paren) {
        let content;
        parenthesized!(content in input);
        let list = content.parse()?;
        if input.is_empty() {
            return Ok((name, Tail::List(list)));
        }
    }
    input.parse::<TokenStream>()?;
    Ok((name, Tail::Nothing))
}

/// Reads the value of an option into its place.
pub fn set<T>(
    slot: &mut Option<Written<T>>,
    name: Ident,
    value: TokenStream,
    parse: fn(ParseStream<'_>) -> syn::Result<T>,
    refusals: &mut Refusals,
) {
    if value.is_empty() {
        let example = example(&name.unraw().to_string());
        let message = format!("`{name}` needs a value: write `{name} = {example}`");
        refusals.at(name.span(), message);
        return;
    }
    let whole = |input: ParseStream<'_>| {
        let value = parse(input)?;
        if input.is_empty() {
            return Ok(value);
        }
        let rest: TokenTree = input.parse()?;
        let message = format!("unexpected `{rest}` behind the value: expected `,` or the end");
        Err(syn::Error::new(rest.span(), message))
    };
    *slot = refusals
        .keep(whole.parse2(value))
        .map(|value| Written { name, value });
}

/// A word stands alone.
pub fn refuse_value(name: &Ident, tail: &Tail, refusals: &mut Refusals) {
    let tokens = match tail {
        Tail::Nothing => return,
        Tail::Value(tokens) | Tail::List(tokens) => tokens.clone(),
    };
    let first = tokens.into_iter().next();
    let span = first.map_or_else(|| name.span(), |token| token.span());
    let message = format!("`{name}` is a word of its own and takes no value: write `{name}`");
    refusals.at(span, message);
}

/// What is said of an option that does not exist.
pub fn unknown(name: &str, known: &[&str]) -> String {
    let quoted: Vec<_> = known.iter().map(|option| format!("`{option}`")).collect();
    let existing = quoted.join(", ");
    match nearest(name, known) {
        Some(near) => format!(
            "there is no option `{name}`, did you mean `{near}`? the options are {existing}"
        ),
        None => format!("there is no option `{name}`; the options are {existing}"),
    }
}

/// The path of an item.
pub fn path(input: ParseStream<'_>) -> syn::Result<Path> {
    let start = input.span();
    let message = "expected a path, without quotes: `name` or `module::name`";
    let found = input.call(Path::parse_mod_style);
    found.map_err(|_| syn::Error::new(start, message))
}

fn example(name: &str) -> &'static str {
    match name {
        "input" | "output" => "\"stream\"",
        "every" => "\"2s\"",
        "rpc" => "[method]",
        "args" => "Type",
        "lanes" => "4",
        "delivery" => "exactly_once",
        "commit_interval" => "\"100ms\"",
        "order" => "seq",
        "input_mode" => "exp",
        "exp_window" => "\"15m\"",
        "reserve" => "10%",
        "partitions" => "10",
        "consumer_timeout" => "\"5m\"",
        "kafka" => "[\"linger.ms=50\"]",
        "max" => "5",
        "backoff" => "\"100ms..10s\"",
        "run" => "100",
        "percent" => "10",
        "on_error" | "decode" | "handler" | "panic" => "skip",
        "group" => "\"name\"",
        "main" => "false",
        "crate" => "::path",
        _ => "function",
    }
}
