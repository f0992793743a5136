//! The parameters of a function, as their tokens tell them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::visit_mut::{VisitMut, visit_type_mut};
use syn::{FnArg, Lifetime, Pat, Signature, Type};

use crate::function::Kind;
use crate::refusal::Refusals;
use crate::span::at;

/// A parameter: its name in an expansion, and its form.
pub struct Parameter {
    /// What the expansion calls it: as the user does, where that is a name and not one of the expansion's own.
    name: String,
    pub form: Form,
}

/// A parameter as its tokens tell it.
pub enum Form {
    /// By value: a message, or an argument.
    Value(Type),
    /// `&mut T`: the state.
    Exclusive(Type),
    /// `&T`: the compiler decides what it is.
    Shared(Type),
}

impl Parameter {
    /// The type, without the reference.
    pub fn inner(&self) -> &Type {
        match &self.form {
            Form::Value(ty) | Form::Exclusive(ty) | Form::Shared(ty) => ty,
        }
    }

    /// The variable of an expansion that holds what it is; it neither sees nor is seen by the user's.
    pub fn variable(&self, span: Span) -> Ident {
        Ident::new(&self.name, at(span))
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        self.inner().span()
    }
}

/// What they all are, as one value: `(first, (second, ()))`.
pub fn chain<'p>(parameters: impl DoubleEndedIterator<Item = &'p Parameter>) -> TokenStream {
    let span = at(Span::call_site());
    parameters
        .rev()
        .fold(quote_spanned!(span=> ()), |rest, parameter| {
            let role = parameter.variable(span);
            quote_spanned!(span=> (#role, #rest))
        })
}

/// Reads all parameters; `None` when one of them was refused.
pub fn parse(signature: &Signature, kind: Kind, refusals: &mut Refusals) -> Option<Vec<Parameter>> {
    let inputs = signature.inputs.iter().enumerate();
    let read = inputs.map(|(index, input)| one(index, input, kind, refusals));
    read.collect::<Vec<_>>().into_iter().collect()
}

fn one(index: usize, input: &FnArg, kind: Kind, refusals: &mut Refusals) -> Option<Parameter> {
    let a = kind.a();
    let typed = match input {
        FnArg::Receiver(receiver) => {
            let message = format!(
                "{a} is a free function without `self`: take the state as a parameter, \
                 `state: &mut State`"
            );
            refusals.at(receiver.self_token.span(), message);
            return None;
        }
        FnArg::Typed(typed) => typed,
    };
    if let Some(cfg) = typed.attrs.iter().find(|attr| attr.path().is_ident("cfg")) {
        let message = format!(
            "a parameter of {a} cannot be conditional on `cfg`: put the `cfg` on the function"
        );
        refusals.at(cfg.path().span(), message);
    }
    let form = form(&typed.ty, kind, refusals)?;
    let name = name(&typed.pat, index);
    Some(Parameter { name, form })
}

/// What a parameter is called that has no name of its own.
const ORDINALS: [&str; 9] = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
];

/// How many parameters there can be.
pub const MOST: usize = ORDINALS.len();

/// The other variables of the expansions, which a reader must be able to tell from the user's; and `gen`, which
/// is a name in edition 2021 and a keyword in that of the expansion.
const OURS: [&str; 12] = [
    "arguments",
    "carried",
    "item",
    "lent",
    "link",
    "made",
    "out",
    "parameters",
    "record",
    "returned",
    "gen",
    "state",
];

fn name(pattern: &Pat, index: usize) -> String {
    let own = match pattern {
        Pat::Ident(own) => own.ident.to_string(),
        _ => String::new(),
    };
    let is_taken = OURS.contains(&&*own) || ORDINALS.contains(&&*own);
    // Raw identifiers are keywords elsewhere.
    if own.is_empty() || own.starts_with("r#") || is_taken {
        return ORDINALS.get(index).copied().unwrap_or("further").to_owned();
    }
    own
}

fn form(written: &Type, kind: Kind, refusals: &mut Refusals) -> Option<Form> {
    let mut ty = bare(written).clone();
    if let Type::Reference(reference) = &ty
        && let Some(lifetime) = &reference.lifetime
        && lifetime.ident == "static"
    {
        let noun = kind.noun();
        let message = format!("a parameter is lent to the {noun} for one call: remove `'static`");
        refusals.at(lifetime.span(), message);
        return None;
    }
    if let Some(span) = prepare(&mut ty) {
        let message = "`impl Trait` is not supported as a parameter: write the concrete type";
        refusals.at(span, message);
        return None;
    }
    Some(match ty {
        Type::Reference(reference) => {
            let inner = bare(&reference.elem).clone();
            match reference.mutability {
                Some(_) => Form::Exclusive(inner),
                None => Form::Shared(inner),
            }
        }
        other => Form::Value(other),
    })
}

/// The type without parentheses, visible or not.
pub fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Paren(inner) => bare(&inner.elem),
        Type::Group(inner) => bare(&inner.elem),
        other => other,
    }
}

/// Makes a type ready to stand in the expansion, where the function's lifetimes have no name; returns
/// where an `impl Trait` stands, which has none either.
pub fn prepare(ty: &mut Type) -> Option<Span> {
    let mut prepare = Prepare { unnameable: None };
    prepare.visit_type_mut(ty);
    prepare.unnameable
}

struct Prepare {
    unnameable: Option<Span>,
}

impl VisitMut for Prepare {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident != "static" {
            lifetime.ident = Ident::new("_", lifetime.ident.span());
        }
    }

    fn visit_type_mut(&mut self, ty: &mut Type) {
        if let Type::ImplTrait(found) = ty {
            self.unnameable.get_or_insert(found.impl_token.span());
        }
        visit_type_mut(self, ty);
    }
}
