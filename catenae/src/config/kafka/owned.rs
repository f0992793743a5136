//! The table of the settings of librdkafka that the micromodule decides itself, each with its reason.

use Harmless::{AtLeast, AtLeastOrNone, AtMost, No, Only};

/// A setting that the micromodule decides itself, and the values that change nothing.
struct Owned {
    key: &'static str,
    harmless: Harmless,
    instead: &'static str,
}

/// The values of a setting that break no promise.
enum Harmless {
    /// No value is harmless.
    No,
    /// Only these values.
    Only(&'static [&'static str]),
    /// Whole numbers up to this one.
    AtMost(i64),
    /// Whole numbers from this one on.
    AtLeast(i64),
    /// Whole numbers from this one on, and 0, which stands for no limit.
    AtLeastOrNone(i64),
}

const fn owned(key: &'static str, harmless: Harmless, instead: &'static str) -> Owned {
    Owned {
        key,
        harmless,
        instead,
    }
}

const BROKERS: &str = "write `--kafka-bootstrap-server` (`-k`)";
const COMMIT: &str = "an input is committed when everything it caused is delivered, never earlier";
const ACKS: &str = "an output counts as delivered when all in-sync replicas have it";
const RESET: &str = "it would skip electrons silently; to start a group behind them, set its \
                     offsets with Kafka's own tools";
const IN_FLIGHT: &str = "with more than 5 requests under way Kafka cannot tell whether a repeated \
                         one comes too late, so outputs could be repeated or reordered; write at \
                         most 5";
const RETRIES: &str = "an output that is not tried again is given up at the first network fault; \
                       write at least 1, or leave it out";
const GIVE_UP: &str = "an output that Kafka does not accept within this time stops the \
    micromodule, and a time below one second would run out in any change of a partition's \
    leader; write at least 1000, or 0 to wait forever";

/// Everything else, known to librdkafka or not, is passed on, TLS and SASL included.
/// `isolation.level` is among it, because under at-least-once an aborted electron that is read is
/// neither a lost nor a repeated one; what exactly-once refuses is checked when the mode is known.
/// So are `transaction.timeout.ms` and `group.protocol`.
const OWNED: &[Owned] = &[
    owned("bootstrap.servers", No, BROKERS),
    owned("metadata.broker.list", No, BROKERS),
    owned("group.id", No, "write `--consumer-group` (`-g`)"),
    owned(
        "max.poll.interval.ms",
        No,
        "write `--consumer-timeout`, in seconds",
    ),
    owned("enable.auto.commit", No, COMMIT),
    owned("auto.commit.enable", No, COMMIT),
    owned("enable.auto.offset.store", Only(&["false"]), COMMIT),
    owned("offset.store.method", Only(&["broker"]), COMMIT),
    owned(
        "auto.commit.interval.ms",
        AtLeast(1),
        "with 0 nothing is committed before the end, and a crash would handle everything again; \
         write at least 1",
    ),
    owned(
        "auto.offset.reset",
        Only(&["earliest", "smallest", "beginning", "error"]),
        RESET,
    ),
    owned(
        "enable.partition.eof",
        Only(&["false"]),
        "catenae does not use end-of-partition events",
    ),
    owned("acks", Only(&["all", "-1"]), ACKS),
    owned("request.required.acks", Only(&["all", "-1"]), ACKS),
    owned(
        "enable.idempotence",
        Only(&["true"]),
        "without it a retry may repeat and reorder outputs",
    ),
    owned(
        "max.in.flight.requests.per.connection",
        AtMost(5),
        IN_FLIGHT,
    ),
    owned("max.in.flight", AtMost(5), IN_FLIGHT),
    owned("message.send.max.retries", AtLeast(1), RETRIES),
    owned("retries", AtLeast(1), RETRIES),
    owned("delivery.timeout.ms", AtLeastOrNone(1000), GIVE_UP),
    owned("message.timeout.ms", AtLeastOrNone(1000), GIVE_UP),
    owned(
        "queuing.strategy",
        Only(&["fifo"]),
        "outputs are sent in the order in which they were made",
    ),
    owned(
        "delivery.report.only.error",
        Only(&["false"]),
        "an input is committed when the delivery reports of its outputs have arrived, including \
         reports of success",
    ),
    owned(
        "transactional.id",
        No,
        "it is made of group, class and uid; write `--uid` to give each instance a lasting one",
    ),
    owned(
        "test.mock.num.brokers",
        No,
        "it replaces the Kafka you named by an empty one",
    ),
];

/// Settings that have two names, the one that is kept behind: with both of them a client would take
/// either.
const TWO_NAMES: &[(&str, &str)] = &[
    ("queue.buffering.max.ms", "linger.ms"),
    ("compression.codec", "compression.type"),
    ("max.partition.fetch.bytes", "fetch.message.max.bytes"),
    ("delivery.timeout.ms", "message.timeout.ms"),
    ("retries", "message.send.max.retries"),
    ("max.in.flight.requests.per.connection", "max.in.flight"),
    ("request.required.acks", "acks"),
    ("sasl.mechanism", "sasl.mechanisms"),
];

/// The name under which a setting is kept.
pub(super) fn one_name(key: &str) -> &str {
    let other = TWO_NAMES.iter().find(|(name, _)| *name == key);
    other.map_or(key, |(_, kept)| kept)
}

/// What to write instead, or why not, when the value would break a promise.
pub(super) fn refused(key: &str, value: &str) -> Option<&'static str> {
    let owned = OWNED.iter().find(|owned| owned.key == key)?;
    let value = value.trim();
    // What is no number is left to librdkafka, which refuses it by itself.
    let number = value.parse::<i64>().ok();
    let harmless = match owned.harmless {
        No => false,
        Only(values) => values.contains(&value),
        AtMost(most) => number.is_none_or(|number| number <= most),
        AtLeast(least) => number.is_none_or(|number| number >= least),
        AtLeastOrNone(least) => number.is_none_or(|number| number == 0 || number >= least),
    };
    (!harmless).then_some(owned.instead)
}
