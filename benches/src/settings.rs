//! The settings of what is written by hand: those of a link and of its calls, name by name.
//!
//! A link is run with its defaults; a test holds these lists against the library's source.

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

/// Of both clients.
pub const BOTH: &[(&str, &str)] = &[
    ("allow.auto.create.topics", "false"),
    ("topic.metadata.refresh.interval.ms", "30000"),
    ("reconnect.backoff.max.ms", "1000"),
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
    ("fetch.queue.backoff.ms", "2"),
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

/// Of the consumer of calls.
pub const CALL_CONSUMER: &[(&str, &str)] = &[
    ("enable.auto.commit", "false"),
    ("enable.auto.offset.store", "false"),
    ("auto.offset.reset", "earliest"),
    ("enable.partition.eof", "true"),
    ("queued.max.messages.kbytes", "16384"),
    ("fetch.queue.backoff.ms", "10"),
    ("isolation.level", "read_uncommitted"),
];

/// Of the producer of calls.
pub const CALL_PRODUCER: &[(&str, &str)] = &[
    ("acks", "all"),
    ("linger.ms", "0"),
    ("compression.type", "none"),
    ("enable.idempotence", "false"),
    ("message.timeout.ms", "10000"),
    ("queue.buffering.max.kbytes", "65536"),
    ("batch.size", "16384"),
    ("delivery.report.only.error", "true"),
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

/// The consumer of a hop; it belongs to no group, but the client asks for the name of one.
#[must_use]
pub fn call_consumer(broker: &str, name: &str, extra: &[(&str, &str)]) -> ClientConfig {
    let mut config = base(broker);
    config.set("group.id", name);
    with(&mut config, CALL_CONSUMER);
    with(&mut config, extra);
    config
}

/// The producer of a hop.
#[must_use]
pub fn call_producer(broker: &str, extra: &[(&str, &str)]) -> ClientConfig {
    let mut config = base(broker);
    with(&mut config, CALL_PRODUCER);
    with(&mut config, extra);
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is set apart: the identity of the client, the group and its timeouts, the start, transactions.
    const APART: &[&str] = &[
        "bootstrap.servers",
        "client.id",
        "group.id",
        "session.timeout.ms",
        "max.poll.interval.ms",
        "auto.offset.reset",
        "transactional.id",
        "transaction.timeout.ms",
    ];

    #[test]
    fn what_is_written_by_hand_has_the_settings_of_a_link_and_of_its_calls() {
        let source = include_str!("../../catenae/src/kafka/client/settings.rs");
        let code: String = source.split_whitespace().collect();
        // What a mode that is not the default one sets, or a mutant.
        let modes = &[
            ("enable.auto.commit", "false"),
            ("linger.ms", "0"),
            ("isolation.level", "read_uncommitted"),
        ];
        let table = [
            ("base", vec![BOTH]),
            ("consumer", vec![CONSUMER, modes]),
            ("producer", vec![PRODUCER, modes]),
            ("call_consumer", vec![CALL_CONSUMER]),
            ("call_producer", vec![CALL_PRODUCER]),
        ];
        for (function, lists) in table {
            let known = lists.concat();
            let from = code.find(&format!("fn{function}(")).expect("a function");
            let body = code[from..].split("///").next().unwrap_or_default();
            for (name, value) in lists[0] {
                let set = is_set(&code, body, name, value);
                assert!(set, "`{function}` does not set `{name}={value}`");
            }
            for rest in body.split(".set(\"").skip(1) {
                let name = rest.split('"').next().expect("a name");
                let listed = known.iter().any(|(other, _)| *other == name);
                assert!(
                    listed || APART.contains(&name),
                    "`{function}` sets `{name}`, and what is written by hand does not"
                );
            }
        }
    }

    /// Whether a function sets this, spelled or by the name of a constant.
    fn is_set(code: &str, body: &str, name: &str, value: &str) -> bool {
        let spelled = body.contains(&format!(".set(\"{name}\",\"{value}\")"));
        let named = code
            .match_indices(&format!(":&str=\"{value}\";"))
            .filter_map(|(at, _)| code[..at].rsplit("const").next())
            .any(|constant| body.contains(&format!(".set(\"{name}\",{constant})")));
        spelled || named
    }
}
