//! The command line as people write it: every flag, its variable, its default, its refusal.

mod behavior;
mod contract;
mod defaults;
mod failures;
mod flags;
mod kafka;
mod logs;
mod own;
mod promises;
mod streams;
mod topology;

use std::ffi::OsString;
use std::fmt::Debug;

use clap::Args;

use crate::codec::Codec;
use crate::config::{Config, LogConfig};
use crate::link::{TypeNames, Wiring};
use crate::outcome::{Failure, FailureKind, OnError, OnErrors};
use crate::spec::LinkSpec;
use crate::stream::StreamRef;

use super::error::Stop;
use super::micromodule;
use crate::args::{ArgsSpec, UserArgs};

/// The link of the tests, as an attribute would describe it.
const MAPPER: LinkSpec = LinkSpec::new("Mapper")
    .summary("Counts the words of one line.")
    .version("0.3.0")
    .inputs(&[StreamRef {
        name: "lines",
        codec: Codec::Text,
    }])
    .outputs(&[
        StreamRef {
            name: "words",
            codec: Codec::Json,
        },
        StreamRef::named("rest"),
    ])
    .lanes(4);

/// A link on one lane, which can promise anything.
const SINGLE: LinkSpec = MAPPER.lanes(1);

/// Arguments of a user.
#[derive(Args, Clone, Debug, PartialEq)]
struct Own {
    /// Words shorter than this are left out
    #[arg(long, default_value_t = 3)]
    shortest: usize,
    /// Where the words to leave out are
    #[arg(long = "stop-words", env = "MAPPER_TEST_STOP_WORDS")]
    stop_words: Option<String>,
    /// Its field has the name of one of our flags, its flag has not
    #[arg(long = "source")]
    input: Option<String>,
}

fn wiring(args: ArgsSpec) -> Wiring {
    Wiring {
        open: Box::new(|_| {
            Err(Failure::new(
                FailureKind::Lifecycle,
                "nothing runs in these tests",
            ))
        }),
        takes_message: true,
        types: TypeNames {
            message: Some("&str"),
            output: "Vec<(String, u64)>",
            state: None,
        },
        args,
    }
}

/// Splits a command line at its spaces.
fn words(line: &str) -> Vec<OsString> {
    line.split(' ')
        .filter(|word| !word.is_empty())
        .map(OsString::from)
        .collect()
}

/// An environment of `NAME=value`.
fn lookup<'e>(env: &'e [(&'e str, &'e str)]) -> impl Fn(&str) -> Option<OsString> + 'e {
    |name| {
        env.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.into())
    }
}

fn parse(
    spec: &LinkSpec,
    wiring: &Wiring,
    line: &str,
    env: &[(&str, &str)],
) -> Result<(Config, UserArgs, LogConfig), Stop> {
    let line = words(&format!("mapper {line}"));
    micromodule::parse(spec, wiring, &[], line, &lookup(env))
}

fn mapper(line: &str, env: &[(&str, &str)]) -> Result<(Config, LogConfig), Stop> {
    parse(&MAPPER, &wiring(ArgsSpec::none()), line, env).map(|(config, _, log)| (config, log))
}

/// The configuration of a link whose function fits its streams.
fn run(spec: &LinkSpec, line: &str) -> Result<Config, Stop> {
    let mut wiring = wiring(ArgsSpec::none());
    wiring.takes_message = !spec.inputs.is_empty();
    if spec.outputs.is_empty() {
        wiring.types.output = "()";
    }
    parse(spec, &wiring, line, &[]).map(|(config, _, _)| config)
}

const fn every(then: OnError) -> OnErrors {
    OnErrors {
        decode: then,
        handler: then,
        panic: then,
    }
}

/// What a program that ends before it begins prints, and its status.
fn printed(stop: &Stop) -> (String, u8) {
    match stop {
        Stop::Print(text) => (text.clone(), 0),
        Stop::Clap(error) => (
            error.to_string(),
            if error.use_stderr() { super::USAGE } else { 0 },
        ),
        Stop::Usage(error) => (error.to_string(), super::USAGE),
    }
}

/// The refusal of a command line.
#[track_caller]
fn refused<T>(result: Result<T, Stop>, expected: &str) {
    let stop = result
        .err()
        .unwrap_or_else(|| panic!("accepted, but wanted {expected:?}"));
    let (text, status) = printed(&stop);
    assert!(text.contains(expected), "{expected:?} is not in {text:?}");
    assert_eq!(status, 2, "{text}");
}

/// One flag with its variable: `cases` are texts and what becomes of them, `bad` are texts and a
/// part of the refusal.
#[track_caller]
fn check<T: PartialEq + Debug>(
    flag: &str,
    env: &str,
    read: impl Fn(&Config, &LogConfig) -> T,
    default: T,
    cases: &[(&str, T)],
    bad: &[(&str, &str)],
) {
    let value = |line: &str, env: &[(&str, &str)]| match mapper(line, env) {
        Ok((config, log)) => read(&config, &log),
        Err(stop) => panic!("`{line}` {env:?}: {}", printed(&stop).0),
    };
    assert_eq!(value("", &[]), default, "default");
    assert_eq!(
        value("", &[(env, "")]),
        default,
        "an empty variable says nothing"
    );
    for (text, expected) in cases {
        assert_eq!(
            value(&format!("{flag}={text}"), &[]),
            *expected,
            "{flag}={text}"
        );
        assert_eq!(value("", &[(env, text)]), *expected, "{env}={text}");
    }
    // The flag wins over the environment, even over one that would be refused.
    for (other, _) in cases {
        let (first, expected) = &cases[0];
        assert_eq!(
            value(&format!("{flag}={first}"), &[(env, other)]),
            *expected,
            "precedence"
        );
    }
    for (text, expected) in bad {
        let (first, kept) = &cases[0];
        assert_eq!(
            value(&format!("{flag}={first}"), &[(env, text)]),
            *kept,
            "precedence"
        );
        refused(
            mapper(&format!("{flag}={text}"), &[]),
            &format!("`{flag}`: {expected}"),
        );
        refused(mapper("", &[(env, text)]), &format!("`{env}`: {expected}"));
    }
}
