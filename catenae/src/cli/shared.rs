//! What all links of a topology have in common, and how a single link takes it.

use crate::config::{self, Config, KafkaSettings, LogConfig, Origins};
use crate::outcome::{GiveUpCap, OnErrors, Retry};
use crate::spec::delivery::DeliveryMode;
use crate::spec::modes::{InputMode, Order};

use super::error::UsageError;
use super::flags::PutIntoConfig;
use super::given::GivenText;

/// A choice, and how its user wrote it.
#[derive(Clone)]
pub(super) struct Chosen<T> {
    pub(super) value: T,
    pub(super) written: String,
}

/// What is the same for all links of a topology; what is `None` is left to the attributes.
#[derive(Clone)]
pub(super) struct SharedOptions {
    pub(super) kafka: KafkaSettings,
    /// The flags that go straight into the configuration, with their texts.
    pub(super) plain: Vec<(PutIntoConfig, GivenText)>,
    pub(super) input_mode: Option<Chosen<InputMode>>,
    pub(super) order: Option<Chosen<Order>>,
    pub(super) delivery: Option<Chosen<DeliveryMode>>,
    pub(super) retry: Option<Chosen<Option<Retry>>>,
    pub(super) on_error: Option<Chosen<OnErrors>>,
    pub(super) cap: Option<Chosen<GiveUpCap>>,
    /// In percent.
    pub(super) reserve: Option<Chosen<u32>>,
    /// Whether each instance has a group of its own.
    pub(super) own_group: Option<Chosen<bool>>,
    pub(super) log: LogConfig,
}

impl SharedOptions {
    /// Gives a single micromodule what was chosen, and checks that it can keep all of it.
    pub(super) fn put_into(&self, config: &mut Config) -> Result<(), UsageError> {
        config.kafka.extend(&self.kafka);
        for (put, text) in &self.plain {
            text.read(|text| put(text, config))?;
        }
        let mut origins = Origins::default();
        if let Some(input_mode) = &self.input_mode {
            config.input_mode = input_mode.value;
            origins.input_mode = Some(input_mode.written.clone());
        }
        origins.group = self.own_group.as_ref().map(|group| group.written.clone());
        if let Some(order) = &self.order {
            config.set_order(order.value);
            origins.order = Some(order.written.clone());
        }
        if let Some(delivery) = &self.delivery {
            config.delivery = delivery.value;
            origins.delivery = Some(delivery.written.clone());
        }
        if let Some(retry) = &self.retry {
            config.policy.retry = retry.value;
            origins.retry = Some(retry.written.clone());
        }
        if let Some(on_error) = &self.on_error {
            config.policy.on_error = on_error.value;
            origins.on_error = Some(on_error.written.clone());
        }
        if let Some(cap) = &self.cap {
            config.policy.cap = cap.value;
            origins.cap = Some(cap.written.clone());
        }
        if let Some(reserve) = &self.reserve {
            config.reserve = reserve.value;
            origins.reserve = Some(reserve.written.clone());
        }
        let class = config.class;
        let checked = config.check(&origins);
        checked.map_err(|problem| UsageError::Link { class, problem })
    }

    /// Gives one link of a topology what was chosen for all of them, as far as it concerns it: a
    /// promise reaches the links that can keep it ([`config::can_promise`]), what is done about
    /// failures those with an input, a cap those that give up, a reserve those whose input mode is `strict`; the others
    /// keep what their attribute says. What contradicts the attribute of a link that is reached is refused.
    pub(super) fn put_into_one(&self, config: &mut Config) -> Result<(), UsageError> {
        let mut reaching = self.clone();
        if config.inputs.is_empty() {
            (reaching.retry, reaching.on_error, reaching.cap) = (None, None, None);
            (reaching.input_mode, reaching.reserve) = (None, None);
        }
        let giving = reaching.on_error.as_ref().map(|chosen| chosen.value);
        if giving.unwrap_or(config.policy.on_error) == OnErrors::default() {
            reaching.cap = None;
        }
        let input_mode = reaching.input_mode.as_ref().map(|chosen| chosen.value);
        if input_mode.unwrap_or(config.input_mode) != InputMode::Strict {
            // Nothing is what it keeps there, too.
            reaching.reserve = reaching.reserve.filter(|chosen| chosen.value == 0);
        }
        reaching.delivery = reaching
            .delivery
            .filter(|chosen| config::can_promise(config, chosen.value));
        reaching.put_into(config)
    }

    /// Refuses what was chosen for all links of a topology and reached none of `configs`.
    ///
    /// # Errors
    /// The choice, and what a link would need for it.
    pub(super) fn refuse_unreached(&self, configs: &[&Config]) -> Result<(), UsageError> {
        const INPUT: &str = "an input stream";
        let some = |can: &dyn Fn(&Config) -> bool| configs.iter().any(|config| can(config));
        let has_input = || some(&|config| !config.inputs.is_empty());
        let gives_up = || some(&|config| config.policy.on_error != OnErrors::default());
        let delivery = self.delivery.as_ref().map(|chosen| {
            let needed = match chosen.value {
                DeliveryMode::ExactlyOnce => "both input and output streams",
                _ => INPUT,
            };
            let reached = some(&|config| config::can_promise(config, chosen.value));
            (&chosen.written, needed, reached)
        });
        let retry = self.retry.as_ref().map(|chosen| {
            let reached = chosen.value.is_none() || has_input();
            (&chosen.written, INPUT, reached)
        });
        let on_error = self.on_error.as_ref().map(|chosen| {
            let reached = chosen.value == OnErrors::default() || has_input();
            (&chosen.written, INPUT, reached)
        });
        let cap = self.cap.as_ref().map(|chosen| {
            let needed = "an `on-error` other than `fail`";
            (&chosen.written, needed, gives_up())
        });
        let own_group = self.own_group.as_ref().map(|chosen| {
            let reached = !chosen.value || has_input();
            (&chosen.written, INPUT, reached)
        });
        let reserve = self.reserve.as_ref().map(|chosen| {
            let is_strict = |config: &Config| config.input_mode == InputMode::Strict;
            let reached = chosen.value == 0 || some(&is_strict);
            (&chosen.written, "the input mode `strict`", reached)
        });
        let choices = [delivery, retry, on_error, cap, reserve, own_group];
        let mut chosen = choices.into_iter().flatten();
        let unreached = chosen.find(|(_, _, reached)| !reached);
        unreached.map_or(Ok(()), |(choice, needed, _)| {
            let choice = choice.clone();
            Err(UsageError::NobodyCan { choice, needed })
        })
    }

    /// Who keeps a promise that was chosen for all links of a topology, and who cannot: a line for
    /// the log, when there is something to say.
    pub(super) fn who_promises(&self, configs: &[&Config]) -> Option<String> {
        let chosen = self.delivery.as_ref()?;
        let (can, cannot): (Vec<&Config>, Vec<_>) = configs
            .iter()
            .partition(|config| config::can_promise(config, chosen.value));
        if cannot.is_empty() {
            return None;
        }
        let reached: Vec<_> = can
            .iter()
            .map(|config| format!("`{}`", config.class))
            .collect();
        let others: Vec<_> = cannot
            .iter()
            .map(|config| {
                let why = match config.inputs.is_empty() {
                    true => "it is a source",
                    false => "it has no output stream",
                };
                format!("`{}` stays {} ({why})", config.class, config.delivery)
            })
            .collect();
        let (reached, others) = (reached.join(", "), others.join(", "));
        Some(format!(
            "`{}` holds for {reached}; {others}",
            chosen.written
        ))
    }
}
