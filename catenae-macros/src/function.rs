//! The signature under an attribute; the body is nobody's business.

use proc_macro2::{Ident, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, GenericParam, ReturnType, Safety, Signature, Token, Type, Visibility};

use crate::refusal::Refusals;

/// What an attribute makes of a function.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Link,
    Rpc,
}

impl Kind {
    /// The noun with its article.
    pub fn a(self) -> &'static str {
        match self {
            Self::Link => "a link",
            Self::Rpc => "an rpc",
        }
    }

    /// The noun alone.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Rpc => "rpc",
        }
    }
}

/// A function without its body.
pub struct Function {
    pub attrs: Vec<Attribute>,
    pub vis: Visibility,
    pub signature: Signature,
}

/// Reads the function, or refuses the item.
pub fn parse(item: TokenStream, kind: Kind, refusals: &mut Refusals) -> Option<Function> {
    let function = |input: ParseStream<'_>| {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        if let Some(error) = not_a_function(input, kind) {
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

fn not_a_function(input: ParseStream<'_>, kind: Kind) -> Option<syn::Error> {
    let ahead = input.fork();
    let word = ahead.call(<Ident as syn::ext::IdentExt>::parse_any).ok()?;
    let is_item = match word.to_string().as_str() {
        "struct" | "enum" | "union" | "trait" | "impl" | "mod" | "type" | "use" | "static" => true,
        "const" => ahead.peek(syn::Ident) || ahead.peek(Token![_]),
        _ => false,
    };
    let a = kind.a();
    let message = format!("{a} is a function, and this is a `{word}`: put the attribute on a `fn`");
    is_item.then(|| syn::Error::new(word.span(), message))
}

/// Refuses what no attribute takes: everything but a plain function of concrete types that returns.
pub fn check(signature: &Signature, kind: Kind, refusals: &mut Refusals) {
    let (a, noun) = (kind.a(), kind.noun());
    let refused = format!("is not supported on {a}: write a plain `fn` or `async fn`");
    if let Some(token) = &signature.constness {
        refusals.at(token.span(), format_args!("`const` {refused}"));
    }
    if let Safety::Unsafe(token) = &signature.safety {
        refusals.at(token.span(), format_args!("`unsafe` {refused}"));
    }
    if let Some(abi) = &signature.abi {
        refusals.at(abi.extern_token.span(), format_args!("`extern` {refused}"));
    }
    if let Some(variadic) = &signature.variadic {
        let message = format!("{a} takes no variable number of arguments: name each parameter");
        refusals.at(variadic.dots.span(), message);
    }
    for parameter in &signature.generics.params {
        let what = match parameter {
            GenericParam::Lifetime(_) => continue,
            GenericParam::Type(parameter) => &parameter.ident,
            GenericParam::Const(parameter) => &parameter.ident,
        };
        let message = format!(
            "{a} is not generic: write the concrete type in place of `{what}`, and call a generic \
             function from the {noun}"
        );
        refusals.at(what.span(), message);
    }
    if let ReturnType::Type(_, ty) = &signature.output
        && let Type::Never(never) = &**ty
    {
        let message = match kind {
            Kind::Link => {
                "a link must return, so that it can stop: a source without an end returns an \
                 iterator, or is called again with `every = \"2s\"`"
            }
            Kind::Rpc => {
                "an rpc returns, so that its caller gets an answer: write the type of the answer, \
                 or no type at all"
            }
        };
        refusals.at(never.span(), message);
    }
}
