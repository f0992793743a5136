//! The settings of our Kafka clients, each with its reason.

mod one_sided;

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

use crate::config::{Config, Uid};
use crate::error::{Error, ErrorKind};
use crate::kafka::Endpoint;
use crate::kafka::client::log::Log;
use crate::mutant;
use crate::outcome::RetryWait;
use crate::spec::modes::Order;

/// How many bytes a consumer reads ahead of each input: with a million electrons waiting, this is what it holds.
const READ_AHEAD_KBYTES: &str = "8192";
/// The largest answer to one fetch, so that read-ahead is not exceeded by much.
const FETCH_MAX_BYTES: &str = "4194304";
/// The part of it that one partition may fill: a small electron takes several times its size, and
/// with ten partitions this is the most of what a consumer holds. A larger electron still comes.
const PARTITION_FETCH_BYTES: &str = "524288";

/// How many electrons are read ahead of several inputs together, and of each of them at least and at most.
const READ_AHEAD_OF_SEVERAL: usize = 100_000;
const READ_AHEAD_OF_EACH: (usize, usize) = (10_000, 50_000);
/// How long the broker may wait with its answer, where several inputs are read.
const SEVERAL_WAIT_MS: &str = "20";

fn base(endpoint: &Endpoint, config: &Config) -> ClientConfig {
    let mut client = ClientConfig::new();
    client
        .set("bootstrap.servers", endpoint.address())
        .set(
            "client.id",
            format!("catenae-{}-{}", config.class, config.uid),
        )
        // Streams are created by us with the asked number of partitions, or reported missing.
        .set("allow.auto.create.topics", "false")
        .set("topic.metadata.refresh.interval.ms", "30000")
        // A broker that is back is asked again within a second, as Kafka's own clients do; the ten seconds
        // that librdkafka waits at most are longer than most calls.
        .set("reconnect.backoff.max.ms", "1000")
        // That a server closes a connection is said at this level only; see `kafka::connections`.
        .set_log_level(RDKafkaLogLevel::Info);
    client
}

/// The user's own settings come last and win; those that would break the guarantee were refused
/// when the command line was read.
fn finish(mut client: ClientConfig, config: &Config) -> ClientConfig {
    for (name, value) in config.kafka.iter() {
        client.set(name, value);
    }
    if client.get("debug").is_some() {
        client.set_log_level(RDKafkaLogLevel::Debug);
    }
    client
}

/// A client for questions: metadata, offsets, creating streams.
pub(crate) fn admin(endpoint: &Endpoint, config: &Config) -> ClientConfig {
    let mut client = base(endpoint, config);
    client
        .set("group.id", &config.group)
        .set("enable.auto.commit", "false")
        // Less than a question waits, so that a server that says nothing is told from one that is not there.
        .set("socket.connection.setup.timeout.ms", "4000");
    let mut client = finish(client, config);
    one_sided::remove(&mut client);
    client
}

/// The consumer of a link's input streams.
pub(crate) fn consumer(endpoint: &Endpoint, config: &Config) -> ClientConfig {
    let mut client = base(endpoint, config);
    let poll_interval = config.consumer_timeout.as_millis().to_string();
    let session = |of_broker: u128| config.consumer_timeout.as_millis().min(of_broker);
    client
        .set("group.id", &config.group)
        // Only settled offsets are stored; what is stored is committed every second.
        .set("enable.auto.offset.store", "false")
        .set("enable.auto.commit", "true")
        .set("auto.commit.interval.ms", "1000")
        // A vanished offset is an error that stops the link; a new group is started at the
        // beginning by the rebalance callback.
        .set("auto.offset.reset", "error")
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("session.timeout.ms", session(10_000).to_string())
        .set("max.poll.interval.ms", poll_interval)
        .set("queued.min.messages", "10000")
        .set("queued.max.messages.kbytes", READ_AHEAD_KBYTES)
        .set("fetch.max.bytes", FETCH_MAX_BYTES)
        .set("fetch.message.max.bytes", PARTITION_FETCH_BYTES)
        // With a small read-ahead the default of one second would be a stall.
        .set("fetch.queue.backoff.ms", "2");
    read_several(&mut client, config);
    if !config.delivery.stores() {
        // Committed by the lanes before, or by the transactions together with the outputs.
        client.set("enable.auto.commit", "false");
    }
    if mutant::is("reads-aborted") {
        client.set("isolation.level", "read_uncommitted");
    }
    for (name, value) in endpoint.extra() {
        client.set(*name, *value);
    }
    // librdkafka takes no session that is longer than the time between two polls.
    let wanted = client
        .get("session.timeout.ms")
        .and_then(|value| value.parse().ok());
    if let Some(wanted) = wanted {
        client.set("session.timeout.ms", session(wanted).to_string());
    }
    if takes_new_protocol(config) {
        // There the broker decides these, and librdkafka refuses to be told.
        for name in [
            "session.timeout.ms",
            "heartbeat.interval.ms",
            "partition.assignment.strategy",
        ] {
            client.remove(name);
        }
    }
    let mut client = finish(client, config);
    tell_of_recreation(&mut client);
    client
}

/// Several inputs of one broker share one request: while the broker waits for electrons of an empty input, it is asked for
/// nothing else. An input of which enough is read ahead is left out of that request, and has to last until the answer.
///
/// So the broker waits less, and more is read ahead: 20 ms at a million electrons a second are 20,000. With the client's
/// 500 ms a second input, even an empty one, took a link from 733,000 electrons a second to 44,000.
fn read_several(client: &mut ClientConfig, config: &Config) {
    let delayed = config.policy.waiting() == Some(RetryWait::Delayed);
    let inputs = config.inputs.len() * if delayed { 2 } else { 1 };
    if inputs < 2 {
        return;
    }
    let (least, most) = READ_AHEAD_OF_EACH;
    let each = (READ_AHEAD_OF_SEVERAL / inputs).clamp(least, most);
    client
        .set("queued.min.messages", each.to_string())
        .set("fetch.wait.max.ms", SEVERAL_WAIT_MS);
}

/// Lets the client say that a stream was created again, in a line of its log
/// ([`said_by_client`](crate::kafka::topics::ids::said_by_client)). Metadata is asked for every 30 seconds, so nobody
/// pays for what it says besides; [`log_of_reader`] keeps that from the log.
pub(crate) fn tell_of_recreation(client: &mut ClientConfig) {
    let debug = match client.get("debug") {
        Some(debug) if !debug.trim().is_empty() => format!("{debug},metadata"),
        _ => "metadata".to_owned(),
    };
    client
        .set("debug", debug)
        .set_log_level(RDKafkaLogLevel::Debug);
}

/// What is written of what a consumer says.
pub(crate) fn log_of_reader(config: &Config) -> Log {
    let mut settings = config.kafka.iter();
    match settings.any(|(name, value)| name == "debug" && !value.trim().is_empty()) {
        true => Log::Everything,
        false => Log::Brief,
    }
}

/// What belongs to a group, and what one that has none is refused by the client: among it the time between two
/// polls, which may not be shorter than a session.
const OF_GROUPS: [&str; 7] = [
    "group.protocol",
    "max.poll.interval.ms",
    "group.instance.id",
    "group.remote.assignor",
    "session.timeout.ms",
    "heartbeat.interval.ms",
    "partition.assignment.strategy",
];

/// A consumer that reads single electrons once more, as the one of the input streams did.
pub(crate) fn rereader(endpoint: &Endpoint, config: &Config) -> ClientConfig {
    let mut client = consumer(endpoint, config);
    for name in OF_GROUPS {
        client.remove(name);
    }
    client
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "error")
        // It goes from one partition to the next, and would wait for the answer about the last one.
        .set("fetch.wait.max.ms", "10")
        .set("fetch.message.max.bytes", "65536")
        .set("queued.max.messages.kbytes", "1024");
    client
}

/// Whether the user chose `group.protocol=consumer`, the protocol of KIP-848.
fn takes_new_protocol(config: &Config) -> bool {
    let mut settings = config.kafka.iter();
    settings.any(|(name, value)| {
        name == "group.protocol" && value.trim().eq_ignore_ascii_case("consumer")
    })
}

/// Whether the group hands partitions over one by one: the start of an assignment depends on it.
pub(crate) fn is_cooperative(client: &ClientConfig) -> bool {
    let strategy = client
        .get("partition.assignment.strategy")
        .unwrap_or_default();
    !strategy.contains("range") && !strategy.contains("roundrobin")
}

/// The producer of a micromodule.
pub(crate) fn producer(endpoint: &Endpoint, config: &Config) -> ClientConfig {
    let mut client = base(endpoint, config);
    client
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("linger.ms", "5")
        .set("compression.type", "lz4")
        // The outbox waits long before these are reached.
        .set("queue.buffering.max.messages", "200000")
        .set("queue.buffering.max.kbytes", "131072");
    if config.order == Order::Synchronous {
        // Its outputs are waited for one by one: nothing comes that they could share a request with.
        client.set("linger.ms", "0");
    }
    if config.delivery.has_transactions() && !config.inputs.is_empty() {
        let timeout = TRANSACTION.max(config.commit_interval * 3 + TRANSACTION / 3);
        client
            .set("transactional.id", transactional_id(config))
            .set("transaction.timeout.ms", timeout.as_millis().to_string());
    }
    finish(client, config)
}

/// How long a message of calls may be under way; a call has a shorter deadline of its own.
const CALL_TIMEOUT_MS: &str = "10000";

/// The producer of calls: each message on its own, at once.
pub(crate) fn call_producer(endpoint: &Endpoint, config: &Config) -> ClientConfig {
    let mut client = base(endpoint, config);
    client
        .set("acks", "all")
        .set("linger.ms", "0")
        .set("compression.type", "none")
        // A repetition by the client is found by the id of the call: idempotence would add an error
        // after which nothing can be sent any more.
        .set("enable.idempotence", "false")
        .set("message.timeout.ms", CALL_TIMEOUT_MS)
        .set("queue.buffering.max.kbytes", "65536")
        // Kafka refuses a batch as a whole when it is larger than its stream takes, and the client sends its
        // messages no other way again: batches stay far below what any stream is limited to.
        .set("batch.size", "16384");
    let mut client = finish(client, config);
    // What is meant for the electrons, and does not suit this one or is refused by the client.
    for name in [
        "transactional.id",
        "transaction.timeout.ms",
        "enable.gapless.guarantee",
        "queue.buffering.max.ms",
    ] {
        client.remove(name);
    }
    client
        .set("linger.ms", "0")
        .set("enable.idempotence", "false")
        // Nobody waits for the others: each would wake a thread for nothing.
        .set("delivery.report.only.error", "true");
    client
}

/// The consumer of calls. It belongs to no group: it is told what to read, and commits nothing. The
/// client asks for the name of one all the same.
pub(crate) fn call_consumer(endpoint: &Endpoint, config: &Config) -> ClientConfig {
    let mut client = base(endpoint, config);
    for (name, value) in endpoint.extra() {
        client.set(*name, *value);
    }
    client
        // Only asked for by name; this one the user may use in any case.
        .set("group.id", &config.group)
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        // What was deleted before it was read is past its deadline.
        .set("auto.offset.reset", "earliest")
        // Tells when everything that instances have said is read.
        .set("enable.partition.eof", "true")
        .set("queued.max.messages.kbytes", "16384")
        .set("fetch.queue.backoff.ms", "10");
    let mut client = finish(client, config);
    for name in OF_GROUPS.into_iter().chain(["fetch.min.bytes"]) {
        client.remove(name);
    }
    client
        // A stranger's open transaction holds nothing up.
        .set("isolation.level", "read_uncommitted")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "earliest");
    tell_of_recreation(&mut client);
    client
}

/// How long readers of committed electrons may wait for a transaction of an instance that died; the
/// broker looks for such ones every ten seconds.
const TRANSACTION: Duration = Duration::from_secs(15);

/// One per instance. An instance that starts again with the same uid ends at once what it left open.
pub(crate) fn transactional_id(config: &Config) -> String {
    format!("{}{}", transactional_prefix(config), config.uid)
}

/// What the ids of all instances of a micromodule begin with.
pub(crate) fn transactional_prefix(config: &Config) -> String {
    format!("catenae-{}-{}-", config.group, config.class)
}

/// Gives the next producer a transactional id that nobody has. It begins as the first one did, so what
/// a user may do with ids of that prefix holds for it too.
pub(crate) fn renew_transactional_id(client: &mut ClientConfig) -> Result<(), Error> {
    let unique = Uid::random().map_err(|error| {
        let context = "the system has no randomness for a transactional id";
        Error::new(ErrorKind::Lifecycle, context).caused_by(error)
    })?;
    let id = client.get("transactional.id").unwrap_or_default();
    let first = match id.rsplit_once(RENEWED) {
        // Not a part of the group's name: behind that comes more.
        Some((first, unique)) if unique.chars().all(|c| c.is_ascii_hexdigit()) => first,
        _ => id,
    };
    let renewed = format!("{first}{RENEWED}{unique}");
    client.set("transactional.id", renewed);
    Ok(())
}

/// Between the first transactional id and what makes another one of it; no uid has it.
const RENEWED: &str = "~";

/// How long Kafka lets a transaction of this producer be open.
pub(crate) fn transaction_timeout(endpoint: &Endpoint, config: &Config) -> Duration {
    let client = producer(endpoint, config);
    let given = client
        .get("transaction.timeout.ms")
        .and_then(|value| value.trim().parse().ok());
    given.map_or(TRANSACTION, Duration::from_millis)
}

/// The largest electron the producer accepts, in bytes.
pub(crate) fn message_max_bytes(client: &ClientConfig) -> usize {
    client
        .get("message.max.bytes")
        .and_then(|value| value.parse().ok())
        .unwrap_or(1_000_000)
}

/// The largest batch of several electrons, in bytes.
pub(crate) fn batch_bytes(client: &ClientConfig) -> usize {
    client
        .get("batch.size")
        .and_then(|value| value.parse().ok())
        .unwrap_or(1_000_000)
}

#[cfg(test)]
mod tests;
