//! Calls by hand: what micromodules say to each other, written and read by another program.
//!
//! Nothing here comes from the library. The envelopes are spelled out once more, so that a change of
//! what crosses shows.

mod instance;
mod places;

use std::cell::{Cell, RefCell};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ciborium::Value;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use serde::Serialize;

pub use self::places::{announced, partitions_of};
use self::places::{assign, await_stream, consumer};
use crate::broker::TestBroker;
use crate::wait::{DEADLINE, eventually, unique};

/// The stream of all answers.
pub const REPLIES: &str = "catenae_replies";
/// The stream on which instances announce themselves.
pub const INSTANCES: &str = "catenae_instances";

/// The stream of the requests to a class.
#[must_use]
pub fn requests_of(class: &str) -> String {
    format!("catenae_rpc_{class}")
}

/// Milliseconds since 1970.
#[must_use]
pub fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(now.expect("after 1970").as_millis()).expect("before the end of time")
}

/// A map with these fields.
#[must_use]
pub fn map(fields: &[(&str, Value)]) -> Value {
    let pairs = fields.iter().cloned();
    Value::Map(pairs.map(|(name, value)| (name.into(), value)).collect())
}

/// CBOR behind its tag, as everything crosses.
///
/// # Panics
/// When the value cannot be written.
pub fn cbor(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = vec![0xd9, 0xd9, 0xf7];
    ciborium::into_writer(value, &mut bytes).expect("it can be written");
    bytes
}

/// What CBOR says.
///
/// # Panics
/// When it is none.
#[must_use]
#[track_caller]
pub fn uncbor(bytes: &[u8]) -> Value {
    let value: Value = ciborium::from_reader(bytes).expect("CBOR");
    match value {
        Value::Tag(55799, value) => *value,
        value => value,
    }
}

/// The field of a map.
///
/// # Panics
/// When it has none of that name.
#[must_use]
#[track_caller]
pub fn field<'v>(value: &'v Value, name: &str) -> &'v Value {
    let fields = value
        .as_map()
        .unwrap_or_else(|| panic!("no map: {value:?}"));
    let mut named = fields.iter().filter(|(key, _)| key.as_text() == Some(name));
    let found = named.next().map(|(_, value)| value);
    found.unwrap_or_else(|| panic!("no field `{name}`: {value:?}"))
}

/// A number in a map.
///
/// # Panics
/// When there is none.
#[must_use]
#[track_caller]
pub fn number(value: &Value, name: &str) -> u64 {
    let value = field(value, name).as_integer().expect("an integer");
    u64::try_from(value).expect("not negative")
}

/// Whom a request is for.
#[derive(Clone, Debug)]
pub enum To<'t> {
    /// One instance, in any of its incarnations.
    One(&'t str),
    /// One incarnation of an instance.
    Incarnation(&'t str, u64),
    /// Everybody of the class.
    All,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// The value that the method returned.
    Value(Value),
    /// Why there is none: the kind, and the detail.
    Refusal(String, String),
}

impl Said {
    /// The value.
    ///
    /// # Panics
    /// When it was refused.
    #[track_caller]
    pub fn value(self) -> Value {
        match self {
            Self::Value(value) => value,
            refusal @ Self::Refusal(..) => panic!("no value: {refusal:?}"),
        }
    }

    /// The value as a number.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    #[track_caller]
    pub fn number(self) -> u64 {
        let value = self.value().as_integer().expect("an integer");
        u64::try_from(value).expect("not negative")
    }

    /// The word of a refusal.
    ///
    /// # Panics
    /// When there is a value.
    #[must_use]
    #[track_caller]
    pub fn kind(&self) -> &str {
        match self {
            Self::Refusal(kind, _) => kind,
            Self::Value(value) => panic!("no refusal: {value:?}"),
        }
    }
}

/// A reply as it was read.
struct Reply {
    id: u64,
    incarnation: u64,
    from: String,
    said: Said,
}

/// One who asks and answers by hand, without the library under test.
pub struct Hand<'b> {
    broker: &'b TestBroker,
    /// Its id.
    pub uid: String,
    /// Its incarnation: microseconds since 1970, as everybody's.
    pub incarnation: Cell<u64>,
    partition: i32,
    asked: Cell<u64>,
    producer: ThreadedProducer<DefaultProducerContext>,
    replies: BaseConsumer,
    read: RefCell<Vec<Reply>>,
}

impl<'b> Hand<'b> {
    /// One that hears all answers from now on; the streams are there when a micromodule runs.
    ///
    /// # Panics
    /// When they are not there by the deadline.
    #[must_use]
    pub fn new(broker: &'b TestBroker) -> Self {
        await_stream(broker, REPLIES);
        let replies = consumer(broker);
        let partition = 0;
        // A stream that was just created may have no leader yet.
        let (_, end) = eventually("the stream of replies is there", DEADLINE, || {
            replies.fetch_watermarks(REPLIES, partition, DEADLINE).ok()
        });
        assign(&replies, REPLIES, &[(partition, end)]);
        Self {
            broker,
            uid: unique("hand"),
            incarnation: Cell::new(now_ms() * 1000),
            partition,
            asked: Cell::new(0),
            producer: broker
                .client()
                .set("linger.ms", "0")
                .create()
                .expect("a producer"),
            replies,
            read: RefCell::default(),
        }
    }

    /// The number of the next request.
    pub fn next_id(&self) -> u64 {
        self.asked.set(self.asked.get() + 1);
        self.asked.get()
    }

    /// A request with a deadline far away. Its fields may be changed before it is sent.
    #[must_use]
    pub fn request(
        &self,
        id: u64,
        to: To<'_>,
        method: &str,
        arguments: &impl Serialize,
    ) -> Vec<(&'static str, Value)> {
        let caller = map(&[
            ("uid", self.uid.as_str().into()),
            ("class", "hand".into()),
            ("incarnation", self.incarnation.get().into()),
        ]);
        let (addressee, incarnation) = match to {
            To::One(uid) => (map(&[("one", uid.into())]), Value::Null),
            To::Incarnation(uid, incarnation) => (map(&[("one", uid.into())]), incarnation.into()),
            To::All => ("all".into(), Value::Null),
        };
        vec![
            ("v", 2.into()),
            ("id", id.into()),
            ("caller", caller),
            ("to", addressee),
            ("to_incarnation", incarnation),
            ("method", method.into()),
            ("deadline", (now_ms() + 60_000).into()),
            ("reply", self.partition.into()),
            ("arguments", Value::Bytes(cbor(arguments))),
        ]
    }

    /// Writes bytes as they are.
    ///
    /// # Panics
    /// When they are not delivered.
    pub fn put(&self, stream: &str, partition: Option<i32>, key: &str, value: Option<&[u8]>) {
        self.hand_over(stream, partition, key, value);
        self.producer.flush(DEADLINE).expect("the broker takes it");
    }

    fn hand_over(&self, stream: &str, partition: Option<i32>, key: &str, value: Option<&[u8]>) {
        let mut record: BaseRecord<'_, str, [u8]> = BaseRecord::to(stream).key(key);
        record.payload = value;
        record.partition = partition;
        assert!(
            self.producer.send(record).is_ok(),
            "the producer takes a record"
        );
    }

    /// Sends a request to those of a class.
    pub fn send(&self, class: &str, request: &[(&'static str, Value)]) {
        self.put(
            &requests_of(class),
            None,
            &self.uid,
            Some(&cbor(&map(request))),
        );
    }

    /// Asks one instance, and returns what it answers.
    #[track_caller]
    pub fn ask(&self, class: &str, uid: &str, method: &str, arguments: &impl Serialize) -> Said {
        let id = self.begin(class, uid, method, arguments);
        self.answer(id)
    }

    /// Asks one instance; returns the number of the request.
    pub fn begin(&self, class: &str, uid: &str, method: &str, arguments: &impl Serialize) -> u64 {
        let id = self.next_id();
        self.send(class, &self.request(id, To::One(uid), method, arguments));
        id
    }

    /// Asks one instance once for each of these arguments, in one go; returns the numbers of the requests.
    ///
    /// # Panics
    /// When they are not delivered.
    pub fn begin_all<A: Serialize>(
        &self,
        class: &str,
        uid: &str,
        method: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Vec<u64> {
        let stream = requests_of(class);
        let begin = |arguments: A| {
            let id = self.next_id();
            let request = self.request(id, To::One(uid), method, &arguments);
            self.hand_over(&stream, None, &self.uid, Some(&cbor(&map(&request))));
            id
        };
        let begun = arguments.into_iter().map(begin).collect();
        self.producer.flush(DEADLINE).expect("the broker takes it");
        begun
    }

    /// The answer to a request.
    ///
    /// # Panics
    /// When there is none by the deadline.
    #[track_caller]
    pub fn answer(&self, id: u64) -> Said {
        let what = format!("an answer to request {id}");
        let (_, said) = eventually(&what, DEADLINE, || {
            self.take(id).or_else(|| {
                self.hear(Duration::from_millis(20));
                self.take(id)
            })
        });
        said
    }

    /// The answer to a request, if one came so far, and from whom.
    pub fn take(&self, id: u64) -> Option<(String, Said)> {
        let mut read = self.read.borrow_mut();
        let mine = |reply: &Reply| reply.id == id && reply.incarnation == self.incarnation.get();
        let at = read.iter().position(mine)?;
        let reply = read.swap_remove(at);
        Some((reply.from, reply.said))
    }

    /// Reads the answers that are there, and waits for the first at most so long.
    pub fn hear(&self, mut wait: Duration) {
        while let Some(polled) = self.replies.poll(wait) {
            wait = Duration::ZERO;
            let Ok(message) = polled else { continue };
            // Others write here, too, and not only what is right.
            if message.key() == Some(self.uid.as_bytes())
                && let Some(bytes) = message.payload()
            {
                self.read.borrow_mut().push(reply(&uncbor(bytes)));
            }
        }
    }

    /// What an instance counts of its calls.
    #[track_caller]
    pub fn stats(&self, class: &str, uid: &str) -> Value {
        self.ask(class, uid, "stats", &NONE).value()
    }

    /// One of the counts of its calls.
    #[track_caller]
    pub fn count(&self, class: &str, uid: &str, name: &str) -> u64 {
        number(field(&self.stats(class, uid), "calls"), name)
    }
}

/// No arguments.
pub const NONE: [u8; 0] = [];

fn reply(value: &Value) -> Reply {
    let said = field(value, "said");
    let text = |value: &Value, name| field(value, name).as_text().expect("a text").to_owned();
    let said = match said.as_map().and_then(|fields| fields[0].0.as_text()) {
        Some("value") => {
            let bytes = field(field(said, "value"), "value")
                .as_bytes()
                .expect("bytes");
            let list = uncbor(bytes).into_array().expect("a list");
            Said::Value(list.into_iter().next().expect("one value"))
        }
        _ => {
            let refusal = field(said, "refusal");
            Said::Refusal(text(refusal, "kind"), text(refusal, "detail"))
        }
    };
    Reply {
        id: number(value, "id"),
        incarnation: number(value, "incarnation"),
        from: text(value, "from"),
        said,
    }
}
