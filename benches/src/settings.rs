//! The settings of the loop written by hand: those of a link, name by name.
//!
//! A link is run with its defaults; a test holds this list against the library's source.

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

/// Of both clients.
pub const BOTH: &[(&str, &str)] = &[
    ("allow.auto.create.topics", "false"),
    ("topic.metadata.refresh.interval.ms", "30000"),
];

/// Of the consumer.
pub const CONSUMER: &[(&str, &str)] = &[
    ("enable.auto.offset.store", "false"),
    ("enable.auto.commit", "true"),
    ("auto.commit.interval.ms", "1000"),
    ("partition.assignment.strategy", "cooperative-sticky"),
    ("queued.min.messages", "10000"),
    ("queued.max.messages.kbytes", "8192"),
    ("fetch.max.bytes", "4194304"),
    ("fetch.message.max.bytes", "524288"),
    ("fetch.queue.backoff.ms", "10"),
];

/// Of the producer.
pub const PRODUCER: &[(&str, &str)] = &[
    ("enable.idempotence", "true"),
    ("acks", "all"),
    ("linger.ms", "5"),
    ("compression.type", "lz4"),
    ("queue.buffering.max.messages", "200000"),
    ("queue.buffering.max.kbytes", "131072"),
];

/// Where the loop differs in words but not in effect: a link looks the committed offsets up itself,
/// so that it starts at the beginning only where there are none.
const CONSUMER_OWN: &[(&str, &str)] = &[("auto.offset.reset", "earliest")];

fn base(broker: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", broker);
    config.set_log_level(RDKafkaLogLevel::Warning);
    with(&mut config, BOTH);
    config
}

fn with(config: &mut ClientConfig, settings: &[(&str, &str)]) {
    for (name, value) in settings {
        config.set(*name, *value);
    }
}

/// The consumer of the loop.
#[must_use]
pub fn consumer(broker: &str, group: &str, extra: &[(&str, &str)]) -> ClientConfig {
    let mut config = base(broker);
    config.set("group.id", group);
    with(&mut config, CONSUMER);
    with(&mut config, CONSUMER_OWN);
    with(&mut config, extra);
    config
}

/// The producer of the loop.
#[must_use]
pub fn producer(broker: &str, extra: &[(&str, &str)]) -> ClientConfig {
    let mut config = base(broker);
    with(&mut config, PRODUCER);
    with(&mut config, extra);
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loop_has_the_settings_of_a_link() {
        let source = include_str!("../../catenae/src/kafka/settings.rs");
        let code: String = source.split_whitespace().collect();
        let constant = |value: &str| {
            let end = code.find(&format!(":&str=\"{value}\";"))?;
            code[..end].rsplit("const").next()
        };
        for (name, value) in [BOTH, CONSUMER, PRODUCER].concat() {
            let spelled = code.contains(&format!(".set(\"{name}\",\"{value}\")"));
            let named = constant(value)
                .is_some_and(|constant| code.contains(&format!(".set(\"{name}\",{constant})")));
            assert!(spelled || named, "a link does not set `{name}={value}`");
        }
        // The identity of the client, the group and its timeouts, the start and transactions are set
        // apart.
        let apart = [
            "bootstrap.servers",
            "client.id",
            "group.id",
            "session.timeout.ms",
            "max.poll.interval.ms",
            "auto.offset.reset",
            "transactional.id",
            "transaction.timeout.ms",
        ];
        for rest in code.split(".set(\"").skip(1) {
            let name = rest.split('"').next().expect("a name");
            let known = [BOTH, CONSUMER, PRODUCER].concat();
            let known = known.iter().any(|(other, _)| *other == name);
            assert!(
                known || apart.contains(&name),
                "the loop does not set `{name}`"
            );
        }
    }
}
