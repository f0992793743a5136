//! The plain values that one running micromodule is configured with, wherever they came from.

mod broker;
mod failures;
mod kafka;
mod log;
mod promise;
mod streams;
mod uid;

use std::time::Duration;

use crate::codec::Codec;
use crate::outcome::FailurePolicy;
use crate::spec::LinkSpec;
use crate::stream::StreamName;

pub use broker::Broker;

use crate::spec::error::ConfigError;
pub(crate) use failures::{
    cap, cap_text, on_error, on_error_text, on_error_word, retry, retry_text,
};
pub use kafka::KafkaSettings;
pub use log::{LogConfig, LogFormat, LogLevel};

use crate::spec::delivery::DeliveryMode;
use crate::spec::modes::{InputMode, OnRecreate, Order, Rpc};
pub(crate) use promise::{Origins, can_promise};
use streams::declared;
pub(crate) use streams::named;
pub use uid::Uid;

/// How a micromodule that nobody told otherwise behaves.
pub(crate) mod defaults {
    use std::time::Duration;

    /// Where a single micromodule looks for Kafka.
    pub(crate) const BROKER: &str = "localhost:9092";
    /// The longest time that an input waits because it was served a lot before.
    pub(crate) const EXP_WINDOW: Duration = Duration::from_secs(900);
    /// How long a consumer may go without polling.
    pub(crate) const CONSUMER_TIMEOUT: Duration = Duration::from_secs(300);
    /// Partitions of a stream that has to be created.
    pub(crate) const PARTITIONS: u32 = 10;
    /// How long a transaction of exactly-once lasts.
    pub(crate) const COMMIT_INTERVAL: Duration = Duration::from_millis(100);
    /// How long a partition with a lag may stand still before it is reported.
    pub(crate) const STALL_TIMEOUT: Duration = Duration::from_secs(30);
    /// Below the ten seconds that container engines wait before they kill.
    pub(crate) const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(8);
}

/// The largest share that `strict` may keep for the inputs behind the first: with more, those would come first.
pub(crate) const MOST_RESERVED: u32 = 50;

/// The configuration of one running micromodule. `Debug` shows no password.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The class: the name of the link's function.
    pub class: &'static str,
    /// The version of the package the link is in; empty when unknown.
    pub version: &'static str,
    /// The id of this instance.
    pub uid: Uid,
    /// The consumer group.
    pub group: String,
    /// Whether no other instance shares the group: this one gets every electron.
    pub has_own_group: bool,
    /// Input streams, the most important first; a source has none.
    pub inputs: Vec<(StreamName, Codec)>,
    /// Output streams; the first is the default destination.
    pub outputs: Vec<(StreamName, Codec)>,
    /// The period of a source that is called again and again.
    pub every: Option<Duration>,
    /// How many lanes run the function at once; one unless `order` is pipelined.
    pub lanes: u32,
    /// Where Kafka is.
    pub broker: Broker,
    /// Settings passed on to librdkafka untouched.
    pub kafka: KafkaSettings,
    /// Partitions of a stream that has to be created.
    pub partitions: u32,
    /// How long the consumer may go without polling before its partitions go to other instances.
    pub consumer_timeout: Duration,
    /// How far electrons may overtake each other on their way through the micromodule.
    pub order: Order,
    /// What is promised about lost and repeated electrons.
    pub delivery: DeliveryMode,
    /// How long a transaction of exactly-once lasts.
    pub commit_interval: Duration,
    /// What is done about failures.
    pub policy: FailurePolicy,
    /// How long a partition with a lag may stand still before it is reported.
    pub stall_timeout: Duration,
    /// What is done when a stream in use was deleted and created again.
    pub on_recreate: OnRecreate,
    /// Which input is read next when several have something.
    pub input_mode: InputMode,
    /// The longest time that an input waits because it was served a lot before.
    pub exp_window_size: Duration,
    /// The percentage of its time that is kept in the `strict` mode for the inputs behind the first busy one.
    pub reserve: u32,
    /// How long an orderly stop may take before the process ends anyway.
    pub shutdown_timeout: Duration,
    /// Whether it can be called, and can call others.
    pub rpc: Rpc,
}

impl Config {
    /// What the attribute of a link says, and defaults for everything else.
    ///
    /// # Errors
    /// A stream name that Kafka refuses or that is there twice, or a setting for librdkafka that
    /// would break a promise, with the option of the attribute.
    pub fn new(
        spec: &LinkSpec,
        uid: Uid,
        broker: Broker,
    ) -> Result<Self, (&'static str, ConfigError)> {
        let group = declared_group(spec);
        let mut config = Self {
            class: spec.class,
            version: spec.version,
            has_own_group: group.is_none(),
            group: group.unwrap_or_else(|| own_group(&uid)),
            uid,
            inputs: declared(spec.inputs).map_err(|error| ("input", error))?,
            outputs: declared(spec.outputs).map_err(|error| ("output", error))?,
            every: spec.every,
            lanes: spec.lanes,
            broker,
            kafka: KafkaSettings::declared(spec.kafka).map_err(|error| ("kafka", error))?,
            partitions: spec.partitions.unwrap_or(defaults::PARTITIONS),
            consumer_timeout: spec.consumer_timeout.unwrap_or(defaults::CONSUMER_TIMEOUT),
            order: spec.order,
            delivery: spec.delivery,
            commit_interval: spec.commit_interval.unwrap_or(defaults::COMMIT_INTERVAL),
            policy: spec.policy,
            stall_timeout: defaults::STALL_TIMEOUT,
            on_recreate: OnRecreate::default(),
            input_mode: spec.input_mode,
            exp_window_size: spec.exp_window.unwrap_or(defaults::EXP_WINDOW),
            reserve: spec.reserve,
            shutdown_timeout: defaults::SHUTDOWN_TIMEOUT,
            rpc: Rpc::default(),
        };
        config.set_order(spec.order);
        Ok(config)
    }

    /// Checks that what is chosen does not contradict itself, and that the promise can be kept;
    /// `origins` says where each choice came from.
    ///
    /// # Errors
    /// Which choices exclude each other, why, and what to write.
    pub(crate) fn check(&self, origins: &Origins) -> Result<(), ConfigError> {
        promise::check(self, origins)
    }

    /// Sets the order, and with it how many lanes there are: one, unless it is pipelined.
    pub fn set_order(&mut self, order: Order) {
        self.order = order;
        if order != Order::Pipelined {
            self.lanes = 1;
        }
    }

    /// Gives it a group that instances share.
    pub fn share_group(&mut self, group: String) {
        self.has_own_group = false;
        self.group = group;
    }

    /// Gives it a group of its own, or one that instances share; what the attribute says stays when nothing was chosen.
    pub(crate) fn choose_group(&mut self, spec: &LinkSpec, of_its_own: Option<bool>) {
        match of_its_own {
            Some(true) => {
                self.has_own_group = true;
                self.group = own_group(&self.uid);
            }
            Some(false) => self.share_group(shared_group(spec)),
            None => {}
        }
    }

    /// Sets the id of the instance, and with it the name of a group of its own.
    pub fn set_uid(&mut self, uid: Uid) {
        self.uid = uid;
        if self.has_own_group {
            self.group = own_group(&self.uid);
        }
    }

    /// Writes every option in effect to the log, without passwords.
    pub(crate) fn log(&self) {
        tracing::debug!(
            class = self.class,
            uid = %self.uid,
            group = self.group,
            inputs = ?self.inputs,
            outputs = ?self.outputs,
            every = ?self.every,
            lanes = self.lanes,
            broker = ?self.broker,
            kafka = ?self.kafka,
            partitions = self.partitions,
            consumer_timeout = ?self.consumer_timeout,
            order = ?self.order,
            delivery = ?self.delivery,
            commit_interval = ?self.commit_interval,
            policy = ?self.policy,
            stall_timeout = ?self.stall_timeout,
            on_recreate = ?self.on_recreate,
            input_mode = ?self.input_mode,
            exp_window_size = ?self.exp_window_size,
            reserve = self.reserve,
            shutdown_timeout = ?self.shutdown_timeout,
            rpc = ?self.rpc,
            "configuration"
        );
    }
}

/// What stands in the attribute for a group of its own for every instance.
const EACH: &str = "each";

/// The group that the attribute names, or else the one named after the class; `None` when every instance has one of
/// its own.
pub(crate) fn declared_group(spec: &LinkSpec) -> Option<String> {
    (spec.group != Some(EACH)).then(|| shared_group(spec))
}

/// The group of one instance alone.
fn own_group(uid: &Uid) -> String {
    format!("catenae_{uid}")
}

/// The group that instances share who share one.
fn shared_group(spec: &LinkSpec) -> String {
    match spec.group.filter(|name| *name != EACH) {
        Some(name) => name.to_owned(),
        None => format!("catenae_{}", spec.class.to_lowercase()),
    }
}

/// Reads the name of a group, which is taken as it is.
///
/// # Errors
/// A name without a visible character.
pub(crate) fn group_name(text: &str) -> Result<String, ConfigError> {
    if text.trim().is_empty() || text.contains(char::is_control) {
        return Err(ConfigError::value(
            text,
            "write the name of a consumer group",
        ));
    }
    Ok(text.to_owned())
}

/// Reads a time span: a number of seconds above zero and at most `max`, with decimals.
///
/// # Errors
/// Says what is accepted.
pub(crate) fn seconds(text: &str, max: u64) -> Result<Duration, ConfigError> {
    let wanted = || ConfigError::value(text, format!("write seconds, above 0 and at most {max}"));
    let number: f64 = text.trim().parse().map_err(|_| wanted())?;
    let span = Duration::try_from_secs_f64(number).map_err(|_| wanted())?;
    // librdkafka and the timers count whole milliseconds.
    if span < Duration::from_millis(1) || span > Duration::from_secs(max) {
        return Err(wanted());
    }
    Ok(span)
}

/// Reads a number of partitions.
///
/// # Errors
/// Says what is accepted.
pub(crate) fn partitions(text: &str) -> Result<u32, ConfigError> {
    let max = i32::MAX.unsigned_abs();
    match text.trim().parse() {
        Ok(number) if (1..=max).contains(&number) => Ok(number),
        _ => Err(ConfigError::value(
            text,
            format!("write a whole number from 1 to {max}"),
        )),
    }
}

/// Reads a share of the time, in percent; `0%` is none.
///
/// # Errors
/// Says what is accepted.
pub(crate) fn reserve(text: &str) -> Result<u32, ConfigError> {
    let text = text.trim();
    match text.strip_suffix('%').unwrap_or(text).trim_end().parse() {
        Ok(percent) if percent <= MOST_RESERVED => Ok(percent),
        _ => Err(ConfigError::value(
            text,
            format!("write a share from `0%` (none) to `{MOST_RESERVED}%`"),
        )),
    }
}

/// Reads yes or no.
///
/// # Errors
/// Says what is accepted.
pub(crate) fn switch(text: &str) -> Result<bool, ConfigError> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(ConfigError::value(text, "write `true` or `false`")),
    }
}
