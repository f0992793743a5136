//! The embedded broker: a Kafka-protocol broker inside this process, for demos and tests.

use std::ffi::c_int;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use rdkafka::bindings;
use rdkafka::client::{Client, DefaultClientContext};
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::mocking::MockCluster;
use rdkafka::types::RDKafkaType;

use crate::stream::StreamName;

/// How long the first members of a group wait for each other, in milliseconds: long enough for the
/// instances of one process to start together also on a busy machine, for a late one costs the
/// others a rebalance; short enough not to be noticed.
const FIRST_JOIN_DELAY_MS: i32 = 500;

/// A broker that lives in this process and keeps its streams in memory.
///
/// It is the mock cluster of librdkafka: it speaks the real protocol to the real client on a free
/// port of 127.0.0.1, and other processes may connect. It stops when it is dropped, and what it
/// held is gone.
///
/// Its limits:
/// - **each partition drops its oldest data past 5 MiB or 100,000 batches.** A reader that comes
///   too late gets the error `AutoOffsetReset`, if it reads with `auto.offset.reset=error`;
/// - no admin calls (streams are created with [`create_stream`](Self::create_stream)), no offsets
///   by time, no static membership;
/// - transactions are accepted and mean nothing.
///
/// | measured on two cores | |
/// |---|---|
/// | start | 1 to 3 ms |
/// | first member owns its share, with librdkafka's defaults | 3.0 s |
/// | a second member, with librdkafka's defaults | more than 60 s |
/// | four members together, with [`client_settings`](Self::client_settings) | 0.6 s |
/// | a fifth, started later, with them | 2.1 s |
/// | four, and a fifth, beside twice as many busy processes as cores | 0.6 to 8.7 s |
///
/// ```
/// let broker = catenae::EmbeddedBroker::start()?;
/// broker.create_stream("lines", 4)?;
/// println!("a Kafka broker listens on {}", broker.address());
/// # Ok::<(), catenae::EmbeddedError>(())
/// ```
#[derive(Debug)]
pub struct EmbeddedBroker {
    address: String,
    orders: Sender<BrokerCommand>,
}

/// Why the embedded broker did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// The broker did not start.
    #[error("the embedded broker cannot start")]
    Start {
        /// What the client library or the operating system says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The name or the number of partitions is not one that Kafka knows.
    #[error(
        "`{stream}` with {partitions} partitions cannot be a stream: write 1 to 249 of the letters \
         `a-z A-Z 0-9 . _ -` and at least one partition"
    )]
    InvalidStream {
        /// The stream that was asked for.
        stream: String,
        /// The number of partitions that was asked for.
        partitions: i32,
    },
    /// The stream could not be created.
    #[error("the embedded broker cannot create stream `{stream}`")]
    CreateStream {
        /// The stream that was asked for.
        stream: String,
        /// What the client library says.
        #[source]
        source: KafkaError,
    },
    /// The thread of the broker ended before its handle was dropped.
    #[error("the embedded broker has stopped")]
    Stopped,
}

/// What the handle asks of the broker's thread.
#[derive(Debug)]
enum BrokerCommand {
    Create {
        stream: String,
        partitions: i32,
        reply: Sender<Result<(), KafkaError>>,
    },
    List {
        reply: Sender<Vec<String>>,
    },
    Stop {
        reply: Sender<()>,
    },
}

impl EmbeddedBroker {
    /// Starts a broker on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// [`EmbeddedError::Start`], when there is no thread or no port to be had.
    pub fn start() -> Result<Self, EmbeddedError> {
        let (started, start) = mpsc::channel();
        let (orders, inbox) = mpsc::channel();
        // The handle of the cluster must not change threads, so it stays on one of its own.
        thread::Builder::new()
            .name("embedded-broker".to_owned())
            .spawn(move || keep(&started, &inbox))
            .map_err(|error| EmbeddedError::Start {
                source: error.into(),
            })?;
        let address = start
            .recv()
            .map_err(|_| EmbeddedError::Stopped)?
            .map_err(|error| EmbeddedError::Start {
                source: error.into(),
            })?;
        Ok(Self { address, orders })
    }

    /// Where it listens, as `host:port`: the bootstrap server of its clients.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Creates a stream; one that this handle created before stays as it is.
    ///
    /// # Errors
    /// [`EmbeddedError::InvalidStream`] for a name or a number of partitions that Kafka does not accept;
    /// [`EmbeddedError::CreateStream`] for a stream that a client has already created, with four partitions, by asking
    /// for it first.
    pub fn create_stream(&self, name: &str, partitions: i32) -> Result<(), EmbeddedError> {
        // The mock cluster takes anything, and then trips over it.
        if partitions < 1 || StreamName::parse(name).is_err() {
            return Err(EmbeddedError::InvalidStream {
                stream: name.to_owned(),
                partitions,
            });
        }
        self.ask(|reply| BrokerCommand::Create {
            stream: name.to_owned(),
            partitions,
            reply,
        })?
        .map_err(|source| EmbeddedError::CreateStream {
            stream: name.to_owned(),
            source,
        })
    }

    /// The streams created through this handle, in that order.
    ///
    /// # Errors
    /// [`EmbeddedError::Stopped`].
    pub fn streams(&self) -> Result<Vec<String>, EmbeddedError> {
        self.ask(|reply| BrokerCommand::List { reply })
    }

    /// Client settings with which groups on this broker form within about a second.
    ///
    /// When a member joins a running group this broker waits for `session.timeout.ms` less one second, whoever has
    /// joined again by then. So the session is short, and heartbeats, through which the others learn of the newcomer,
    /// are frequent. Unlike Kafka, this broker still counts a member that was too late as part of the group, with the
    /// partitions that it owned when it last joined: another member may get these partitions before the late one has
    /// given them back, and then both read them. So the session is not shorter: with a wait of 0.3 s that happened in
    /// one of 40 starts on a busy machine, with a second in none of 140. They are for this broker only: on Kafka they
    /// would make a group nervous.
    #[must_use]
    pub fn client_settings() -> &'static [(&'static str, &'static str)] {
        &[
            ("session.timeout.ms", "2000"),
            ("heartbeat.interval.ms", "50"),
            // This broker answers an empty fetch only when its wait is over, also when data came.
            ("fetch.wait.max.ms", "10"),
            ("auto.commit.interval.ms", "50"),
        ]
    }

    fn ask<T>(&self, order: impl FnOnce(Sender<T>) -> BrokerCommand) -> Result<T, EmbeddedError> {
        let (reply, answer) = mpsc::channel();
        self.orders
            .send(order(reply))
            .map_err(|_| EmbeddedError::Stopped)?;
        answer.recv().map_err(|_| EmbeddedError::Stopped)
    }
}

impl Drop for EmbeddedBroker {
    fn drop(&mut self) {
        // Waits until the port is closed, so that a test ends with nothing left running.
        let (reply, stopped) = mpsc::channel();
        if self.orders.send(BrokerCommand::Stop { reply }).is_ok() {
            let _ = stopped.recv();
        }
    }
}

/// Runs the broker on the calling thread until it is told to stop.
fn keep(started: &Sender<Result<String, KafkaError>>, inbox: &Receiver<BrokerCommand>) {
    let client = match client() {
        Ok(client) => client,
        Err(error) => return drop(started.send(Err(error))),
    };
    let Some(cluster) = client.mock_cluster() else {
        let missing = KafkaError::MockCluster(RDKafkaErrorCode::Fail);
        return drop(started.send(Err(missing)));
    };
    hasten_first_join(&client);
    if started.send(Ok(cluster.bootstrap_servers())).is_err() {
        return;
    }
    let finished = serve(&cluster, inbox);
    drop(cluster);
    drop(client);
    drop(finished);
}

/// Obeys orders; returns whom to tell once the broker is gone, by dropping it.
fn serve(
    cluster: &MockCluster<'_, DefaultClientContext>,
    inbox: &Receiver<BrokerCommand>,
) -> Option<Sender<()>> {
    let mut streams: Vec<String> = Vec::new();
    for order in inbox {
        // An answer that nobody waits for any more may be lost.
        match order {
            BrokerCommand::Create {
                stream,
                partitions,
                reply,
            } => {
                let result = if streams.contains(&stream) {
                    Ok(())
                } else {
                    cluster.create_topic(&stream, partitions, 1)
                };
                if result.is_ok() && !streams.contains(&stream) {
                    streams.push(stream);
                }
                let _ = reply.send(result);
            }
            BrokerCommand::List { reply } => drop(reply.send(streams.clone())),
            BrokerCommand::Stop { reply } => return Some(reply),
        }
    }
    None
}

/// The client that the cluster belongs to.
fn client() -> Result<Client<DefaultClientContext>, KafkaError> {
    let mut config = ClientConfig::new();
    config.set("test.mock.num.brokers", "1");
    let native = config.create_native_config()?;
    Client::new(
        &config,
        native,
        RDKafkaType::RD_KAFKA_PRODUCER,
        DefaultClientContext,
    )
}

/// Shortens the three seconds that the first members of a group are kept waiting.
fn hasten_first_join(client: &Client<DefaultClientContext>) {
    // SAFETY: the handle belongs to `client`, which outlives this call; the function returns null
    // or the cluster that was made with the client and lives as long, and the setter takes the
    // cluster's own lock.
    unsafe {
        let cluster = bindings::rd_kafka_handle_mock_cluster(client.native_ptr());
        if !cluster.is_null() {
            bindings::rd_kafka_mock_group_initial_rebalance_delay_ms(
                cluster,
                FIRST_JOIN_DELAY_MS as c_int,
            );
        }
    }
}

pub(crate) mod backlog;
#[cfg(test)]
mod tests;
