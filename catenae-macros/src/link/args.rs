//! What is written between the parentheses of the attribute.

mod failures;
mod words;

use proc_macro2::{Ident, TokenStream};
use syn::parse::{Parse, ParseStream};
use syn::{Lit, LitBool, LitInt, LitStr, Path, Token, Type, bracketed, token};

use crate::options::{self, Tail, Written, path, set};
use crate::refusal::Refusals;

pub use failures::{CapArgs, OnErrorArgs, RetryArgs};

/// The options that exist.
pub const OPTIONS: [&str; 23] = [
    "input",
    "output",
    "every",
    "setup",
    "finish",
    "rpc",
    "args",
    "lanes",
    "input_mode",
    "exp_window",
    "reserve",
    "partitions",
    "group",
    "consumer_timeout",
    "delivery",
    "commit_interval",
    "order",
    "retry",
    "on_error",
    "cap",
    "kafka",
    "main",
    "crate",
];

/// The options that are planned: a clearer refusal than an unknown one gets.
const PLANNED: [&str; 4] = ["tick", "batch", "instances", "codec"];

/// The options as written; an option of which nothing was understood is among the refusals.
#[derive(Default)]
pub struct LinkArgs {
    pub input: Option<Written<Vec<StreamArg>>>,
    pub output: Option<Written<Vec<StreamArg>>>,
    pub every: Option<Written<LitStr>>,
    pub setup: Option<Written<Path>>,
    pub finish: Option<Written<Path>>,
    pub rpc: Option<Written<Vec<Path>>>,
    pub args: Option<Written<Type>>,
    pub lanes: Option<Written<LitInt>>,
    pub input_mode: Option<Written<Ident>>,
    pub exp_window: Option<Written<LitStr>>,
    /// In percent.
    pub reserve: Option<Written<LitInt>>,
    pub partitions: Option<Written<LitInt>>,
    pub group: Option<Written<LitStr>>,
    pub consumer_timeout: Option<Written<LitStr>>,
    pub delivery: Option<Written<Ident>>,
    pub commit_interval: Option<Written<LitStr>>,
    pub order: Option<Written<Ident>>,
    pub retry: Option<Written<RetryArgs>>,
    pub on_error: Option<Written<OnErrorArgs>>,
    pub cap: Option<Written<CapArgs>>,
    pub kafka: Option<Written<Vec<LitStr>>>,
    pub main: Option<Written<LitBool>>,
    pub krate: Option<Written<Path>>,
    /// The names of all options, understood or not: a rule that misses one must not speak then.
    pub names: Vec<String>,
}

/// A stream in `input` or `output`.
#[derive(Clone)]
pub enum StreamArg {
    /// `"lines"`
    Name(LitStr),
    /// The path of a `const LINES: Stream<T>`.
    Typed(Path),
}

impl LinkArgs {
    /// Whether an option of this name is written, understood or not.
    pub fn mentions(&self, name: &str) -> bool {
        self.names.iter().any(|written| written == name)
    }
}

/// Reads all options, each on its own, so that a mistake in one hides none in the next.
pub fn parse(args: TokenStream, refusals: &mut Refusals) -> LinkArgs {
    let mut written = LinkArgs::default();
    let names = options::each(args, refusals, |name, text, tail, refusals| {
        written.read(name, text, tail, refusals);
    });
    LinkArgs { names, ..written }
}

impl LinkArgs {
    fn read(&mut self, name: Ident, text: &str, tail: Tail, refusals: &mut Refusals) {
        match text {
            "retry" => self.retry = RetryArgs::read(name, tail, refusals),
            "on_error" => self.on_error = OnErrorArgs::read(name, tail, refusals),
            "cap" => self.cap = CapArgs::read(name, tail, refusals),
            _ => self.read_value(name, text, tail.value(), refusals),
        }
    }

    fn read_value(&mut self, name: Ident, text: &str, value: TokenStream, refusals: &mut Refusals) {
        match text {
            "input" => set(&mut self.input, name, value, streams, refusals),
            "output" => set(&mut self.output, name, value, streams, refusals),
            "every" => set(&mut self.every, name, value, period, refusals),
            "setup" => set(&mut self.setup, name, value, path, refusals),
            "finish" => set(&mut self.finish, name, value, path, refusals),
            "rpc" => set(&mut self.rpc, name, value, methods, refusals),
            "args" => set(&mut self.args, name, value, Type::parse, refusals),
            "lanes" => set(&mut self.lanes, name, value, number, refusals),
            "input_mode" => set(
                &mut self.input_mode,
                name,
                value,
                words::input_mode,
                refusals,
            ),
            "exp_window" => set(&mut self.exp_window, name, value, period, refusals),
            "reserve" => set(&mut self.reserve, name, value, percent, refusals),
            "partitions" => set(&mut self.partitions, name, value, number, refusals),
            "group" => set(&mut self.group, name, value, string, refusals),
            "consumer_timeout" => set(&mut self.consumer_timeout, name, value, period, refusals),
            "delivery" => set(&mut self.delivery, name, value, words::delivery, refusals),
            "commit_interval" => set(&mut self.commit_interval, name, value, period, refusals),
            "order" => set(&mut self.order, name, value, words::order, refusals),
            "kafka" => set(&mut self.kafka, name, value, settings, refusals),
            "main" => set(&mut self.main, name, value, boolean, refusals),
            "crate" => set(&mut self.krate, name, value, path, refusals),
            unknown => refusals.at(name.span(), unknown_option(unknown)),
        }
    }
}

fn unknown_option(name: &str) -> String {
    if PLANNED.contains(&name) {
        return format!("`{name}` is not yet supported");
    }
    options::unknown(name, &OPTIONS)
}

fn streams(input: ParseStream<'_>) -> syn::Result<Vec<StreamArg>> {
    if !input.peek(token::Bracket) {
        return Ok(vec![stream(input)?]);
    }
    let content;
    let bracket = bracketed!(content in input);
    let list = content.parse_terminated(stream, Token![,])?;
    if list.is_empty() {
        let message = "the list is empty: name a stream, or leave the option out";
        return Err(syn::Error::new(bracket.span.join(), message));
    }
    Ok(list.into_iter().collect())
}

fn stream(input: ParseStream<'_>) -> syn::Result<StreamArg> {
    const EXPECTED: &str = "expected the name of a stream, `\"lines\"`, the path of a \
         `const LINES: Stream<T>`, or a list of these, `[\"lines\", LINES]`";
    if input.peek(Lit) {
        return match input.parse()? {
            Lit::Str(name) => Ok(StreamArg::Name(name)),
            other => Err(syn::Error::new(other.span(), EXPECTED)),
        };
    }
    let start = input.span();
    let path = input.call(Path::parse_mod_style);
    path.map(StreamArg::Typed)
        .map_err(|_| syn::Error::new(start, EXPECTED))
}

fn methods(input: ParseStream<'_>) -> syn::Result<Vec<Path>> {
    if !input.peek(token::Bracket) {
        return Ok(vec![method(input)?]);
    }
    let content;
    let bracket = bracketed!(content in input);
    let list = content.parse_terminated(method, Token![,])?;
    if list.is_empty() {
        let message = "the list is empty: name a function with `#[catenae::rpc]`, or leave the \
                       option out";
        return Err(syn::Error::new(bracket.span.join(), message));
    }
    Ok(list.into_iter().collect())
}

fn method(input: ParseStream<'_>) -> syn::Result<Path> {
    let message = "expected the name of a function with `#[catenae::rpc]`, without quotes, or a \
                   list of these: `[count, module::reset]`";
    let start = input.span();
    let found = input.call(Path::parse_mod_style);
    found.map_err(|_| syn::Error::new(start, message))
}

fn settings(input: ParseStream<'_>) -> syn::Result<Vec<LitStr>> {
    const EXPECTED: &str = "expected settings for librdkafka, `[\"linger.ms=50\", …]`";
    let setting = |input: ParseStream<'_>| literal(input, EXPECTED, as_string);
    if !input.peek(token::Bracket) {
        return Ok(vec![setting(input)?]);
    }
    let content;
    bracketed!(content in input);
    let list = content.parse_terminated(setting, Token![,])?;
    Ok(list.into_iter().collect())
}

fn literal<T>(
    input: ParseStream<'_>,
    expected: &str,
    pick: fn(Lit) -> Result<T, Lit>,
) -> syn::Result<T> {
    if !input.peek(Lit) {
        return Err(input.error(expected));
    }
    pick(input.parse()?).map_err(|other| syn::Error::new(other.span(), expected))
}

fn period(input: ParseStream<'_>) -> syn::Result<LitStr> {
    let expected = "expected a period with its unit in quotes, such as `\"2s\"`";
    literal(input, expected, as_string)
}

fn pauses(input: ParseStream<'_>) -> syn::Result<LitStr> {
    let expected = "expected the first pause and the longest in quotes, such as `\"100ms..10s\"`";
    literal(input, expected, as_string)
}

fn string(input: ParseStream<'_>) -> syn::Result<LitStr> {
    literal(input, "expected a string, `\"…\"`", as_string)
}

fn as_string(literal: Lit) -> Result<LitStr, Lit> {
    match literal {
        Lit::Str(string) => Ok(string),
        other => Err(other),
    }
}

fn number(input: ParseStream<'_>) -> syn::Result<LitInt> {
    literal(
        input,
        "expected a number, such as `4`",
        |literal| match literal {
            Lit::Int(number) => Ok(number),
            other => Err(other),
        },
    )
}

/// A number with its sign.
fn percent(input: ParseStream<'_>) -> syn::Result<LitInt> {
    const EXPECTED: &str = "expected a share in percent, such as `10%`";
    let number = literal(input, EXPECTED, |literal| match literal {
        Lit::Int(number) => Ok(number),
        other => Err(other),
    })?;
    if input.parse::<Token![%]>().is_err() {
        return Err(syn::Error::new(number.span(), EXPECTED));
    }
    Ok(number)
}

fn boolean(input: ParseStream<'_>) -> syn::Result<LitBool> {
    literal(
        input,
        "expected `true` or `false`",
        |literal| match literal {
            Lit::Bool(boolean) => Ok(boolean),
            other => Err(other),
        },
    )
}
