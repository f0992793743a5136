//! What a link means, once every rule that tokens alone can break has been checked.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{LitInt, Path, ReturnType, Type};

use super::args::{LinkArgs, StreamArg};
use super::promise::{self, Promise};
use super::reading::{self, Reading};
use super::value::{millis, name_fault};
use crate::function::{self, Function, Kind};
use crate::options::Written;
use crate::parameter::{self, Form, Parameter};
use crate::refusal::Refusals;

/// A link that can be expanded.
pub struct Link {
    pub name: Ident,
    pub inputs: Vec<StreamArg>,
    pub outputs: Vec<StreamArg>,
    pub every_millis: Option<u64>,
    pub lanes: Option<LitInt>,
    pub reading: Reading,
    pub promise: Promise,
    pub setup: Option<Path>,
    pub finish: Option<Path>,
    /// The methods it serves.
    pub rpc: Vec<Path>,
    pub args: Option<Type>,
    pub parameters: Vec<Parameter>,
    /// Where the return type stands, or the name of a function that returns nothing.
    pub returns: Span,
    /// Whether it returns nothing.
    returns_nothing: bool,
}

impl Link {
    /// Whether nothing is ever sent unless the function takes the context: its state is built without one,
    /// and it has neither methods nor an end.
    pub fn is_silent(&self) -> bool {
        let others = self.setup.is_some() || self.finish.is_some() || !self.rpc.is_empty();
        self.returns_nothing && !others
    }
}

/// Checks everything, and refuses everything that is wrong.
pub fn validate(written: LinkArgs, function: Function, refusals: &mut Refusals) -> Option<Link> {
    let signature = function.signature;
    function::check(&signature, Kind::Link, refusals);
    check_name(&signature.ident, &written, refusals);
    let parameters = parameter::parse(&signature, Kind::Link, refusals);
    check_parameters(&parameters, &written, &signature.ident, refusals);
    check_source_options(&written, refusals);
    let reading = reading::validate(&written, refusals);
    let promise = promise::validate(&written, refusals);
    let streams = |option: &Option<Written<Vec<StreamArg>>>, refusals: &mut Refusals| {
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
    let returns_nothing = match &signature.output {
        ReturnType::Default => true,
        ReturnType::Type(_, ty) => matches!(&**ty, Type::Tuple(tuple) if tuple.elems.is_empty()),
    };
    Some(Link {
        returns_nothing,
        name: signature.ident,
        inputs,
        outputs,
        every_millis,
        lanes: written.lanes.map(|lanes| lanes.value),
        reading,
        promise,
        setup: written.setup.map(|setup| setup.value),
        finish: written.finish.map(|finish| finish.value),
        rpc: methods(written.rpc, refusals),
        args: written.args.map(|args| args.value),
        parameters: parameters?,
        returns,
    })
}

/// What stands in front of a link's name in the name of its stream of requests.
const REQUESTS: &str = "catenae_rpc_";
/// The longest name of a stream.
const LONGEST: usize = 249;

fn check_name(name: &Ident, written: &LinkArgs, refusals: &mut Refusals) {
    let said = name.unraw().to_string();
    if !said.is_ascii() {
        let message = format!(
            "`{said}` cannot be the name of a link: streams are named after it, so write ASCII letters, \
             digits and `_`"
        );
        refusals.at(name.span(), message);
    } else if said.len() > LONGEST - REQUESTS.len() {
        let message = format!(
            "the name of this link has {} letters: streams are named after it, so write at most {}",
            said.len(),
            LONGEST - REQUESTS.len()
        );
        refusals.at(name.span(), message);
    }
    let wants_main = written.main.as_ref().is_none_or(|main| main.value.value());
    if name == "main" && wants_main {
        let message = "`main` is generated: give the function the name of the link";
        refusals.at(name.span(), message);
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
        let span = parameter.span();
        match &parameter.form {
            Form::Value(_) => {
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
            Form::Exclusive(_) => {
                states += 1;
                if states > 1 {
                    let message = "a link takes one state, and this is the second: put both into \
                                   one struct";
                    refusals.at(span, message);
                }
            }
            Form::Shared(ty) => {
                shared += 1;
                let same = |other: &Parameter| matches!(&other.form, Form::Shared(o) if o == ty);
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
        refusals.at(parameters[3].span(), message);
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
        let message = "`every` calls a source again and again, but this link is called for the \
            electrons of its `input`: remove one of the two";
        refusals.at(every.name.span(), message);
    }
    if let Some(lanes) = &written.lanes {
        match lanes.value.base10_parse::<u32>() {
            Ok(1..=1024) if written.mentions("input") => {}
            Ok(1..=1024) => {
                let message = "`lanes` share the electrons of an input, and this link has no \
                    input: remove `lanes`, or add `input = \"…\"`";
                refusals.at(lanes.name.span(), message);
            }
            _ => {
                let message = "a link runs on at least 1 lane and at most 1024";
                refusals.at(lanes.value.span(), message);
            }
        }
    }
}

/// The methods, each once.
fn methods(written: Option<Written<Vec<Path>>>, refusals: &mut Refusals) -> Vec<Path> {
    let methods = written.map(|rpc| rpc.value).unwrap_or_default();
    let name = |path: &Path| path.segments.last().map(|last| last.ident.unraw());
    for (at, method) in methods.iter().enumerate() {
        let earlier = &methods[..at];
        if earlier.contains(method) {
            let text = method.to_token_stream();
            let message = format!("the rpc `{text}` is listed twice: remove one");
            refusals.at(method.span(), message);
        } else if let Some(other) = earlier.iter().find(|other| name(other) == name(method)) {
            let [text, other] = [method, other].map(|path| path.to_token_stream().to_string());
            let message = format!(
                "`{}` and `{}` have the same name, and calls go by name: rename one of them",
                other.replace(' ', ""),
                text.replace(' ', "")
            );
            refusals.at(method.span(), message);
        }
    }
    methods
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
