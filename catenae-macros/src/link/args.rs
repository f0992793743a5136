//! What is written between the parentheses of the attribute.

mod failures;
mod words;

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Lit, LitBool, LitInt, LitStr, Path, Token, Type, bracketed, parenthesized, token};

use crate::refusal::{Refusals, nearest};

pub use failures::{CapArgs, OnErrorArgs, RetryArgs};

/// The options that exist.
const OPTIONS: [&str; 17] = [
    "input",
    "output",
    "every",
    "setup",
    "finish",
    "args",
    "lanes",
    "group",
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
const PLANNED: [&str; 5] = ["tick", "rpc", "batch", "instances", "codec"];

/// The options as written; an option of which nothing was understood is among the refusals.
#[derive(Default)]
pub struct LinkArgs {
    pub input: Option<Written<Vec<StreamArg>>>,
    pub output: Option<Written<Vec<StreamArg>>>,
    pub every: Option<Written<LitStr>>,
    pub setup: Option<Written<Path>>,
    pub finish: Option<Written<Path>>,
    pub args: Option<Written<Type>>,
    pub lanes: Option<Written<LitInt>>,
    pub group: Option<Written<LitStr>>,
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

/// An option with its name.
pub struct Written<T> {
    pub name: Ident,
    pub value: T,
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
    for option in options(args) {
        if let Some((name, value)) = refusals.keep(split.parse2(option)) {
            written.read(name, value, refusals);
        }
    }
    written
}

/// The tokens between the commas.
fn options(args: TokenStream) -> Vec<TokenStream> {
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

/// What stands behind the name of an option.
enum Tail {
    /// `= value`
    Value(TokenStream),
    /// `(…)`
    List(TokenStream),
    /// Nothing that an option takes; what it is, each option refuses with its own words.
    Nothing,
}

impl Tail {
    /// The value, or no tokens.
    fn value(self) -> TokenStream {
        match self {
            Self::Value(value) => value,
            Self::List(_) | Self::Nothing => TokenStream::new(),
        }
    }
}

/// The name of an option, and what stands behind it.
fn split(input: ParseStream<'_>) -> syn::Result<(Ident, Tail)> {
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

impl LinkArgs {
    fn read(&mut self, name: Ident, tail: Tail, refusals: &mut Refusals) {
        let text = name.unraw().to_string();
        if self.mentions(&text) {
            refusals.at(
                name.span(),
                format_args!("`{text}` is given twice: keep one of them"),
            );
            return;
        }
        self.names.push(text.clone());
        match text.as_str() {
            "retry" => self.retry = RetryArgs::read(name, tail, refusals),
            "on_error" => self.on_error = OnErrorArgs::read(name, tail, refusals),
            "cap" => self.cap = CapArgs::read(name, tail, refusals),
            _ => self.read_value(name, &text, tail.value(), refusals),
        }
    }

    fn read_value(&mut self, name: Ident, text: &str, value: TokenStream, refusals: &mut Refusals) {
        match text {
            "input" => set(&mut self.input, name, value, streams, refusals),
            "output" => set(&mut self.output, name, value, streams, refusals),
            "every" => set(&mut self.every, name, value, period, refusals),
            "setup" => set(&mut self.setup, name, value, path, refusals),
            "finish" => set(&mut self.finish, name, value, path, refusals),
            "args" => set(&mut self.args, name, value, Type::parse, refusals),
            "lanes" => set(&mut self.lanes, name, value, number, refusals),
            "group" => set(&mut self.group, name, value, string, refusals),
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
    let existing = OPTIONS.map(|option| format!("`{option}`")).join(", ");
    match nearest(name, &OPTIONS) {
        Some(near) => format!(
            "there is no option `{name}`, did you mean `{near}`? the options are {existing}"
        ),
        None => format!("there is no option `{name}`; the options are {existing}"),
    }
}

fn set<T>(
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

fn example(name: &str) -> &'static str {
    match name {
        "input" | "output" => "\"stream\"",
        "every" => "\"2s\"",
        "args" => "Type",
        "lanes" => "4",
        "delivery" => "exactly_once",
        "commit_interval" => "\"100ms\"",
        "order" => "seq",
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

fn path(input: ParseStream<'_>) -> syn::Result<Path> {
    let start = input.span();
    let message = "expected a path, without quotes: `name` or `module::name`";
    let found = input.call(Path::parse_mod_style);
    found.map_err(|_| syn::Error::new(start, message))
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
