//! The command line of a binary that holds several links.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::Command;

use crate::config::{Config, LogConfig, Uid};
use crate::link::TypeNames;
use crate::rpc::Served;
use crate::spec::LinkSpec;

use super::command::{asks_to_describe, builtin, dressed, matches};
use super::error::{Stop, UsageError};
use super::flags::{self, BuiltInFlag, FLAGS, FlagScope};
use super::given::Given;
use super::micromodule::{self, refuse_clashes};
use super::{Lookup, describe};
use crate::args::{ArgsSpec, UserArgs, spellings};

/// One link of a topology as its command line sees it.
#[derive(Clone, Copy)]
pub struct TopologyLink {
    /// What its attribute says.
    pub spec: LinkSpec,
    /// The types of its function.
    pub types: TypeNames,
    /// Its own arguments.
    pub args: ArgsSpec,
    /// The methods it serves.
    pub methods: fn() -> Vec<Served>,
}

/// One link of a topology, ready to run.
pub struct TopologyMember {
    /// Its configuration. All links of one process carry different uids.
    pub config: Config,
    /// Its own arguments; links with the same type of arguments share them.
    pub args: UserArgs,
}

/// The command line of a topology, parsed.
pub struct Parsed {
    /// The links in the order given.
    pub members: Vec<TopologyMember>,
    /// Whose the log lines are that belong to none of them.
    pub uid: Uid,
    /// What is logged and in which form.
    pub log: LogConfig,
    /// How long it may take, if that was given.
    pub time_limit: Option<Duration>,
    /// Which links keep the promise that was chosen for all of them, for the log.
    pub promise: Option<String>,
}

/// Reads the command line of a topology: the flags that all links share, and the own arguments of
/// all links. Without an address the broker is the embedded one.
///
/// # Errors
/// The exit status of a program that is to end here: help, a contract or an error was printed.
pub fn topology(
    name: &'static str,
    about: &str,
    version: &str,
    links: &[TopologyLink],
) -> Result<Parsed, ExitCode> {
    parse(
        name,
        about,
        version,
        links,
        std::env::args_os(),
        &super::environment,
    )
    .map_err(super::end)
}

pub(super) fn parse(
    name: &'static str,
    about: &str,
    version: &str,
    links: &[TopologyLink],
    argv: impl IntoIterator<Item = OsString>,
    env: Lookup<'_>,
) -> Result<Parsed, Stop> {
    let command = command(name, links)?;
    let mut command = dressed(command, name, about, version);
    let matches = matches(&mut command, argv)?;
    if asks_to_describe(&matches) {
        return Err(Stop::Print(describe::topology(links)));
    }
    let given = Given {
        matches: &matches,
        env,
    };
    for flag in FLAGS
        .iter()
        .filter(|flag| flag.scope == FlagScope::Micromodule)
    {
        if given.variable(flag.env)?.is_some() {
            return Err(UsageError::NotForTopologies { name: flag.env }.into());
        }
    }
    let shared = given.shared()?;
    let broker = given.broker_of_topology()?;
    let time_limit = given.time_limit()?;
    let container = given.container_uid()?;
    let mut members: Vec<TopologyMember> = Vec::with_capacity(links.len());
    for (index, link) in links.iter().enumerate() {
        let spec = &link.spec;
        let uid = match &container {
            Some(uid) => uid.numbered(index),
            None => Uid::random().map_err(UsageError::from)?,
        };
        let mut config = micromodule::declared(spec, uid, broker.clone())?;
        config.choose_group(spec, shared.own_group.as_ref().map(|chosen| chosen.value));
        shared.put_into_one(&mut config)?;
        let args = match links[..index]
            .iter()
            .position(|other| other.args.same(&link.args))
        {
            Some(other) => members[other].args.clone(),
            None => link
                .args
                .parse(&matches)
                .map_err(|error| error.format(&mut command))?,
        };
        members.push(TopologyMember { config, args });
    }
    let uid = match container {
        Some(uid) => uid,
        None => Uid::random().map_err(UsageError::from)?,
    };
    let configs: Vec<_> = members.iter().map(|member| &member.config).collect();
    shared.refuse_unreached(&configs)?;
    let promise = shared.who_promises(&configs);
    Ok(Parsed {
        members,
        uid,
        log: shared.log,
        time_limit,
        promise,
    })
}

/// The clap command with the flags and the arguments of all links, each type of arguments once.
fn command(name: &'static str, links: &[TopologyLink]) -> Result<Command, UsageError> {
    let default = |flag: &BuiltInFlag| {
        (flag.id == flags::BROKER.id).then(|| "a broker inside this process".to_owned())
    };
    let mut command = builtin(Command::new(name), FlagScope::Topology, default);
    for (index, link) in links.iter().enumerate() {
        let earlier = &links[..index];
        if earlier.iter().any(|other| other.args.same(&link.args)) {
            continue;
        }
        refuse_clashes(link.spec.class, &link.args)?;
        for other in earlier {
            refuse_clash_of_links(other, link)?;
        }
        command = link.args.augment(command, heading(link, links));
    }
    Ok(command)
}

/// The classes that take the arguments of `link`.
fn heading(link: &TopologyLink, links: &[TopologyLink]) -> String {
    let sharing = links.iter().filter(|other| other.args.same(&link.args));
    let classes: Vec<_> = sharing.map(|other| other.spec.class).collect();
    format!("Options of {}", classes.join(", "))
}

fn refuse_clash_of_links(first: &TopologyLink, second: &TopologyLink) -> Result<(), UsageError> {
    let names = |link: &TopologyLink| {
        let command = link.args.alone();
        let ids = command
            .get_arguments()
            .map(|arg| format!("{}", arg.get_id()));
        let spellings = command.get_arguments().flat_map(spellings);
        ids.chain(spellings).collect::<Vec<_>>()
    };
    let known = names(first);
    let clashes: Vec<_> = names(second)
        .into_iter()
        .filter(|name| known.contains(name))
        .collect();
    match clashes.as_slice() {
        [] => Ok(()),
        some => Err(UsageError::LinksClash {
            first: first.spec.class,
            second: second.spec.class,
            spellings: format!("`{}`", some.join("`, `")),
        }),
    }
}
