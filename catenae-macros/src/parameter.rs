//! The parameters of a function, as their tokens tell them.

use proc_macro2::{Ident, Span};
use syn::spanned::Spanned;
use syn::visit_mut::{VisitMut, visit_type_mut};
use syn::{FnArg, Lifetime, Signature, Type};

use crate::function::Kind;
use crate::refusal::Refusals;

/// A parameter as its tokens tell it.
pub enum Parameter {
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
        match self {
            Self::Value(ty) | Self::Exclusive(ty) | Self::Shared(ty) => ty,
        }
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        self.inner().span()
    }
}

/// Reads all parameters; `None` when one of them was refused.
pub fn parse(signature: &Signature, kind: Kind, refusals: &mut Refusals) -> Option<Vec<Parameter>> {
    let a = kind.a();
    let read = signature.inputs.iter().map(|input| match input {
        FnArg::Receiver(receiver) => {
            let message = format!(
                "{a} is a free function without `self`: take the state as a parameter, \
                 `state: &mut State`"
            );
            refusals.at(receiver.self_token.span(), message);
            None
        }
        FnArg::Typed(typed) => {
            if let Some(cfg) = typed.attrs.iter().find(|attr| attr.path().is_ident("cfg")) {
                let message = format!(
                    "a parameter of {a} cannot come and go with `cfg`: put the `cfg` on the \
                     function"
                );
                refusals.at(cfg.path().span(), message);
            }
            one(&typed.ty, kind, refusals)
        }
    });
    read.collect::<Vec<_>>().into_iter().collect()
}

fn one(written: &Type, kind: Kind, refusals: &mut Refusals) -> Option<Parameter> {
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
                Some(_) => Parameter::Exclusive(inner),
                None => Parameter::Shared(inner),
            }
        }
        other => Parameter::Value(other),
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
