//! What a method means, once every rule that tokens alone can break has been checked.

use proc_macro2::Span;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit_mut::{VisitMut, visit_type_mut};
use syn::{Lifetime, ReturnType, Signature, Type, TypeReference};

use super::args::RpcArgs;
use crate::function::{self, Function, Kind};
use crate::parameter::{self, Form, Parameter, bare};
use crate::refusal::Refusals;

/// More arguments than this make a struct.
const MOST_ARGUMENTS: usize = 6;

/// The methods that every micromodule has.
const BUILTIN: [&str; 9] = [
    "ping",
    "describe",
    "stats",
    "stop",
    "pause",
    "resume",
    "log_level",
    "add_input",
    "remove_input",
];

/// A method that can be expanded.
pub struct Rpc {
    pub idempotent: bool,
    /// It is the library's own.
    pub builtin: bool,
    pub parameters: Vec<Parameter>,
}

/// What a method returns.
pub struct Returned {
    /// The type as written; `None` where it is none, or was refused.
    pub ty: Option<Type>,
    /// Where it stands, or the name of a function that returns nothing.
    pub span: Span,
}

/// Reads the return type, and refuses one that cannot cross.
pub fn returned(signature: &Signature, refusals: &mut Refusals) -> Returned {
    let ReturnType::Type(_, written) = &signature.output else {
        return Returned {
            ty: None,
            span: signature.ident.span(),
        };
    };
    let span = written.span();
    let mut ty = (**written).clone();
    if let Some(span) = parameter::prepare(&mut ty) {
        let message = "an rpc does not return `impl Trait`, because its stub names the type: write \
                       the concrete type";
        refusals.at(span, message);
    } else if let Some(span) = borrowed(&mut ty) {
        let message = "an answer crosses to another program: return an owned value, such as \
                       `String` for `&str`, `Vec<T>` for `&[T]`";
        refusals.at(span, message);
    } else if !matches!(ty, Type::Never(_)) {
        return Returned { ty: Some(ty), span };
    }
    Returned { ty: None, span }
}

/// Checks everything, and refuses everything that is wrong.
pub fn validate(written: &RpcArgs, function: &Function, refusals: &mut Refusals) -> Option<Rpc> {
    let signature = &function.signature;
    function::check(signature, Kind::Rpc, refusals);
    let name = signature.ident.unraw().to_string();
    if BUILTIN.contains(&name.as_str()) && !written.builtin {
        let message = format!("`{name}` is built in on every micromodule: choose another name");
        refusals.at(signature.ident.span(), message);
    }
    let parameters = parameter::parse(signature, Kind::Rpc, refusals)?;
    check_parameters(&parameters, refusals);
    Some(Rpc {
        idempotent: written.idempotent,
        builtin: written.builtin,
        parameters,
    })
}

fn check_parameters(parameters: &[Parameter], refusals: &mut Refusals) {
    let (mut arguments, mut states) = (0, 0);
    for (at, parameter) in parameters.iter().enumerate() {
        match &parameter.form {
            Form::Value(ty) => {
                arguments += 1;
                if arguments == MOST_ARGUMENTS + 1 {
                    let message = "an rpc takes at most six arguments, and this is the seventh: put \
                                   them into a struct";
                    refusals.at(ty.span(), message);
                }
                if let Some(span) = borrowed(&mut ty.clone()) {
                    let message = "an argument comes from another program, so it is owned: write \
                                   `String` for `&str`, `Vec<T>` for `&[T]`";
                    refusals.at(span, message);
                }
            }
            Form::Exclusive(ty) => {
                states += 1;
                if states > 1 {
                    let message = "an rpc takes one state, that of its link, and this is the \
                                   second: put both into one struct";
                    refusals.at(ty.span(), message);
                }
            }
            Form::Shared(ty) => {
                let same = |other: &Parameter| matches!(&other.form, Form::Shared(o) if o == ty);
                if let Some(owned) = owned(ty) {
                    let message = format!(
                        "an argument comes from another program, so it is taken by value: write \
                         `{owned}`"
                    );
                    refusals.at(ty.span(), message);
                } else if parameters[..at].iter().any(same) {
                    let message = "another parameter has the same type, and an rpc takes its \
                                   state, the `&Context` and the `&Caller` once each: remove one";
                    refusals.at(ty.span(), message);
                }
            }
        }
    }
    if parameters.len() > parameter::MOST && refusals.is_empty() {
        let message = "an rpc takes at most its state, the `&Context`, the `&Caller` and six \
                       arguments by value";
        refusals.at(parameters[parameter::MOST].span(), message);
    }
}

/// What to write in place of a reference to text or to a slice. An alias of these is left to the
/// compiler.
fn owned(ty: &Type) -> Option<String> {
    match bare(ty) {
        Type::Slice(slice) => Some(format!("Vec<{}>", slice.elem.to_token_stream())),
        Type::Path(path) if path.path.is_ident("str") => Some("String".to_owned()),
        _ => None,
    }
}

/// Where a type borrows for less than `'static`.
fn borrowed(ty: &mut Type) -> Option<Span> {
    let mut find = Borrowed(None);
    find.visit_type_mut(ty);
    find.0
}

struct Borrowed(Option<Span>);

impl VisitMut for Borrowed {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident != "static" {
            self.0.get_or_insert(lifetime.span());
        }
    }

    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        let elided = reference.lifetime.is_none();
        let lent = reference
            .lifetime
            .as_ref()
            .is_some_and(|lifetime| lifetime.ident != "static");
        if elided || lent {
            self.0.get_or_insert(reference.and_token.span());
        }
        visit_type_mut(self, &mut reference.elem);
    }
}
