//! What the one who listens does: reads requests, replies and announcements, and looks after deadlines.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rdkafka::consumer::BaseConsumer;
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message as _};

use super::announce::{Herald, life};
use super::place::{self, Quiet};
use super::seat::Seat;
use super::work::Work;
use super::{Shared, wall};
use crate::mutant;
use crate::rpc::{Admission, Announcement, Envelope, Reply, Request, read, refusal};

/// One poll waits no longer, so that the end is noticed, and what could not be delivered.
const TICK: Duration = Duration::from_millis(50);
/// Nor shorter, when something is due.
const BRIEFLY: Duration = Duration::from_millis(1);
/// So many messages are read before deadlines are looked at again.
const DRAIN: usize = 256;

/// What the one who listens works with.
pub(super) struct Listener {
    shared: Arc<Shared>,
    consumer: BaseConsumer<Quiet>,
    herald: Herald,
    /// Whether it knows where to read.
    has_place: bool,
    /// So many messages may be read before it looks around again.
    at_once: usize,
}

impl Listener {
    pub(super) fn new(shared: &Arc<Shared>, consumer: BaseConsumer<Quiet>, herald: Herald) -> Self {
        Self {
            shared: Arc::clone(shared),
            consumer,
            herald,
            has_place: false,
            at_once: 0,
        }
    }

    /// Listens until there is a method that is to run on the thread that listens; nothing when the
    /// micromodule has ended.
    pub(super) fn next(&mut self, seat: &Arc<Seat>) -> Option<Work> {
        if !self.has_place {
            self.find_place();
            self.has_place = true;
        }
        while !self.shared.has_ended() {
            let wait = self.patience();
            match self.consumer.poll(wait) {
                None => self.at_once = 0,
                Some(Ok(message)) => {
                    if let Some(work) = self.take(&message, seat) {
                        return Some(work);
                    }
                }
                Some(Err(KafkaError::PartitionEOF(_))) => {}
                Some(Err(error)) => self.shared.say(&self.shared.counts.troubles, |count| {
                    tracing::warn!("kafka: calls cannot be read ({count} times so far): {error}");
                }),
            }
        }
        None
    }

    /// How long to wait for the next message: not at all in the middle of several, and until something
    /// is due when it has looked around.
    fn patience(&mut self) -> Duration {
        if self.at_once > 0 {
            self.at_once -= 1;
            return Duration::ZERO;
        }
        self.at_once = DRAIN;
        if self.herald.announce(&self.shared) {
            // As often as that is often enough.
            self.shared.errands.drop_late();
        }
        let due = self.look_after_calls();
        due.saturating_sub(self.shared.now()).clamp(BRIEFLY, TICK)
    }

    /// Looks for where to read, until it is found; until then calls wait for their deadlines.
    fn find_place(&self) {
        let meanwhile = || {
            self.look_after_calls();
        };
        while !self.shared.has_ended() {
            match place::find(&self.consumer, &self.shared, &meanwhile) {
                Ok(()) => return,
                Err(_) if self.shared.has_ended() => return,
                Err(error) => tracing::warn!(
                    "calls wait: the broker does not tell where their streams end; asking again: \
                     {error}"
                ),
            }
        }
    }

    /// Returns when something is due next.
    fn look_after_calls(&self) -> Duration {
        for undelivered in self.shared.wire.undelivered() {
            self.shared.note_undelivered(undelivered);
        }
        self.shared.with_book(|book, shared| {
            let now = shared.now();
            if book.instances.expire(now).matters() {
                book.client.on_instances(&book.instances, now);
            }
            book.client.on_tick(&mut book.instances, now);
            let due = book
                .client
                .next_due()
                .into_iter()
                .chain(book.instances.next_due());
            due.min().unwrap_or(Duration::MAX)
        })
    }

    fn take(&self, message: &BorrowedMessage<'_>, seat: &Arc<Seat>) -> Option<Work> {
        let (topic, streams) = (message.topic(), &self.shared.streams);
        if topic == streams.requests.as_str() {
            return self.on_request(message, seat);
        }
        if topic == streams.replies.as_str() {
            self.shared.on_reply(message);
        } else {
            // It was written just now, whatever the clock of its machine says.
            self.shared.on_instance(message, Duration::ZERO);
        }
        None
    }

    fn on_request(&self, message: &BorrowedMessage<'_>, seat: &Arc<Seat>) -> Option<Work> {
        let shared = &self.shared;
        let request = shared.read_from::<Request>(message)?;
        let known = shared.with_book(|book, _| book.instances.latest_life(&request.caller.uid));
        let wall = if mutant::is("calls-late") { 0 } else { wall() };
        let admission = shared.server().admit(&request, known, wall, shared.now());
        match admission {
            Admission::NotForMe | Admission::Duplicate => {}
            Admission::Expired => {
                let (method, uid) = (&request.method, &request.caller.uid);
                let late = self::wall().saturating_sub(request.deadline);
                shared.say(&shared.counts.late, |count| {
                    tracing::warn!(
                        "rpc `{method}` of {uid} does not run: it was read {late} ms after its deadline, \
                         by the clock here ({count} so far)"
                    );
                });
            }
            Admission::OldLife => {
                let (method, uid) = (&request.method, &request.caller.uid);
                tracing::debug!(
                    "rpc `{method}` of {uid} does not run: {uid} has begun a newer life"
                );
            }
            Admission::Refuse(kind, detail) => shared.reply(&request, refusal(kind, &detail)),
            Admission::Run => {
                let work = Work::new(shared, request);
                if !work.takes_state() {
                    return seat.run_beside(work);
                }
                shared.errands.leave(Box::new(work));
            }
        }
        None
    }
}

impl Shared {
    fn on_reply(&self, message: &BorrowedMessage<'_>) {
        if let Some(mut reply) = self.read_from::<Reply>(message) {
            if mutant::is("calls-anybody") {
                (reply.to, reply.life) = (self.me.uid.clone(), self.me.life);
            }
            self.with_book(|book, shared| {
                book.client
                    .on_reply(reply, &mut book.instances, shared.now());
            });
        }
    }

    /// An instance said something of itself, or goodbye, `age` ago.
    pub(super) fn on_instance(&self, message: &BorrowedMessage<'_>, age: Duration) {
        let uid = message.key().and_then(|key| std::str::from_utf8(key).ok());
        let said = match message.payload() {
            None => None,
            Some(_) => match self.read_from::<Announcement>(message) {
                Some(said) => Some(said),
                None => return,
            },
        };
        let mut backwards = None;
        self.with_book(|book, shared| {
            let now = shared.now();
            if said
                .as_ref()
                .is_some_and(|said| said.life == shared.me.life && said.uid == shared.me.uid)
            {
                book.instances.heard_itself(now);
            }
            let change = match (said, uid) {
                (Some(said), _) => {
                    let known = book.instances.latest_life(&said.uid);
                    if age.is_zero() && known.is_some_and(|known| said.life < known) {
                        backwards = Some(said.uid.clone());
                    }
                    book.instances.hear(said, age, now)
                }
                (None, Some(uid)) => book.instances.withdraw(uid, life(message), age, now),
                (None, None) => return,
            };
            if change.matters() {
                book.client.on_instances(&book.instances, now);
            }
        });
        if let Some(uid) = backwards {
            self.say(&self.counts.backwards, |count| {
                tracing::warn!(
                    "`{uid}` announces a life that began before one that is known, and is not called: \
                     two micromodules have that uid, or its clock was set back ({count} so far)"
                );
            });
        }
    }

    /// Counts what may come in numbers, and says it more and more rarely.
    pub(super) fn say(&self, counter: &AtomicU64, line: impl FnOnce(u64)) {
        let count = counter.fetch_add(1, Ordering::Relaxed) + 1;
        if count.is_power_of_two() {
            line(count);
        }
    }

    /// What a message holds; what holds nothing of ours is counted and said, more and more rarely.
    fn read_from<T: Envelope>(&self, message: &BorrowedMessage<'_>) -> Option<T> {
        match read(message.payload()) {
            Ok(envelope) => Some(envelope),
            Err(why) => {
                let (stream, offset) = (message.topic(), message.offset());
                let count = {
                    let mut garbage = self.garbage();
                    let count = garbage.entry(stream.to_owned()).or_default();
                    *count += 1;
                    *count
                };
                if count.is_power_of_two() {
                    let partition = message.partition();
                    tracing::warn!(
                        "stream `{stream}`, partition {partition}, offset {offset} is nothing that \
                         micromodules say to each other, and is passed over ({count} so far): {why}"
                    );
                }
                None
            }
        }
    }
}
