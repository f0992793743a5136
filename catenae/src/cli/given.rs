//! What was given by flag or environment, flag first, and where it came from.

use std::ffi::OsString;
use std::time::Duration;

use clap::ArgMatches;

use crate::config::Broker;
use crate::config::{self, KafkaSettings, LogConfig, Uid};
use crate::spec::error::ConfigError;
use crate::spec::modes::Order;

use super::Lookup;
use super::error::UsageError;
use super::flags::{self, BuiltInFlag, FLAGS, PutIntoConfig};
use super::shared::{Chosen, SharedOptions};

/// What stands for the embedded broker in place of an address.
const EMBEDDED: &str = "embedded";

/// The command line and the environment.
#[derive(Clone, Copy)]
pub(super) struct Given<'g> {
    pub(super) matches: &'g ArgMatches,
    pub(super) env: Lookup<'g>,
}

/// A text and where it came from.
#[derive(Clone)]
pub(super) struct GivenText {
    pub(super) text: String,
    pub(super) origin: String,
    /// Whether the command line gave it.
    pub(super) by_flag: bool,
}

impl GivenText {
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
    pub(super) fn text(&self, flag: &BuiltInFlag) -> Result<Option<GivenText>, UsageError> {
        if let Some(text) = self.matches.get_one::<String>(flag.id) {
            let origin = format!("`--{}`", flag.long);
            return Ok(Some(GivenText {
                text: text.clone(),
                origin,
                by_flag: true,
            }));
        }
        let text = self.variable(flag.env)?;
        let origin = format!("`{}`", flag.env);
        Ok(text.map(|text| GivenText {
            text,
            origin,
            by_flag: false,
        }))
    }

    /// What a flag says, read, or else `default`.
    fn read<T>(
        &self,
        flag: &BuiltInFlag,
        default: T,
        read: impl FnOnce(&str) -> Result<T, ConfigError>,
    ) -> Result<T, UsageError> {
        self.text(flag)?.map_or(Ok(default), |text| text.read(read))
    }

    /// What a flag says, read, and how it was written.
    fn chosen<T>(
        &self,
        flag: &BuiltInFlag,
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
    pub(super) fn shared(&self) -> Result<SharedOptions, UsageError> {
        let format = self.read(&flags::LOG_FORMAT, Default::default(), str::parse)?;
        let levels = |text: &str| LogConfig::parse(text, format);
        let log = LogConfig {
            format,
            ..LogConfig::default()
        };
        Ok(SharedOptions {
            kafka: self.kafka()?,
            plain: self.plain()?,
            input_mode: self.chosen(&flags::INPUT_MODE, str::parse)?,
            order: self.order()?,
            delivery: self.chosen(&flags::DELIVERY, str::parse)?,
            retry: self.chosen(&flags::RETRY, config::retry)?,
            on_error: self.chosen(&flags::ON_ERROR, config::on_error)?,
            cap: self.chosen(&flags::CAP, config::cap)?,
            reserve: self.chosen(&flags::RESERVE, config::reserve)?,
            own_group: self.chosen(&flags::RANDOM_GROUP, config::switch)?,
            log: self.read(&flags::LOG_LEVEL, log, levels)?,
        })
    }

    /// The texts of those flags that have a place in the configuration, each with that place.
    fn plain(&self) -> Result<Vec<(PutIntoConfig, GivenText)>, UsageError> {
        let mut plain = Vec::new();
        for flag in FLAGS {
            let Some(put) = flag.put else { continue };
            plain.extend(self.text(flag)?.map(|text| (put, text)));
        }
        Ok(plain)
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
            let text = GivenText {
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

    /// The broker of a topology: the embedded one unless there is an address. An empty variable is an
    /// address that somebody forgot, and must not choose a broker in memory.
    pub(super) fn broker_of_topology(&self) -> Result<Broker, UsageError> {
        let flag = &flags::BROKER;
        let is_empty = |value: OsString| value.is_empty();
        match self.text(flag)? {
            Some(text) if text.text.trim() == EMBEDDED => Ok(Broker::Embedded),
            Some(text) => text.read(Broker::parse),
            None if (self.env)(flag.env).is_some_and(is_empty) => {
                Err(UsageError::EmptyAddress { name: flag.env })
            }
            None => Ok(Broker::Embedded),
        }
    }

    /// How long a topology may take.
    pub(super) fn time_limit(&self) -> Result<Option<Duration>, UsageError> {
        self.read(&flags::TIME_LIMIT, None, |text| {
            config::seconds(text, 365 * flags::DAY).map(Some)
        })
    }

    /// The id that a container gives: its host name.
    pub(super) fn container_uid(&self) -> Result<Option<Uid>, UsageError> {
        if self.variable("CATENAE_DOCKER")?.is_none() {
            return Ok(None);
        }
        let host = self.variable("HOSTNAME")?;
        let text = |text| GivenText {
            text,
            origin: "`HOSTNAME`".to_owned(),
            by_flag: false,
        };
        host.map(|host| text(host).read(str::parse)).transpose()
    }
}
