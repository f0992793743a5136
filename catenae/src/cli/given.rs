//! What was given by flag or environment, flag first, and where it came from.

use std::time::Duration;

use clap::ArgMatches;

use crate::config::{self, ConfigError, KafkaSettings, LogConfig, Uid, defaults};
use crate::config::{Broker, InputMode, Order, Rpc};

use super::Lookup;
use super::error::UsageError;
use super::flags::{self, Flag};
use super::shared::{Chosen, Shared};

/// The command line and the environment.
#[derive(Clone, Copy)]
pub(super) struct Given<'g> {
    pub(super) matches: &'g ArgMatches,
    pub(super) env: Lookup<'g>,
}

/// A text and where it came from.
pub(super) struct Text {
    pub(super) text: String,
    pub(super) origin: String,
    /// Whether the command line gave it.
    pub(super) by_flag: bool,
}

impl Text {
    /// Reads the text; an error names its origin.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&str) -> Result<T, ConfigError>,
    ) -> Result<T, UsageError> {
        read(&self.text).map_err(|problem| UsageError::Value {
            origin: self.origin.clone(),
            problem,
        })
    }

    /// How the user wrote it: `--seq`, `--delivery exactly-once`, `CATENAE_SEQ=true`.
    fn written(&self) -> String {
        let name = self.origin.trim_matches('`');
        match (self.by_flag, self.text.as_str()) {
            (true, "true") => name.to_owned(),
            (true, text) => format!("{name} {text}"),
            (false, text) => format!("{name}={text}"),
        }
    }
}

impl Given<'_> {
    /// What a variable says; an empty one says nothing.
    pub(super) fn variable(&self, name: &'static str) -> Result<Option<String>, UsageError> {
        match (self.env)(name).map(|value| value.into_string()) {
            None => Ok(None),
            Some(Ok(value)) => Ok((!value.is_empty()).then_some(value)),
            Some(Err(_)) => Err(UsageError::NotUtf8 { name }),
        }
    }

    /// What a flag that takes one value says, or else its variable.
    pub(super) fn text(&self, flag: &Flag) -> Result<Option<Text>, UsageError> {
        if let Some(text) = self.matches.get_one::<String>(flag.id) {
            let origin = format!("`--{}`", flag.long);
            return Ok(Some(Text {
                text: text.clone(),
                origin,
                by_flag: true,
            }));
        }
        let text = self.variable(flag.env)?;
        let origin = format!("`{}`", flag.env);
        Ok(text.map(|text| Text {
            text,
            origin,
            by_flag: false,
        }))
    }

    /// What a flag says, read, or else `default`.
    fn read<T>(
        &self,
        flag: &Flag,
        default: T,
        read: impl FnOnce(&str) -> Result<T, ConfigError>,
    ) -> Result<T, UsageError> {
        self.text(flag)?.map_or(Ok(default), |text| text.read(read))
    }

    /// What a flag says, read, and how it was written.
    fn chosen<T>(
        &self,
        flag: &Flag,
        read: impl FnOnce(&str) -> Result<T, ConfigError>,
    ) -> Result<Option<Chosen<T>>, UsageError> {
        let Some(text) = self.text(flag)? else {
            return Ok(None);
        };
        let value = text.read(read)?;
        Ok(Some(Chosen {
            value,
            written: text.written(),
        }))
    }

    /// What is the same for all links of a topology.
    pub(super) fn shared(&self) -> Result<Shared, UsageError> {
        const DAY: u64 = 86_400;
        let format = self.read(&flags::LOG_FORMAT, Default::default(), str::parse)?;
        let levels = |text: &str| LogConfig::parse(text, format);
        let log = LogConfig {
            format,
            ..LogConfig::default()
        };
        Ok(Shared {
            kafka: self.kafka()?,
            partitions: self.read(&flags::PARTITIONS, defaults::PARTITIONS, config::partitions)?,
            consumer_timeout: self.seconds(
                &flags::CONSUMER_TIMEOUT,
                defaults::CONSUMER_TIMEOUT,
                DAY,
            )?,
            order: self.order()?,
            delivery: self.chosen(&flags::DELIVERY, str::parse)?,
            commit_interval: self.read(&flags::COMMIT_INTERVAL, None, |text| {
                config::seconds(text, 60).map(Some)
            })?,
            retry: self.chosen(&flags::RETRY, config::retry)?,
            on_error: self.chosen(&flags::ON_ERROR, config::on_error)?,
            cap: self.chosen(&flags::CAP, config::cap)?,
            stall_timeout: self.seconds(&flags::STALL_TIMEOUT, defaults::STALL_TIMEOUT, DAY)?,
            input_mode: self.read(&flags::INPUT_MODE, InputMode::default(), str::parse)?,
            exp_window_size: self.seconds(&flags::EXP_WINDOW, defaults::EXP_WINDOW, 365 * DAY)?,
            shutdown_timeout: self.seconds(&flags::SHUTDOWN, defaults::SHUTDOWN_TIMEOUT, DAY)?,
            rpc: self.read(&flags::RPC, Rpc::default(), str::parse)?,
            log: self.read(&flags::LOG_LEVEL, log, levels)?,
        })
    }

    fn seconds(&self, flag: &Flag, default: Duration, max: u64) -> Result<Duration, UsageError> {
        self.read(flag, default, |text| config::seconds(text, max))
    }

    /// The order when one of its two flags is given, also with `false`: together they take the
    /// place of the attribute's.
    fn order(&self) -> Result<Option<Chosen<Order>>, UsageError> {
        let sync = self.chosen(&flags::SYNC, config::switch)?;
        let seq = self.chosen(&flags::SEQ, config::switch)?;
        let order = |order, chosen: Chosen<bool>| Chosen {
            value: order,
            written: chosen.written,
        };
        Ok(match (sync, seq) {
            (Some(sync), _) if sync.value => Some(order(Order::Synchronous, sync)),
            (_, Some(seq)) if seq.value => Some(order(Order::Sequential, seq)),
            (Some(off), _) | (None, Some(off)) => Some(order(Order::Pipelined, off)),
            (None, None) => None,
        })
    }

    /// The settings of the environment, then those of the command line, which take their place.
    fn kafka(&self) -> Result<KafkaSettings, UsageError> {
        let flag = &flags::KAFKA;
        let mut settings = KafkaSettings::default();
        if let Some(text) = self.variable(flag.env)? {
            let text = Text {
                text,
                origin: format!("`{}`", flag.env),
                by_flag: false,
            };
            text.read(|text| settings.set_list(text))?;
        }
        let pairs = self
            .matches
            .get_many::<String>(flag.id)
            .into_iter()
            .flatten();
        for (index, pair) in pairs.enumerate() {
            settings.set_pair(pair, index + 1).map_err(|problem| {
                let origin = format!("`--{}`", flag.long);
                UsageError::Value { origin, problem }
            })?;
        }
        Ok(settings)
    }

    /// Where Kafka is, or else `default`.
    pub(super) fn broker(&self, default: Broker) -> Result<Broker, UsageError> {
        self.read(&flags::BROKER, default, Broker::parse)
    }

    /// The id that a container gives: its host name.
    pub(super) fn container_uid(&self) -> Result<Option<Uid>, UsageError> {
        if self.variable("CATENAE_DOCKER")?.is_none() {
            return Ok(None);
        }
        let host = self.variable("HOSTNAME")?;
        let text = |text| Text {
            text,
            origin: "`HOSTNAME`".to_owned(),
            by_flag: false,
        };
        host.map(|host| text(host).read(str::parse)).transpose()
    }
}
