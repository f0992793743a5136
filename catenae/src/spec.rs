//! The constant description of a link, as its attribute gives it.

pub(crate) mod delivery;
pub(crate) mod error;
pub(crate) mod modes;

use std::time::Duration;

use crate::outcome::{FailurePolicy, GiveUpCap, OnError, Retry, RetryWait};
use crate::spec::delivery::DeliveryMode;
use crate::spec::modes::{InputMode, Order};
use crate::stream::StreamRef;

/// What `#[catenae::link(…)]` says of a link, without running anything.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LinkSpec {
    /// The class: the name of the function.
    pub class: &'static str,
    /// The function's documentation, first paragraph; empty without one.
    pub summary: &'static str,
    /// The version of the package the link is in; empty when unknown.
    pub version: &'static str,
    /// Input streams in declared order; the first has the highest priority.
    pub inputs: &'static [StreamRef],
    /// Output streams; the first is the default destination.
    pub outputs: &'static [StreamRef],
    /// The period of a source that is called again and again.
    pub every: Option<Duration>,
    /// How many lanes run the function at once.
    pub lanes: u32,
    /// Which input is read next when several have something.
    pub input_mode: InputMode,
    /// The longest time that an input waits because it was served a lot before.
    pub exp_window: Option<Duration>,
    /// The percentage of its time that is kept in the `strict` mode for the inputs behind the first busy one.
    pub reserve: u32,
    /// Partitions of a stream that has to be created.
    pub partitions: Option<u32>,
    /// The consumer group; `None` stands for `catenae_<class>` in lower case, `each` for one of its own for every
    /// instance.
    pub group: Option<&'static str>,
    /// How long an instance may go without polling before its partitions go to other instances.
    pub consumer_timeout: Option<Duration>,
    /// What is promised about lost and repeated electrons.
    pub delivery: DeliveryMode,
    /// How far electrons may overtake each other.
    pub order: Order,
    /// What is done about failures.
    pub policy: FailurePolicy,
    /// How long a transaction of `exactly_once` lasts.
    pub commit_interval: Option<Duration>,
    /// Settings for librdkafka, `key=value`; the command line's come after them.
    pub kafka: &'static [&'static str],
}

impl LinkSpec {
    /// A link of class `class` with neither inputs nor outputs.
    #[must_use]
    pub const fn new(class: &'static str) -> Self {
        Self {
            class,
            summary: "",
            version: "",
            inputs: &[],
            outputs: &[],
            every: None,
            lanes: 1,
            input_mode: InputMode::Parity,
            exp_window: None,
            reserve: 0,
            partitions: None,
            group: None,
            consumer_timeout: None,
            delivery: DeliveryMode::AtLeastOnce,
            order: Order::Pipelined,
            policy: FailurePolicy::NONE,
            commit_interval: None,
            kafka: &[],
        }
    }

    /// Sets the one-line summary.
    #[must_use]
    pub const fn summary(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// Sets the version of the package the link is in.
    #[must_use]
    pub const fn version(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }

    /// Sets the input streams.
    #[must_use]
    pub const fn inputs(mut self, inputs: &'static [StreamRef]) -> Self {
        self.inputs = inputs;
        self
    }

    /// Sets the output streams.
    #[must_use]
    pub const fn outputs(mut self, outputs: &'static [StreamRef]) -> Self {
        self.outputs = outputs;
        self
    }

    /// Sets the period of a source, in milliseconds.
    #[must_use]
    pub const fn every_millis(mut self, millis: u64) -> Self {
        self.every = Some(Duration::from_millis(millis));
        self
    }

    /// Sets the number of lanes.
    #[must_use]
    pub const fn lanes(mut self, lanes: u32) -> Self {
        self.lanes = lanes;
        self
    }

    /// Sets which input is read next when several have something.
    #[must_use]
    pub const fn input_mode(mut self, mode: InputMode) -> Self {
        self.input_mode = mode;
        self
    }

    /// Sets the window of the `exp` mode, in milliseconds.
    #[must_use]
    pub const fn exp_window_millis(mut self, millis: u64) -> Self {
        self.exp_window = Some(Duration::from_millis(millis));
        self
    }

    /// Sets the percentage that is kept in the `strict` mode for the inputs behind the first busy one.
    #[must_use]
    pub const fn reserve(mut self, percent: u32) -> Self {
        self.reserve = percent;
        self
    }

    /// Sets the partitions of a stream that has to be created.
    #[must_use]
    pub const fn partitions(mut self, partitions: u32) -> Self {
        self.partitions = Some(partitions);
        self
    }

    /// Sets the consumer group; `each` gives every instance one of its own.
    #[must_use]
    pub const fn group(mut self, group: &'static str) -> Self {
        self.group = Some(group);
        self
    }

    /// Sets how long an instance may go without polling, in milliseconds.
    #[must_use]
    pub const fn consumer_timeout_millis(mut self, millis: u64) -> Self {
        self.consumer_timeout = Some(Duration::from_millis(millis));
        self
    }

    /// Sets what is promised about lost and repeated electrons.
    #[must_use]
    pub const fn delivery(mut self, delivery: DeliveryMode) -> Self {
        self.delivery = delivery;
        self
    }

    /// Sets how far electrons may overtake each other.
    #[must_use]
    pub const fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Sets what is done about failures.
    #[must_use]
    pub const fn policy(mut self, policy: FailurePolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets how often an electron that failed is tried again, and the first and the longest pause
    /// before that, in milliseconds.
    #[must_use]
    pub const fn retry(mut self, max: u32, first_millis: u64, longest_millis: u64) -> Self {
        self.policy.retry = Some(Retry {
            max,
            first: Duration::from_millis(first_millis),
            longest: Duration::from_millis(longest_millis),
            jitter: false,
            waiting: RetryWait::InPlace,
        });
        self
    }

    /// Draws each pause between two attempts from between its half and its whole; needs
    /// [`retry`](Self::retry) before it.
    #[must_use]
    pub const fn retry_jitter(mut self) -> Self {
        if let Some(retry) = &mut self.policy.retry {
            retry.jitter = true;
        }
        self
    }

    /// Sets where an electron is until it is tried again; needs [`retry`](Self::retry) before it.
    #[must_use]
    pub const fn retry_waiting(mut self, waiting: RetryWait) -> Self {
        if let Some(retry) = &mut self.policy.retry {
            retry.waiting = waiting;
        }
        self
    }

    /// Sets what happens to an electron that cannot be decoded.
    #[must_use]
    pub const fn on_decode(mut self, then: OnError) -> Self {
        self.policy.on_error.decode = then;
        self
    }

    /// Sets what happens to an electron for which the function returned an error.
    #[must_use]
    pub const fn on_handler(mut self, then: OnError) -> Self {
        self.policy.on_error.handler = then;
        self
    }

    /// Sets what happens to an electron at which the function panicked.
    #[must_use]
    pub const fn on_panic(mut self, then: OnError) -> Self {
        self.policy.on_error.panic = then;
        self
    }

    /// Sets how many electrons in a row, and in a hundred, may be given up.
    #[must_use]
    pub const fn cap(mut self, run: u32, percent: u32) -> Self {
        self.policy.cap = GiveUpCap { run, percent };
        self
    }

    /// Sets how long a transaction of `exactly_once` lasts, in milliseconds.
    #[must_use]
    pub const fn commit_interval_millis(mut self, millis: u64) -> Self {
        self.commit_interval = Some(Duration::from_millis(millis));
        self
    }

    /// Sets settings for librdkafka, `key=value`.
    #[must_use]
    pub const fn kafka(mut self, settings: &'static [&'static str]) -> Self {
        self.kafka = settings;
        self
    }
}
