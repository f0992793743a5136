//! The streams beside the inputs of a micromodule: where its dead letters and its retries go.

use std::collections::BTreeSet;

use crate::codec::Codec;
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::kafka::client::endpoint::Endpoint;
use crate::outcome::{FailurePolicy, RetryWait};
use crate::stream::StreamName;

/// Names the side streams of one micromodule, as far as its policy needs them.
#[derive(Clone, Debug)]
pub(crate) struct SideStreams {
    class: &'static str,
    dead_letters: bool,
    retries: bool,
}

impl SideStreams {
    /// Those of the micromodule that `config` is for.
    pub(crate) fn of(config: &Config) -> Self {
        let policy: &FailurePolicy = &config.policy;
        Self {
            class: config.class,
            dead_letters: policy.may_dead_letter(),
            retries: policy.waiting() == Some(RetryWait::Delayed),
        }
    }

    /// Whether there is any: then also a link without outputs needs a producer.
    pub(crate) fn any(&self) -> bool {
        self.dead_letters || self.retries
    }

    /// Whether electrons that failed wait on a stream for their next attempt.
    pub(crate) fn delays(&self) -> bool {
        self.retries
    }

    /// Where the dead letters of an input go: `<input>.<class>.dlq`.
    pub(crate) fn dead_letters(&self, input: &StreamName) -> StreamName {
        StreamName::from(format!("{input}.{}.dlq", self.class))
    }

    /// Whether a stream is one of dead letters of this micromodule.
    pub(crate) fn is_dead_letters(&self, stream: &StreamName) -> bool {
        let name = stream.as_str().strip_suffix(".dlq");
        let input = name.and_then(|name| name.strip_suffix(self.class));
        self.dead_letters && input.is_some_and(|input| input.ends_with('.'))
    }

    /// Where the electrons of an input wait for a retry: `<input>.<class>.retry`. `None` when the
    /// policy delays none.
    pub(crate) fn retries(&self, input: &StreamName) -> Option<StreamName> {
        let name = || StreamName::from(format!("{input}.{}.retry", self.class));
        self.retries.then(name)
    }

    /// Everything that is read: the inputs, and behind them their streams of retries.
    pub(crate) fn all_inputs(&self, config: &Config) -> Vec<(StreamName, Codec)> {
        let retries = |(input, codec): &(StreamName, Codec)| Some((self.retries(input)?, *codec));
        let retries = config.inputs.iter().filter_map(retries);
        config.inputs.iter().cloned().chain(retries).collect()
    }

    /// The input whose retries are on `stream`; `None` when it is no stream of retries.
    pub(crate) fn input_of_retries<'s>(&self, stream: &'s StreamName) -> Option<&'s str> {
        if !self.retries {
            return None;
        }
        let name = stream.as_str().strip_suffix(".retry")?;
        name.strip_suffix(self.class)?.strip_suffix('.')
    }

    /// All side streams of an input.
    pub(crate) fn names_beside(&self, input: &StreamName) -> impl Iterator<Item = StreamName> {
        let dead_letters = self.dead_letters.then(|| self.dead_letters(input));
        dead_letters.into_iter().chain(self.retries(input))
    }

    /// All side streams of an input, to be created.
    ///
    /// # Errors
    /// A name that Kafka would refuse, nearly always because it is too long.
    pub(crate) fn beside(&self, input: &StreamName) -> Result<Vec<StreamName>, Error> {
        self.names_beside(input)
            .map(|name| {
                StreamName::parse(name.as_str()).map_err(|error| {
                    let context = format!(
                        "input `{input}` of `{}` cannot have a stream for retries or dead \
                         letters: give the input or the function a shorter name, or choose \
                         another policy for failures",
                        self.class
                    );
                    Error::new(ErrorKind::Configuration, context).caused_by(error)
                })
            })
            .collect()
    }
}

/// Says which links run in this process: which streams they write to, and which groups read which. Called before
/// anything is sent, because senders wait for the readers.
pub(crate) fn register(endpoint: &Endpoint, configs: &[Config]) {
    let outputs = configs.iter().flat_map(|config| &config.outputs);
    let outputs: BTreeSet<String> = outputs.map(|(name, _)| name.as_str().to_owned()).collect();
    endpoint.set_written(outputs);
    for config in configs {
        for (stream, _) in SideStreams::of(config).all_inputs(config) {
            endpoint.register_reader(stream.as_str(), &config.group);
        }
    }
}

/// Says that nobody is left in the group of a link of this process.
pub(crate) fn unregister(endpoint: &Endpoint, config: &Config) {
    for (stream, _) in SideStreams::of(config).all_inputs(config) {
        endpoint.forget_reader(stream.as_str(), &config.group);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both() -> SideStreams {
        SideStreams {
            class: "mapper",
            dead_letters: true,
            retries: true,
        }
    }

    #[test]
    fn side_streams_are_named_after_input_and_class() {
        let names = both().beside(&"in.put".into()).expect("short names");
        let names: Vec<&str> = names.iter().map(StreamName::as_str).collect();
        assert_eq!(names, ["in.put.mapper.dlq", "in.put.mapper.retry"]);
        let check = |stream: &str, input: Option<&str>| {
            assert_eq!(both().input_of_retries(&stream.into()), input, "{stream}");
        };
        check("in.put.mapper.retry", Some("in.put"));
        check("in.put.mapper.dlq", None);
        check("in.put.other.retry", None);
        check("in.putmapper.retry", None);
        check("in.put", None);
        assert!(both().is_dead_letters(&"in.put.mapper.dlq".into()));
        assert!(!both().is_dead_letters(&"in.put.other.dlq".into()));
    }

    #[test]
    fn a_name_too_long_is_a_mistake_in_the_configuration() {
        let input = StreamName::from("x".repeat(245));
        let error = both().beside(&input).expect_err("too long");
        assert_eq!(error.kind(), ErrorKind::Configuration);
        let none = SideStreams {
            dead_letters: false,
            retries: false,
            ..both()
        };
        assert!(none.beside(&input).is_ok_and(|names| names.is_empty()));
    }
}
