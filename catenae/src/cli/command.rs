//! Builds the clap command of a micromodule or a topology out of the table of flags.

use std::ffi::OsString;

use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::kafka;

use super::error::{Stop, UsageError};
use super::flags::{BuiltInFlag, FLAGS, FlagScope, FlagValue};

/// The subcommand that prints the contract.
pub(super) const DESCRIBE: &str = "describe";

/// An empty command with the built-in flags of `scope`; `default` says what a flag falls back to.
pub(super) fn builtin(
    command: Command,
    scope: FlagScope,
    default: impl Fn(&BuiltInFlag) -> Option<String>,
) -> Command {
    let flags = FLAGS.iter().filter(|flag| in_scope(flag, scope));
    command.args(flags.map(|flag| arg(flag, default(flag))))
}

/// Whether a command of `scope` has the flag.
pub(super) fn in_scope(flag: &BuiltInFlag, scope: FlagScope) -> bool {
    flag.scope == FlagScope::Everywhere || flag.scope == scope
}

fn arg(flag: &BuiltInFlag, default: Option<String>) -> Arg {
    let default = default.or_else(|| flag.default.map(str::to_owned));
    let default = default
        .map(|default| format!(" [default: {default}]"))
        .unwrap_or_default();
    let arg = Arg::new(flag.id)
        .long(flag.long)
        .help(format!("{}\n[env: {}]{default}", flag.help, flag.env))
        .help_heading(flag.heading.title());
    let arg = match flag.short {
        Some(short) => arg.short(short),
        None => arg,
    };
    match flag.takes {
        FlagValue::Value => arg.value_name(flag.value).action(ArgAction::Set),
        FlagValue::Values => arg.value_name(flag.value).action(ArgAction::Append),
        // Presence means true; `=false` overrules the environment.
        FlagValue::Switch => arg
            .value_name("true|false")
            .action(ArgAction::Set)
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
    }
}

/// What comes last, because a user's type may bring an `about` of its own.
pub(super) fn dressed(command: Command, name: &'static str, about: &str, version: &str) -> Command {
    let library = format!(
        "catenae {}, librdkafka {}",
        env!("CARGO_PKG_VERSION"),
        kafka::client_version()
    );
    let version = match version {
        "" => format!("({library})"),
        version => format!("{version} ({library})"),
    };
    let about = Resettable::from((!about.is_empty()).then(|| about.to_owned().into()));
    // The help in the tests must not depend on the terminal they run in.
    let command = if cfg!(test) {
        command.term_width(100)
    } else {
        command.max_term_width(100)
    };
    command
        .name(name)
        .about(about)
        .long_about(Resettable::Reset)
        .version(version)
        .disable_help_subcommand(true)
        .args_conflicts_with_subcommands(true)
        .subcommand_negates_reqs(true)
        .subcommand(Command::new(DESCRIBE).about("Prints the contract as JSON and exits"))
}

/// Takes a command line apart.
pub(super) fn matches(
    command: &mut Command,
    argv: impl IntoIterator<Item = OsString>,
) -> Result<ArgMatches, Stop> {
    command.try_get_matches_from_mut(argv).map_err(|error| {
        // What clap takes for a command is nearly always a word that has lost its flag.
        match error.get(ContextKind::InvalidSubcommand) {
            Some(ContextValue::String(word)) if word != DESCRIBE => {
                let word = word.clone();
                UsageError::StrayWord { word }.into()
            }
            _ => error.into(),
        }
    })
}

/// Whether the contract is asked for.
pub(super) fn asks_to_describe(matches: &ArgMatches) -> bool {
    matches.subcommand_name() == Some(DESCRIBE)
}
