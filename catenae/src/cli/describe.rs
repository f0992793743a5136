//! The contract of a micromodule as JSON: what it reads, writes and takes.
//!
//! The keys come in the order of the structs below and are only ever added to:
//! `class`, `summary`, `version` (of the user's package), `inputs` and `outputs` (`stream`,
//! `codec`), `types` (`message`, `output`, `state`; null where there is none), `group` (null when each instance has one
//! of its own), `every_ms` (null unless it is a source with a period), `lanes`, `input_mode` (`parity`, `exp` or
//! `strict`), `exp_window_ms`, `reserve_percent`, `consumer_timeout_ms`, `partitions`, `delivery`, `commit_interval_ms`, `order`
//! (`pipelined`, `seq` or `sync`), `retry` (null without one, else `max`, `backoff_ms` with the
//! first and the longest pause, `jitter`, `waiting`: `in_place`, `parked` or `delayed`), `on_error`
//! (`decode`, `handler`, `panic`), `cap` (`run`, `percent`), `kafka` (the names of the settings for
//! librdkafka, never their values), `args` (`name`, `help`, `default`, `required`, `env`), `rpcs` (what the
//! link lists: `name`, `summary`, `arguments` and `returned` with the types as the compiler writes them,
//! `state`: whether it takes that of the link, `idempotent`), `flags` (the version of the built-in flags)
//! and `catenae` (of the library).

use clap::Arg;
use serde::Serialize;

use crate::codec::Codec;
use crate::config::{declared_group, defaults, on_error_word};
use crate::link::{TypeNames, Wiring};
use crate::outcome::{self, OnErrors, RetryWait};
use crate::rpc::Served;
use crate::spec::LinkSpec;
use crate::stream::StreamRef;

use super::flags;
use super::topology::TopologyLink;
use crate::args::ArgsSpec;

#[derive(Serialize)]
struct Contract {
    class: &'static str,
    summary: &'static str,
    version: &'static str,
    inputs: Vec<ContractStream>,
    outputs: Vec<ContractStream>,
    types: ContractTypes,
    group: Option<String>,
    every_ms: Option<u128>,
    lanes: u32,
    input_mode: String,
    exp_window_ms: u128,
    reserve_percent: u32,
    consumer_timeout_ms: u128,
    partitions: u32,
    delivery: String,
    commit_interval_ms: u128,
    order: String,
    retry: Option<ContractRetry>,
    on_error: ContractOnError,
    cap: ContractCap,
    kafka: Vec<&'static str>,
    args: Vec<OwnArg>,
    rpcs: Vec<ContractRpc>,
    flags: u32,
    catenae: &'static str,
}

#[derive(Serialize)]
struct ContractStream {
    stream: &'static str,
    codec: &'static str,
}

#[derive(Serialize)]
struct ContractTypes {
    message: Option<&'static str>,
    output: &'static str,
    state: Option<&'static str>,
}

#[derive(Serialize)]
struct ContractRetry {
    max: u32,
    backoff_ms: [u128; 2],
    jitter: bool,
    waiting: &'static str,
}

#[derive(Serialize)]
struct ContractOnError {
    decode: &'static str,
    handler: &'static str,
    panic: &'static str,
}

#[derive(Serialize)]
struct ContractCap {
    run: u32,
    percent: u32,
}

#[derive(Serialize)]
struct OwnArg {
    name: String,
    help: Option<String>,
    default: Option<String>,
    required: bool,
    env: Option<String>,
}

#[derive(Serialize)]
struct ContractRpc {
    name: &'static str,
    summary: &'static str,
    arguments: Vec<&'static str>,
    returned: &'static str,
    state: bool,
    idempotent: bool,
}

/// The contract of one micromodule.
pub(super) fn micromodule(spec: &LinkSpec, wiring: &Wiring, methods: &[Served]) -> String {
    json(&contract(spec, wiring.types, &wiring.args, methods))
}

/// The contracts of the links of a topology, in their order.
pub(super) fn topology(links: &[TopologyLink]) -> String {
    let contracts: Vec<_> = links
        .iter()
        .map(|link| contract(&link.spec, link.types, &link.args, &(link.methods)()))
        .collect();
    json(&contracts)
}

fn json(contract: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(contract);
    text.expect("texts, numbers and lists of them are JSON") + "\n"
}

fn contract(spec: &LinkSpec, types: TypeNames, args: &ArgsSpec, methods: &[Served]) -> Contract {
    let TypeNames {
        message,
        output,
        state,
    } = types;
    Contract {
        class: spec.class,
        summary: spec.summary,
        version: spec.version,
        inputs: streams(spec.inputs),
        outputs: streams(spec.outputs),
        types: ContractTypes {
            message,
            output,
            state,
        },
        group: declared_group(spec),
        every_ms: spec.every.map(|every| every.as_millis()),
        lanes: spec.lanes,
        input_mode: spec.input_mode.to_string(),
        exp_window_ms: spec.exp_window.unwrap_or(defaults::EXP_WINDOW).as_millis(),
        reserve_percent: spec.reserve,
        consumer_timeout_ms: spec
            .consumer_timeout
            .unwrap_or(defaults::CONSUMER_TIMEOUT)
            .as_millis(),
        partitions: spec.partitions.unwrap_or(defaults::PARTITIONS),
        delivery: spec.delivery.to_string(),
        commit_interval_ms: spec
            .commit_interval
            .unwrap_or(defaults::COMMIT_INTERVAL)
            .as_millis(),
        order: spec.order.to_string(),
        retry: spec.policy.retry.map(retry),
        on_error: on_error(&spec.policy.on_error),
        cap: ContractCap {
            run: spec.policy.cap.run,
            percent: spec.policy.cap.percent,
        },
        kafka: spec.kafka.iter().map(|pair| name_of(pair)).collect(),
        args: args
            .alone()
            .get_arguments()
            .filter(|arg| !arg.is_hide_set())
            .map(own_arg)
            .collect(),
        rpcs: methods.iter().map(rpc).collect(),
        flags: flags::VERSION,
        catenae: env!("CARGO_PKG_VERSION"),
    }
}

fn streams(streams: &[StreamRef]) -> Vec<ContractStream> {
    let described = |stream: &StreamRef| ContractStream {
        stream: stream.name,
        codec: match stream.codec {
            Codec::Auto => "auto",
            Codec::Cbor => "cbor",
            Codec::Json => "json",
            Codec::Text => "text",
            Codec::Bytes => "bytes",
        },
    };
    streams.iter().map(described).collect()
}

fn retry(retry: outcome::Retry) -> ContractRetry {
    ContractRetry {
        max: retry.max,
        backoff_ms: [retry.first.as_millis(), retry.longest.as_millis()],
        jitter: retry.jitter,
        waiting: match retry.waiting {
            RetryWait::InPlace => "in_place",
            RetryWait::Parked => "parked",
            RetryWait::Delayed => "delayed",
        },
    }
}

fn on_error(giving: &OnErrors) -> ContractOnError {
    ContractOnError {
        decode: on_error_word(giving.decode),
        handler: on_error_word(giving.handler),
        panic: on_error_word(giving.panic),
    }
}

fn rpc(served: &Served) -> ContractRpc {
    ContractRpc {
        name: served.spec.name,
        summary: served.spec.summary,
        arguments: served.arguments.clone(),
        returned: served.returned,
        state: served.handler.state.is_some(),
        idempotent: served.spec.idempotent,
    }
}

/// The name of a setting; its value may be a password.
fn name_of(pair: &'static str) -> &'static str {
    pair.split_once('=').map_or("", |(name, _)| name.trim())
}

fn own_arg(arg: &Arg) -> OwnArg {
    let name = arg.get_long().map(|long| format!("--{long}"));
    let name = name.or_else(|| arg.get_short().map(|short| format!("-{short}")));
    let defaults: Vec<_> = arg
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy())
        .collect();
    OwnArg {
        name: name.unwrap_or_else(|| format!("<{}>", arg.get_id())),
        help: arg.get_help().map(ToString::to_string),
        default: (!defaults.is_empty()).then(|| defaults.join(",")),
        required: arg.is_required_set(),
        env: arg
            .get_env()
            .map(|name| name.to_string_lossy().into_owned()),
    }
}
