//! The command line of one micromodule, from its words to its configuration.

use std::ffi::OsString;
use std::time::Duration;

use clap::Command;

use crate::config::{self, Broker, Config, LogConfig, Uid, defaults};
use crate::link::Wiring;
use crate::rpc::{Served, named_twice};
use crate::spec::LinkSpec;
use crate::stream::StreamRef;

use super::command::{asks_to_describe, builtin, dressed, matches};
use super::error::{Stop, UsageError};
use super::flags::{self, BuiltInFlag, FLAGS, FlagScope, RESERVED};
use super::given::{Given, GivenText};
use super::{Lookup, describe};
use crate::args::{ArgsSpec, UserArgs, spellings};

/// Reads the command line of the link `spec`.
///
/// # Errors
/// What to do in place of a run.
pub(super) fn parse(
    spec: &LinkSpec,
    wiring: &Wiring,
    methods: &[Served],
    argv: impl IntoIterator<Item = OsString>,
    env: Lookup<'_>,
) -> Result<(Config, UserArgs, LogConfig), Stop> {
    if let Some(method) = named_twice(methods.iter().map(|served| served.spec.name)) {
        let class = spec.class;
        return Err(UsageError::TwoMethods { class, method }.into());
    }
    let mut command = command(spec, &wiring.args)?;
    let matches = matches(&mut command, argv)?;
    if asks_to_describe(&matches) {
        return Err(Stop::Print(describe::micromodule(spec, wiring, methods)));
    }
    let args = wiring
        .args
        .parse(&matches)
        .map_err(|error| error.format(&mut command))?;
    let given = Given {
        matches: &matches,
        env,
    };
    let (config, log) = resolve(spec, wiring, &given)?;
    Ok((config, args, log))
}

/// The clap command of one micromodule.
fn command(spec: &LinkSpec, own: &ArgsSpec) -> Result<Command, UsageError> {
    refuse_clashes(spec.class, own)?;
    let command = builtin(Command::new(spec.class), FlagScope::Micromodule, |flag| {
        default(spec, flag)
    });
    let command = own.augment(command, format!("Options of {}", spec.class));
    Ok(dressed(command, spec.class, spec.summary, spec.version))
}

/// What a flag falls back to in this micromodule.
fn default(spec: &LinkSpec, flag: &BuiltInFlag) -> Option<String> {
    let names = |streams: &[StreamRef]| {
        let names: Vec<_> = streams.iter().map(|stream| stream.name).collect();
        (!names.is_empty()).then(|| names.join(","))
    };
    match flag.id {
        id if id == flags::INPUT.id => names(spec.inputs),
        id if id == flags::OUTPUT.id => names(spec.outputs),
        id if id == flags::BROKER.id => Some(defaults::BROKER.to_owned()),
        id if id == flags::INPUT_MODE.id => Some(spec.input_mode.to_string()),
        id if id == flags::EXP_WINDOW.id => spec.exp_window.map(seconds_text),
        id if id == flags::RESERVE.id => Some(format!("{}%", spec.reserve)),
        id if id == flags::PARTITIONS.id => spec.partitions.map(|number| number.to_string()),
        id if id == flags::CONSUMER_TIMEOUT.id => spec.consumer_timeout.map(seconds_text),
        id if id == flags::GROUP.id => {
            let of_its_own = || "one of its own for each instance".to_owned();
            Some(config::declared_group(spec).unwrap_or_else(of_its_own))
        }
        id if id == flags::DELIVERY.id => Some(spec.delivery.to_string()),
        id if id == flags::COMMIT_INTERVAL.id => spec.commit_interval.map(seconds_text),
        id if id == flags::RETRY.id => spec.policy.retry.as_ref().map(config::retry_text),
        id if id == flags::ON_ERROR.id => Some(config::on_error_text(&spec.policy.on_error)),
        id if id == flags::CAP.id => Some(config::cap_text(&spec.policy.cap)),
        _ => None,
    }
}

/// A time span as the flags take it.
fn seconds_text(span: Duration) -> String {
    span.as_secs_f64().to_string()
}

/// Refuses the user's arguments that are spelled like ours: clap would panic, or one would hide the
/// other.
pub(super) fn refuse_clashes(class: &'static str, own: &ArgsSpec) -> Result<(), UsageError> {
    let alone = own.alone();
    if alone.has_subcommands() {
        return Err(UsageError::Subcommands { class });
    }
    let taken = |spelling: &String| {
        let ours = |flag: &&BuiltInFlag| {
            *spelling == format!("--{}", flag.long)
                || flag
                    .short
                    .is_some_and(|short| *spelling == format!("-{short}"))
        };
        RESERVED.contains(&spelling.as_str()) || FLAGS.iter().any(ours)
    };
    let clashes: Vec<_> = alone
        .get_arguments()
        .flat_map(spellings)
        .filter(taken)
        .collect();
    match clashes.as_slice() {
        [] => Ok(()),
        some => Err(UsageError::Clash {
            class,
            spellings: format!("`{}`", some.join("`, `")),
        }),
    }
}

fn resolve(
    spec: &LinkSpec,
    wiring: &Wiring,
    given: &Given<'_>,
) -> Result<(Config, LogConfig), UsageError> {
    let shared = given.shared()?;
    let uid = match (given.text(&flags::UID)?, given.container_uid()?) {
        (Some(text), _) => text.read(str::parse)?,
        (None, Some(uid)) => uid,
        (None, None) => Uid::random()?,
    };
    let broker = given.broker(Broker::Address(defaults::BROKER.to_owned()))?;
    let mut config = declared(spec, uid, broker)?;
    set_group(&mut config, spec, given)?;
    let class = spec.class;
    match given.text(&flags::INPUT)? {
        Some(GivenText { origin, .. }) if !wiring.takes_message => {
            return Err(UsageError::InputOfSource { class, origin });
        }
        Some(text) => {
            config.inputs = text.read(|text| config::named(text, spec.inputs, spec.outputs))?;
        }
        None if wiring.takes_message && config.inputs.is_empty() => {
            return Err(UsageError::NoInput { class });
        }
        None => {}
    }
    if let Some(text) = given.text(&flags::OUTPUT)? {
        config.outputs = text.read(|text| config::named(text, spec.outputs, spec.inputs))?;
    }
    if wiring.types.output != "()" && config.outputs.is_empty() {
        return Err(UsageError::NoOutput { class });
    }
    shared.put_into(&mut config)?;
    Ok((config, shared.log))
}

/// What the attribute says.
pub(super) fn declared(spec: &LinkSpec, uid: Uid, broker: Broker) -> Result<Config, UsageError> {
    Config::new(spec, uid, broker).map_err(|(direction, problem)| {
        let origin = format!("`{direction}` in the attribute of `{}`", spec.class);
        UsageError::Value { origin, problem }
    })
}

/// A group by flag wins over any group by environment, whichever of the two flags it is.
fn set_group(config: &mut Config, spec: &LinkSpec, given: &Given<'_>) -> Result<(), UsageError> {
    let named = given.text(&flags::GROUP)?;
    let switch = given.text(&flags::RANDOM_GROUP)?;
    let random = match &switch {
        Some(text) if text.read(config::switch)? => switch.as_ref(),
        _ => None,
    };
    match (named, random) {
        (Some(named), Some(random)) if named.by_flag == random.by_flag => {
            let (group, random) = (named.origin, random.origin.clone());
            Err(UsageError::TwoGroups { group, random })
        }
        (Some(named), random) if random.is_none_or(|_| named.by_flag) => {
            config.share_group(named.read(config::group_name)?);
            Ok(())
        }
        (_, random) => {
            config.choose_group(spec, switch.as_ref().map(|_| random.is_some()));
            Ok(())
        }
    }
}
