//! What the attribute says of failures, as written: `retry(…)`, `on_error`, `cap(…)`.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::{LitInt, LitStr};

use super::words::then;
use super::{number, pauses};
use crate::options::{Tail, Written, options, refuse_value, set, split};
use crate::refusal::{Refusals, nearest};

/// `retry(max = 5, backoff = "100ms..10s", jitter, park)`
#[derive(Default)]
pub struct RetryArgs {
    pub max: Option<Written<LitInt>>,
    pub backoff: Option<Written<LitStr>>,
    pub jitter: bool,
    /// `park` or `delayed`
    pub waiting: Option<Ident>,
}

/// `on_error = skip`, or `on_error(decode = dead_letter, handler = skip, panic = fail)`
#[derive(Default)]
pub struct OnErrorArgs {
    pub decode: Option<Written<Ident>>,
    pub handler: Option<Written<Ident>>,
    pub panic: Option<Written<Ident>>,
}

/// `cap(run = 100, percent = 10)`
#[derive(Default)]
pub struct CapArgs {
    pub run: Option<Written<LitInt>>,
    pub percent: Option<Written<LitInt>>,
}

impl RetryArgs {
    pub(super) fn read(name: Ident, tail: Tail, refusals: &mut Refusals) -> Option<Written<Self>> {
        let list = list(&name, tail, "retry(max = 5)", refusals)?;
        let known = ["max", "backoff", "jitter", "park", "delayed"];
        let (mut value, mut has_max) = (Self::default(), false);
        for (part, tail) in parts(&name, list, &known, refusals) {
            match part.unraw().to_string().as_str() {
                "max" => {
                    has_max = true;
                    set(&mut value.max, part, tail.value(), number, refusals);
                }
                "backoff" => set(&mut value.backoff, part, tail.value(), pauses, refusals),
                "jitter" => {
                    refuse_value(&part, &tail, refusals);
                    value.jitter = true;
                }
                _ => {
                    refuse_value(&part, &tail, refusals);
                    value.wait(part, refusals);
                }
            }
        }
        if !has_max {
            let message = "`retry` does not say how often: write `retry(max = 5)`";
            refusals.at(name.span(), message);
        }
        Some(Written { name, value })
    }

    fn wait(&mut self, word: Ident, refusals: &mut Refusals) {
        if self.waiting.is_some() {
            let message = "an electron waits beside the lane, `park`, or in a stream, `delayed`: \
                           keep one of the two";
            refusals.at(word.span(), message);
        } else {
            self.waiting = Some(word);
        }
    }
}

impl OnErrorArgs {
    pub(super) fn read(name: Ident, tail: Tail, refusals: &mut Refusals) -> Option<Written<Self>> {
        let mut value = Self::default();
        let list = match tail {
            Tail::List(list) => list,
            tail => {
                let mut all = None;
                set(&mut all, name.clone(), tail.value(), then, refusals);
                let all: Written<Ident> = all?;
                let again = || {
                    Some(Written {
                        name: all.name.clone(),
                        value: all.value.clone(),
                    })
                };
                value.decode = again();
                value.handler = again();
                value.panic = again();
                return Some(Written { name, value });
            }
        };
        refuse_nothing(&name, &list, "on_error(decode = skip)", refusals);
        for (part, tail) in parts(&name, list, &["decode", "handler", "panic"], refusals) {
            let slot = match part.unraw().to_string().as_str() {
                "decode" => &mut value.decode,
                "handler" => &mut value.handler,
                _ => &mut value.panic,
            };
            set(slot, part, tail.value(), then, refusals);
        }
        Some(Written { name, value })
    }
}

impl CapArgs {
    pub(super) fn read(name: Ident, tail: Tail, refusals: &mut Refusals) -> Option<Written<Self>> {
        const EXAMPLE: &str = "cap(run = 100, percent = 10)";
        let list = list(&name, tail, EXAMPLE, refusals)?;
        refuse_nothing(&name, &list, EXAMPLE, refusals);
        let mut value = Self::default();
        for (part, tail) in parts(&name, list, &["run", "percent"], refusals) {
            let slot = match part.unraw().to_string().as_str() {
                "run" => &mut value.run,
                _ => &mut value.percent,
            };
            set(slot, part, tail.value(), number, refusals);
        }
        Some(Written { name, value })
    }
}

/// What stands between the parentheses; an option without them is refused.
fn list(name: &Ident, tail: Tail, example: &str, refusals: &mut Refusals) -> Option<TokenStream> {
    if let Tail::List(list) = tail {
        return Some(list);
    }
    let message = format!("`{name}` takes a list: write `{example}`");
    refusals.at(name.span(), message);
    None
}

/// A list without anything in it.
fn refuse_nothing(name: &Ident, list: &TokenStream, example: &str, refusals: &mut Refusals) {
    if list.is_empty() {
        let message = format!("`{name}()` says nothing: write `{example}`");
        refusals.at(name.span(), message);
    }
}

/// The parts of a list whose names are known, each once.
fn parts(
    of: &Ident,
    list: TokenStream,
    known: &[&str],
    refusals: &mut Refusals,
) -> Vec<(Ident, Tail)> {
    let mut parts: Vec<(Ident, Tail)> = Vec::new();
    for part in options(list) {
        let Some((name, tail)) = refusals.keep(split.parse2(part)) else {
            continue;
        };
        let text = name.unraw().to_string();
        if !known.contains(&text.as_str()) {
            refusals.at(name.span(), unknown(of, &text, known));
        } else if parts.iter().any(|(other, _)| *other == name) {
            let message = format!("`{text}` is given twice: keep one of them");
            refusals.at(name.span(), message);
        } else {
            parts.push((name, tail));
        }
    }
    parts
}

fn unknown(of: &Ident, name: &str, known: &[&str]) -> String {
    let existing: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
    let existing = existing.join(", ");
    match nearest(name, known) {
        Some(near) => {
            format!("`{of}` has no `{name}`, did you mean `{near}`? it has {existing}")
        }
        None => format!("`{of}` has no `{name}`; it has {existing}"),
    }
}
