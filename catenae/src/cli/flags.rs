//! The table of the built-in flags: what each is called on the command line and in the environment.

mod behavior;

use crate::config::{Config, partitions, seconds};
use crate::spec::error::ConfigError;

pub(super) use behavior::{
    CAP, COMMIT_INTERVAL, DELIVERY, ON_ERROR, ON_RECREATE, RETRY, RPC, SEQ, SHUTDOWN,
    STALL_TIMEOUT, SYNC, TIME_LIMIT,
};

/// The seconds of a day.
pub(super) const DAY: u64 = 86_400;

/// Under which heading of the help a flag stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heading {
    Streams,
    Kafka,
    Behavior,
    Logs,
}

impl Heading {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Streams => "Streams",
            Self::Kafka => "Kafka",
            Self::Behavior => "Behavior",
            Self::Logs => "Logs",
        }
    }
}

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FlagValue {
    /// One value, once.
    Value,
    /// A value, as often as one likes.
    Values,
    /// Nothing, or `=true`, `=false` to overrule the environment.
    Switch,
}

/// Where a flag exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FlagScope {
    /// In a micromodule and in a topology.
    Everywhere,
    /// In a single micromodule only: the links of a topology differ here.
    Micromodule,
    /// In a topology only.
    Topology,
}

/// Puts what a flag says into the configuration of a micromodule.
pub(super) type PutIntoConfig = fn(&str, &mut Config) -> Result<(), ConfigError>;

/// One built-in flag.
#[derive(Debug)]
pub(super) struct BuiltInFlag {
    /// Its name in clap, which no field of a user's type can have.
    pub(super) id: &'static str,
    pub(super) long: &'static str,
    pub(super) short: Option<char>,
    pub(super) env: &'static str,
    pub(super) value: &'static str,
    pub(super) help: &'static str,
    pub(super) default: Option<&'static str>,
    pub(super) takes: FlagValue,
    pub(super) heading: Heading,
    pub(super) scope: FlagScope,
    /// Where it goes; `None` for what has to be looked at together with other flags, or with the attribute.
    pub(super) put: Option<PutIntoConfig>,
}

impl BuiltInFlag {
    const fn new(id: &'static str, env: &'static str, heading: Heading) -> Self {
        // The identifier is the long name behind two colons.
        let (_, long) = id.split_at(2);
        Self {
            id,
            long,
            short: None,
            env,
            value: "",
            help: "",
            default: None,
            takes: FlagValue::Value,
            heading,
            scope: FlagScope::Everywhere,
            put: None,
        }
    }

    const fn short(mut self, short: char) -> Self {
        self.short = Some(short);
        self
    }

    const fn help(mut self, value: &'static str, help: &'static str) -> Self {
        self.value = value;
        self.help = help;
        self
    }

    const fn default(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    const fn takes(mut self, takes: FlagValue) -> Self {
        self.takes = takes;
        self
    }

    const fn put(mut self, put: PutIntoConfig) -> Self {
        self.put = Some(put);
        self
    }

    const fn micromodule(mut self) -> Self {
        self.scope = FlagScope::Micromodule;
        self
    }

    const fn topology(mut self) -> Self {
        self.scope = FlagScope::Topology;
        self
    }
}

/// The version of this table, for programs that read `describe`; counted up when a flag changes.
pub(super) const VERSION: u32 = 5;

pub(super) const INPUT: BuiltInFlag =
    BuiltInFlag::new("::input", "CATENAE_INPUT", Heading::Streams)
        .short('i')
        .help(
            "STREAMS",
            "Input streams, separated by commas, the most important first",
        )
        .micromodule();
pub(super) const OUTPUT: BuiltInFlag =
    BuiltInFlag::new("::output", "CATENAE_OUTPUT", Heading::Streams)
        .short('o')
        .help(
            "STREAMS",
            "Output streams, separated by commas; the first is the default destination",
        )
        .micromodule();
pub(super) const INPUT_MODE: BuiltInFlag =
    BuiltInFlag::new("::input-mode", "CATENAE_INPUT_MODE", Heading::Streams)
        .help(
            "MODE",
            "How the next input is chosen: `parity` (equal shares), `exp` (1.7 times the share \
             of the next input in the list) or `strict` (the first input that is not empty)",
        )
        .default("parity");
pub(super) const EXP_WINDOW: BuiltInFlag = BuiltInFlag::new(
    "::exp-window-size",
    "CATENAE_EXP_WINDOW_SIZE",
    Heading::Streams,
)
.help(
    "SECONDS",
    "The longest time that an input waits because it was served a lot before",
)
.default("900")
.put(|text, config| {
    config.exp_window_size = seconds(text, 365 * DAY)?;
    Ok(())
});
pub(super) const RESERVE: BuiltInFlag = BuiltInFlag::new(
    "::reserve",
    "CATENAE_RESERVE",
    Heading::Streams,
)
.help(
    "PERCENT",
    "With `strict`: the share of its time that is kept for the inputs behind the first busy \
             one, so that none of them starves, as in `10%`",
)
.default("0%");
pub(super) const PARTITIONS: BuiltInFlag =
    BuiltInFlag::new("::partitions", "CATENAE_PARTITIONS", Heading::Streams)
        .help("NUMBER", "Partitions of a stream that has to be created")
        .default("10")
        .put(|text, config| {
            config.partitions = partitions(text)?;
            Ok(())
        });

pub(super) const BROKER: BuiltInFlag = BuiltInFlag::new(
    "::kafka-bootstrap-server",
    "CATENAE_KAFKA_BOOTSTRAP_SERVER",
    Heading::Kafka,
)
.short('k')
.help(
    "HOST:PORT",
    "Where Kafka is; several addresses separated by commas",
);
pub(super) const GROUP: BuiltInFlag =
    BuiltInFlag::new("::consumer-group", "CATENAE_CONSUMER_GROUP", Heading::Kafka)
        .short('g')
        .help("GROUP", "Instances of one group share the work")
        .micromodule();
pub(super) const RANDOM_GROUP: BuiltInFlag = BuiltInFlag::new(
    "::random-consumer-group",
    "CATENAE_RANDOM_CONSUMER_GROUP",
    Heading::Kafka,
)
.help(
    "",
    "Use a group of its own for each instance, so that every instance gets every electron",
)
.takes(FlagValue::Switch);
pub(super) const CONSUMER_TIMEOUT: BuiltInFlag = BuiltInFlag::new(
    "::consumer-timeout",
    "CATENAE_CONSUMER_TIMEOUT",
    Heading::Kafka,
)
.help(
    "SECONDS",
    "How long an instance may go without polling before its partitions go to other instances; \
     an instance that died is noticed after 10 seconds, or after this time if it is shorter",
)
.default("300")
.put(|text, config| {
    config.consumer_timeout = seconds(text, DAY)?;
    Ok(())
});
pub(super) const KAFKA: BuiltInFlag = BuiltInFlag::new("::kafka", "CATENAE_KAFKA", Heading::Kafka)
    .help(
        "KEY=VALUE",
        "A setting for librdkafka, passed on untouched; may be repeated. In the environment: \
         pairs separated by commas, or one per line. It replaces the same setting in the \
             attribute; a setting that would break a promise is refused",
    )
    .takes(FlagValue::Values);

pub(super) const UID: BuiltInFlag = BuiltInFlag::new("::uid", "CATENAE_UID", Heading::Behavior)
    .help(
        "UID",
        "The id of this instance; without it $HOSTNAME when CATENAE_DOCKER is set, else 12 random \
         hexadecimal digits",
    )
    .micromodule();

pub(super) const LOG_LEVEL: BuiltInFlag =
    BuiltInFlag::new("::log-level", "CATENAE_LOG_LEVEL", Heading::Logs)
        .help(
            "LEVEL",
            "`trace`, `debug`, `info`, `warn`, `error` or `off`; single targets as in \
         `info,librdkafka=debug`",
        )
        .default("info");
pub(super) const LOG_FORMAT: BuiltInFlag =
    BuiltInFlag::new("::log-format", "CATENAE_LOG_FORMAT", Heading::Logs)
        .help("FORMAT", "`text` or `json`, one object per line")
        .default("text");

/// All flags in the order of the help.
pub(super) const FLAGS: &[&BuiltInFlag] = &[
    &INPUT,
    &OUTPUT,
    &INPUT_MODE,
    &EXP_WINDOW,
    &RESERVE,
    &PARTITIONS,
    &BROKER,
    &GROUP,
    &RANDOM_GROUP,
    &CONSUMER_TIMEOUT,
    &KAFKA,
    &DELIVERY,
    &COMMIT_INTERVAL,
    &SEQ,
    &SYNC,
    &RETRY,
    &ON_ERROR,
    &CAP,
    &ON_RECREATE,
    &STALL_TIMEOUT,
    &SHUTDOWN,
    &TIME_LIMIT,
    &RPC,
    &UID,
    &LOG_LEVEL,
    &LOG_FORMAT,
];

/// Spellings that are kept free: clap's own, and those of the stores.
pub(super) const RESERVED: &[&str] = &[
    "--help",
    "-h",
    "--version",
    "-V",
    "--mongodb",
    "-m",
    "--aerospike",
    "-a",
];
