//! What a link means, once every rule that tokens alone can break has been checked.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit_mut::{VisitMut, visit_type_mut};
use syn::{
    FnArg, GenericParam, Lifetime, LitInt, LitStr, Path, ReturnType, Safety, Signature, Type,
};

use super::args::{LinkArgs, StreamArg};
use super::function::Function;
use super::promise::{self, Promise};
use super::value::{millis, name_fault};
use crate::refusal::Refusals;

/// A link that can be expanded.
pub struct Link {
    pub name: Ident,
    pub inputs: Vec<StreamArg>,
    pub outputs: Vec<StreamArg>,
    pub every_millis: Option<u64>,
    pub lanes: Option<LitInt>,
    pub group: Option<LitStr>,
    pub promise: Promise,
    pub setup: Option<Path>,
    pub finish: Option<Path>,
    pub args: Option<Type>,
    pub parameters: Vec<Parameter>,
    /// Where the return type stands, or the name of a function that returns nothing.
    pub returns: Span,
}

/// A parameter as its tokens tell it.
pub enum Parameter {
    /// By value: the message.
    Value(Type),
    /// `&mut T`: the state.
    Exclusive(Type),
    /// `&T`: the message, the state or the context; the compiler decides.
    Shared(Type),
}

impl Parameter {
    /// The type, without the reference.
    pub fn inner(&self) -> &Type {
        match self {
            Self::Value(ty) | Self::Exclusive(ty) | Self::Shared(ty) => ty,
        }
    }
}

/// Checks everything, and refuses everything that is wrong.
pub fn validate(written: LinkArgs, function: Function, refusals: &mut Refusals) -> Option<Link> {
    let signature = function.signature;
    check_signature(&signature, &written, refusals);
    let parameters = parameters(&signature, refusals);
    check_parameters(&parameters, &written, &signature.ident, refusals);
    check_source_options(&written, refusals);
    let promise = promise::validate(&written, refusals);
    let streams = |option: &Option<super::args::Written<Vec<StreamArg>>>,
                   refusals: &mut Refusals| {
        let streams = option.as_ref().map(|option| option.value.clone());
        let streams = streams.unwrap_or_default();
        check_streams(&streams, refusals);
        streams
    };
    let inputs = streams(&written.input, refusals);
    let outputs = streams(&written.output, refusals);
    let every_millis = written
        .every
        .and_then(|every| refusals.keep(millis(&every.value)));
    let returns = match &signature.output {
        ReturnType::Default => signature.ident.span(),
        ReturnType::Type(_, ty) => ty.span(),
    };
    Some(Link {
        name: signature.ident,
        inputs,
        outputs,
        every_millis,
        lanes: written.lanes.map(|lanes| lanes.value),
        group: written.group.map(|group| group.value),
        promise,
        setup: written.setup.map(|setup| setup.value),
        finish: written.finish.map(|finish| finish.value),
        args: written.args.map(|args| args.value),
        parameters: parameters?,
        returns,
    })
}

fn check_signature(signature: &Signature, written: &LinkArgs, refusals: &mut Refusals) {
    let refused = "is not supported on a link: write a plain `fn` or `async fn`";
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
        let message = "a link takes no variable number of arguments: name each parameter";
        refusals.at(variadic.dots.span(), message);
    }
    for parameter in &signature.generics.params {
        let what = match parameter {
            GenericParam::Lifetime(_) => continue,
            GenericParam::Type(parameter) => &parameter.ident,
            GenericParam::Const(parameter) => &parameter.ident,
        };
        let message = format!(
            "a link is not generic: write the concrete type in place of `{what}`, and call a \
             generic function from the link"
        );
        refusals.at(what.span(), message);
    }
    if let ReturnType::Type(_, ty) = &signature.output
        && let Type::Never(never) = &**ty
    {
        let message = "a link returns, so that it can stop: a source that goes on for ever returns \
                       an iterator, or is called again with `every = \"2s\"`";
        refusals.at(never.span(), message);
    }
    let wants_main = written.main.as_ref().is_none_or(|main| main.value.value());
    if signature.ident == "main" && wants_main {
        let message = "`main` is generated: give the function the name of the link";
        refusals.at(signature.ident.span(), message);
    }
}

fn parameters(signature: &Signature, refusals: &mut Refusals) -> Option<Vec<Parameter>> {
    let read = signature.inputs.iter().map(|input| match input {
        FnArg::Receiver(receiver) => {
            let message = "a link is a free function without `self`: take the state as a \
                           parameter, `state: &mut State`";
            refusals.at(receiver.self_token.span(), message);
            None
        }
        FnArg::Typed(typed) => {
            if let Some(cfg) = typed.attrs.iter().find(|attr| attr.path().is_ident("cfg")) {
                let message = "a parameter of a link cannot come and go with `cfg`: put the `cfg` \
                               on the function";
                refusals.at(cfg.path().span(), message);
            }
            parameter(&typed.ty, refusals)
        }
    });
    read.collect::<Vec<_>>().into_iter().collect()
}

fn parameter(written: &Type, refusals: &mut Refusals) -> Option<Parameter> {
    let mut ty = bare(written).clone();
    if let Type::Reference(reference) = &ty
        && let Some(lifetime) = &reference.lifetime
        && lifetime.ident == "static"
    {
        let message = "a parameter is lent to the link for one call: remove `'static`";
        refusals.at(lifetime.span(), message);
        return None;
    }
    let mut prepare = Prepare { unnameable: None };
    prepare.visit_type_mut(&mut ty);
    if let Some(span) = prepare.unnameable {
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
fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Paren(inner) => bare(&inner.elem),
        Type::Group(inner) => bare(&inner.elem),
        other => other,
    }
}

/// Makes a type ready to stand in the expansion: the function's lifetimes have no name there.
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

fn check_parameters(
    parameters: &Option<Vec<Parameter>>,
    written: &LinkArgs,
    name: &Ident,
    refusals: &mut Refusals,
) {
    // A parameter that was not understood may be anything: nothing is said of the others then.
    let Some(parameters) = parameters else { return };
    let has_input = written.mentions("input");
    let (mut messages, mut states, mut shared) = (0, 0, 0);
    for (at, parameter) in parameters.iter().enumerate() {
        let span = parameter.inner().span();
        match parameter {
            Parameter::Value(_) => {
                messages += 1;
                if messages > 1 {
                    let message = "a link takes one message, by value, and this is the second: \
                                   take both as a tuple, `(a, b): (A, B)`; a state is written \
                                   `&mut T`, the context `&Context`";
                    refusals.at(span, message);
                } else if !has_input {
                    let message = "this link takes a message but has no input: write where it \
                                   comes from, `#[catenae::link(input = \"…\")]`; a state is \
                                   written `&mut T`, the context `&Context`";
                    refusals.at(span, message);
                }
            }
            Parameter::Exclusive(_) => {
                states += 1;
                if states > 1 {
                    let message = "a link takes one state, and this is the second: put both into \
                                   one struct";
                    refusals.at(span, message);
                }
            }
            Parameter::Shared(ty) => {
                shared += 1;
                let same = |other: &Parameter| matches!(other, Parameter::Shared(o) if o == ty);
                if parameters.iter().take(at).any(same) {
                    let message = "another parameter has the same type, and a link takes its \
                                   message, its state and the context once each: remove one";
                    refusals.at(span, message);
                } else if shared > 3 {
                    let message = "a link takes at most its message, its state and the `&Context`";
                    refusals.at(span, message);
                }
            }
        }
    }
    if parameters.len() > 3 && refusals.is_empty() {
        let message = "a link takes at most its message, its state and the `&Context`";
        refusals.at(parameters[3].inner().span(), message);
    }
    if has_input && messages == 0 && shared == 0 {
        let message = "this link has an input but takes no message: add a parameter by value, or \
                       `&str` or `&[u8]` to borrow it; to ignore it write `_: &[u8]`";
        refusals.at(name.span(), message);
    }
    if states == 0 && shared == 0 {
        for (option, path) in [("setup", &written.setup), ("finish", &written.finish)] {
            if let Some(path) = path {
                let message = format!(
                    "`{option}` needs a state, and this link has none: add a parameter \
                     `state: &mut State`"
                );
                refusals.at(path.name.span(), message);
            }
        }
    }
    if let Some(lanes) = &written.lanes
        && states > 0
        && lanes
            .value
            .base10_parse::<u32>()
            .is_ok_and(|lanes| lanes > 1)
    {
        let message = "a link with a state runs on one lane: remove `lanes`, or the state; to \
                       share the work of a link with a state start more instances";
        refusals.at(lanes.value.span(), message);
    }
}

fn check_source_options(written: &LinkArgs, refusals: &mut Refusals) {
    if let Some(every) = &written.every
        && written.mentions("input")
    {
        let message = "`every` calls a source again and again, and this link has an `input`, which \
                       calls it: remove one of the two";
        refusals.at(every.name.span(), message);
    }
    if let Some(lanes) = &written.lanes {
        match lanes.value.base10_parse::<u32>() {
            Ok(1..=1024) if written.mentions("input") => {}
            Ok(1..=1024) => {
                let message = "`lanes` share the electrons of an input, and this link has none: \
                               remove `lanes`, or add `input = \"…\"`";
                refusals.at(lanes.name.span(), message);
            }
            _ => {
                let message = "a link runs on at least 1 lane and at most 1024";
                refusals.at(lanes.value.span(), message);
            }
        }
    }
    if let Some(group) = &written.group {
        if !written.mentions("input") {
            let message = "`group` shares an input among instances, and this link has none: remove \
                           `group`, or add `input = \"…\"`";
            refusals.at(group.name.span(), message);
        }
        if group.value.value().is_empty() {
            let message = "the name of a consumer group is not empty: write one, or leave `group` \
                           out for `catenae_<class>`";
            refusals.at(group.value.span(), message);
        }
    }
}

fn check_streams(streams: &[StreamArg], refusals: &mut Refusals) {
    let mut seen = Vec::new();
    for stream in streams {
        let (span, text) = match stream {
            StreamArg::Name(name) => {
                let text = name.value();
                if let Some(fault) = name_fault(&text) {
                    refusals.at(name.span(), fault);
                    continue;
                }
                (name.span(), format!("\"{text}\""))
            }
            StreamArg::Typed(path) => (path.span(), path.to_token_stream().to_string()),
        };
        if seen.contains(&text) {
            refusals.at(span, "the same stream is named twice: remove one");
        }
        seen.push(text);
    }
}
