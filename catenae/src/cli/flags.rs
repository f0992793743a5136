//! The table of the built-in flags: what each is called on the command line and in the environment.

mod behavior;

pub(super) use behavior::{
    CAP, COMMIT_INTERVAL, DELIVERY, ON_ERROR, RETRY, RPC, SEQ, SHUTDOWN, STALL_TIMEOUT, SYNC,
};

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
pub(super) enum Takes {
    /// One value, once.
    Value,
    /// A value, as often as one likes.
    Values,
    /// Nothing, or `=true`, `=false` to overrule the environment.
    Switch,
}

/// Where a flag exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// In a micromodule and in a topology.
    Everywhere,
    /// In a single micromodule only: the links of a topology differ here.
    Micromodule,
}

/// One built-in flag.
#[derive(Debug)]
pub(super) struct Flag {
    /// Its name in clap, which no field of a user's type can have.
    pub(super) id: &'static str,
    pub(super) long: &'static str,
    pub(super) short: Option<char>,
    pub(super) env: &'static str,
    pub(super) value: &'static str,
    pub(super) help: &'static str,
    pub(super) default: Option<&'static str>,
    pub(super) takes: Takes,
    pub(super) heading: Heading,
    pub(super) scope: Scope,
}

impl Flag {
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
            takes: Takes::Value,
            heading,
            scope: Scope::Everywhere,
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

    const fn takes(mut self, takes: Takes) -> Self {
        self.takes = takes;
        self
    }

    const fn micromodule(mut self) -> Self {
        self.scope = Scope::Micromodule;
        self
    }
}

/// The version of this table, for programs that read `describe`; counted up when a flag changes.
pub(super) const VERSION: u32 = 3;

pub(super) const INPUT: Flag = Flag::new("::input", "CATENAE_INPUT", Heading::Streams)
    .short('i')
    .help(
        "STREAMS",
        "Input streams, separated by commas, the most important first",
    )
    .micromodule();
pub(super) const OUTPUT: Flag = Flag::new("::output", "CATENAE_OUTPUT", Heading::Streams)
    .short('o')
    .help(
        "STREAMS",
        "Output streams, separated by commas; the first is the default destination",
    )
    .micromodule();
pub(super) const INPUT_MODE: Flag =
    Flag::new("::input-mode", "CATENAE_INPUT_MODE", Heading::Streams)
        .help(
            "MODE",
            "Which input is next: `parity` (equal shares), `exp` (1.7 times the share of the one \
             behind it) or `strict` (the first that is not empty)",
        )
        .default("parity");
pub(super) const EXP_WINDOW: Flag = Flag::new(
    "::exp-window-size",
    "CATENAE_EXP_WINDOW_SIZE",
    Heading::Streams,
)
.help(
    "SECONDS",
    "How far an input may run ahead of its share: so long one waits at most for having been \
     served much",
)
.default("900");
pub(super) const PARTITIONS: Flag =
    Flag::new("::partitions", "CATENAE_PARTITIONS", Heading::Streams)
        .help("NUMBER", "Partitions of a stream that has to be created")
        .default("10");

pub(super) const BROKER: Flag = Flag::new(
    "::kafka-bootstrap-server",
    "CATENAE_KAFKA_BOOTSTRAP_SERVER",
    Heading::Kafka,
)
.short('k')
.help(
    "HOST:PORT",
    "Where Kafka is; several addresses separated by commas",
);
pub(super) const GROUP: Flag =
    Flag::new("::consumer-group", "CATENAE_CONSUMER_GROUP", Heading::Kafka)
        .short('g')
        .help("GROUP", "Instances of one group share the work")
        .micromodule();
pub(super) const RANDOM_GROUP: Flag = Flag::new(
    "::random-consumer-group",
    "CATENAE_RANDOM_CONSUMER_GROUP",
    Heading::Kafka,
)
.help(
    "",
    "Be a group of its own: this instance gets every electron",
)
.takes(Takes::Switch)
.micromodule();
pub(super) const CONSUMER_TIMEOUT: Flag = Flag::new(
    "::consumer-timeout",
    "CATENAE_CONSUMER_TIMEOUT",
    Heading::Kafka,
)
.help(
    "SECONDS",
    "How long an instance may go without polling before its partitions go to other instances; \
     one that died is noticed after 10 seconds, or after this if it is less",
)
.default("300");
pub(super) const KAFKA: Flag = Flag::new("::kafka", "CATENAE_KAFKA", Heading::Kafka)
    .help(
        "KEY=VALUE",
        "A setting for librdkafka, passed on untouched; may be repeated. In the environment: \
         pairs separated by commas, or one per line. It takes the place of one in the attribute; \
         one that would break a promise is refused",
    )
    .takes(Takes::Values);

pub(super) const UID: Flag = Flag::new("::uid", "CATENAE_UID", Heading::Behavior)
    .help(
        "UID",
        "The id of this instance; without it $HOSTNAME when CATENAE_DOCKER is set, else 12 random \
         hexadecimal digits",
    )
    .micromodule();

pub(super) const LOG_LEVEL: Flag = Flag::new("::log-level", "CATENAE_LOG_LEVEL", Heading::Logs)
    .help(
        "LEVEL",
        "`trace`, `debug`, `info`, `warn`, `error` or `off`; single targets as in \
         `info,librdkafka=debug`",
    )
    .default("info");
pub(super) const LOG_FORMAT: Flag = Flag::new("::log-format", "CATENAE_LOG_FORMAT", Heading::Logs)
    .help("FORMAT", "`text` or `json`, one object per line")
    .default("text");

/// All flags in the order of the help.
pub(super) const FLAGS: &[&Flag] = &[
    &INPUT,
    &OUTPUT,
    &INPUT_MODE,
    &EXP_WINDOW,
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
    &STALL_TIMEOUT,
    &SHUTDOWN,
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
