//! Which choices exclude each other, and which promise a link can keep: one table of refusals.

use crate::outcome::{OnError, RetryWait};

use super::failures::on_error_text;
use super::{Broker, Config};
use crate::spec::delivery::DeliveryMode;
use crate::spec::error::ConfigError;
use crate::spec::modes::{InputMode, Order};

/// Where the choices of a micromodule came from, as its user wrote them (`--seq`,
/// `CATENAE_DELIVERY=exactly-once`); `None` stands for its attribute.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins {
    pub(crate) delivery: Option<String>,
    pub(crate) order: Option<String>,
    pub(crate) retry: Option<String>,
    pub(crate) on_error: Option<String>,
    pub(crate) cap: Option<String>,
    pub(crate) input_mode: Option<String>,
    pub(crate) reserve: Option<String>,
    pub(crate) group: Option<String>,
}

const SOURCE: &str = "a source has no input whose electrons could be lost, repeated or fail: \
                      leave it out";
const NO_INPUT: &str = "a transaction commits inputs together with their outputs, and a source \
    has no inputs: leave it out; what a source sends is delivered at least once";
const NO_OUTPUT: &str = "what a link without output streams does is outside Kafka, and \
    transactions cover only what goes to streams: leave out the choice, or give the link an \
    output stream";
const NO_TRANSACTIONS: &str = "the embedded broker does not keep transactions: start it with \
                               `-k host:port`, the address of a Kafka";
const LANES: &str = "a transaction commits a prefix of each partition, so the link runs on one \
                     lane: add `--seq`, or remove `lanes` from the attribute; to share the work \
                     start more instances";
const LANES_FIRST: &str = "an offset is committed before its electron is handled, and another lane \
                           may hold an earlier one, which a stop would lose: add `--seq`, or \
                           remove `lanes` from the attribute; to share the work start more \
                           instances";
const SYNC: &str = "each electron would be a transaction: write a short `--commit-interval` \
                    in place of `sync`";
const PREFIX: &str = "a transaction commits a prefix of each partition, and an electron that is \
                      put aside would be in front of others that are done: leave `park` and \
                      `delayed` out, or write `at-least-once`";
const COMMITTED: &str = "an electron is committed before it is handled, so one that is put aside is \
                         lost in a crash: leave `park` and `delayed` out, or write `at-least-once`";
const ONE_AT_A_TIME: &str = "while a parked electron waits, others overtake it: leave `park` out, \
                             or the order";
const NOTHING_GIVEN_UP: &str = "no electron is given up while `on-error` is `fail`: say what \
    happens to electrons that fail, with `--on-error skip` or `--on-error dead_letter`";

const NOT_STRICT: &str = "a reserve keeps time for the inputs that would starve behind the first one, and they do so \
    with the input mode `strict` only: add `--input-mode strict`, or write `--reserve 0%`";
const NOTHING_TO_CHOOSE: &str = "a source has no inputs to choose from: leave it out";

const SHARED_RETRIES: &str = "all instances of a link share its streams of retries, so each of them would try again \
    what failed in one of them: leave `delayed` out, or let the instances share a group";

/// Whether a promise can be kept by this link, as far as its streams go: a source has no input to
/// commit, and what a link without outputs does no transaction covers.
///
/// A topology gives `--delivery` to all its links; it reaches those that can keep it, and the
/// others keep what their attribute says.
pub(crate) fn can_promise(config: &Config, delivery: DeliveryMode) -> bool {
    match delivery {
        DeliveryMode::AtLeastOnce => true,
        DeliveryMode::AtMostOnce => !config.inputs.is_empty(),
        DeliveryMode::ExactlyOnce => !config.inputs.is_empty() && !config.outputs.is_empty(),
    }
}

/// The table.
pub(super) fn check(config: &Config, origins: &Origins) -> Result<(), ConfigError> {
    let said = Choices { config, origins };
    check_delivery(&said)?;
    check_failures(&said)?;
    check_inputs(&said)?;
    check_settings(&said)
}

/// Whether what fails waits beside its lane, or in a stream.
fn waits_aside(config: &Config) -> bool {
    let waiting = config.policy.retry.map(|retry| retry.waiting);
    matches!(waiting, Some(RetryWait::Parked | RetryWait::Delayed))
}

fn check_delivery(said: &Choices<'_>) -> Result<(), ConfigError> {
    let config = said.config;
    let (source, aside) = (config.inputs.is_empty(), waits_aside(config));
    match config.delivery {
        DeliveryMode::ExactlyOnce if source => unkept(said.delivery(), NO_INPUT),
        DeliveryMode::ExactlyOnce if config.outputs.is_empty() => {
            unkept(said.delivery(), NO_OUTPUT)
        }
        DeliveryMode::ExactlyOnce if config.lanes > 1 => {
            excluded(said.delivery(), said.lanes(), LANES)
        }
        DeliveryMode::ExactlyOnce if config.order == Order::Synchronous => {
            excluded(said.delivery(), said.order(), SYNC)
        }
        DeliveryMode::ExactlyOnce if aside => excluded(said.delivery(), said.retry(), PREFIX),
        DeliveryMode::ExactlyOnce if config.broker == Broker::Embedded => {
            unkept(said.delivery(), NO_TRANSACTIONS)
        }
        DeliveryMode::AtMostOnce if source => unkept(said.delivery(), SOURCE),
        DeliveryMode::AtMostOnce if aside => excluded(said.delivery(), said.retry(), COMMITTED),
        DeliveryMode::AtMostOnce if config.lanes > 1 => {
            excluded(said.delivery(), said.lanes(), LANES_FIRST)
        }
        _ => Ok(()),
    }
}

fn check_failures(said: &Choices<'_>) -> Result<(), ConfigError> {
    let config = said.config;
    let (source, gives_up) = (config.inputs.is_empty(), gives_up(config));
    let waiting = config.policy.retry.map(|retry| retry.waiting);
    if source && waiting.is_some() {
        return unkept(said.retry(), SOURCE);
    }
    if source && gives_up {
        return unkept(said.on_error(), SOURCE);
    }
    if waiting == Some(RetryWait::Parked) && config.order != Order::Pipelined {
        return excluded(said.retry(), said.order(), ONE_AT_A_TIME);
    }
    match &said.origins.cap {
        Some(cap) if !gives_up => {
            let why = if source { SOURCE } else { NOTHING_GIVEN_UP };
            unkept(format!("`{cap}`"), why)
        }
        _ => Ok(()),
    }
}

fn check_inputs(said: &Choices<'_>) -> Result<(), ConfigError> {
    let config = said.config;
    let waiting = config.policy.retry.map(|retry| retry.waiting);
    if config.reserve > 0 && config.inputs.is_empty() {
        return unkept(said.reserve(), NOTHING_TO_CHOOSE);
    }
    if config.reserve > 0 && config.input_mode != InputMode::Strict {
        return match said.input_mode() {
            Some(mode) => excluded(said.reserve(), mode, NOT_STRICT),
            None => unkept(said.reserve(), NOT_STRICT),
        };
    }
    if config.has_own_group && waiting == Some(RetryWait::Delayed) {
        return excluded(said.retry(), said.own_group(), SHARED_RETRIES);
    }
    Ok(())
}

fn check_settings(said: &Choices<'_>) -> Result<(), ConfigError> {
    let config = said.config;
    if let Some((setting, why)) = config.kafka.against_group_protocol() {
        let (setting, protocol) = (format!("`{setting}`"), "`group.protocol=consumer`");
        return excluded(setting, protocol.to_owned(), why);
    }
    match config.kafka.against_exactly_once(config.commit_interval) {
        Some((setting, why)) if config.delivery == DeliveryMode::ExactlyOnce => {
            excluded(format!("`{setting}`"), said.delivery(), why)
        }
        _ => Ok(()),
    }
}

/// Whether some failure does not stop the micromodule.
fn gives_up(config: &Config) -> bool {
    let giving = config.policy.on_error;
    [giving.decode, giving.handler, giving.panic]
        .iter()
        .any(|one| *one != OnError::Fail)
}

fn unkept(choice: String, why: &'static str) -> Result<(), ConfigError> {
    Err(ConfigError::Unkept { choice, why })
}

fn excluded(first: String, second: String, why: &'static str) -> Result<(), ConfigError> {
    Err(ConfigError::Contradiction { first, second, why })
}

/// The choices as their user wrote them.
struct Choices<'c> {
    config: &'c Config,
    origins: &'c Origins,
}

impl Choices<'_> {
    fn delivery(&self) -> String {
        let word = self.config.delivery.to_string().replace('-', "_");
        said(&self.origins.delivery, &format!("delivery = {word}"))
    }

    fn order(&self) -> String {
        said(
            &self.origins.order,
            &format!("order = {}", self.config.order),
        )
    }

    fn lanes(&self) -> String {
        said(&None, &format!("lanes = {}", self.config.lanes))
    }

    fn retry(&self) -> String {
        let waiting = self.config.policy.retry.map(|retry| retry.waiting);
        let text = match waiting {
            Some(RetryWait::Parked) => "retry(…, park)",
            Some(RetryWait::Delayed) => "retry(…, delayed)",
            Some(RetryWait::InPlace) | None => "retry(…)",
        };
        said(&self.origins.retry, text)
    }

    /// The mode, when somebody chose it.
    fn input_mode(&self) -> Option<String> {
        let mode = self.config.input_mode;
        let is_chosen = self.origins.input_mode.is_some() || mode != InputMode::default();
        is_chosen.then(|| said(&self.origins.input_mode, &format!("input_mode = {mode}")))
    }

    fn own_group(&self) -> String {
        said(&self.origins.group, "group = \"each\"")
    }

    fn reserve(&self) -> String {
        let in_attribute = format!("reserve = {}%", self.config.reserve);
        said(&self.origins.reserve, &in_attribute)
    }

    fn on_error(&self) -> String {
        let text = on_error_text(&self.config.policy.on_error);
        let text = match text.contains('=') {
            true => format!("on_error({})", text.replace(',', ", ")),
            false => format!("on_error = {text}"),
        };
        said(&self.origins.on_error, &text)
    }
}

fn said(origin: &Option<String>, in_attribute: &str) -> String {
    match origin {
        Some(origin) => format!("`{origin}`"),
        None => format!("`{in_attribute}` in its attribute"),
    }
}
