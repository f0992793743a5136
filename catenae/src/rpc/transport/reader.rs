//! What the one who listens does: reads requests, replies and announcements, and looks after deadlines.

use std::sync::Arc;
use std::time::Duration;

use super::{CallsShared, wall};
use crate::kafka::calls::consumer::CallConsumer;
use crate::kafka::client::record::FetchedRecord;
use crate::mutant;
use crate::rpc::transport::heartbeat::{Heartbeat, incarnation};
use crate::rpc::transport::invocation::Invocation;
use crate::rpc::transport::leader::Leadership;
use crate::rpc::transport::positions as place;
use crate::rpc::{Admission, Announcement, Envelope, Reply, Request, read, refusal};

/// One poll waits no longer, so that the end is noticed, and what could not be delivered.
const TICK: Duration = Duration::from_millis(50);
/// Nor shorter, when something is due.
const BRIEFLY: Duration = Duration::from_millis(1);
/// So many messages are read before deadlines are looked at again.
const DRAIN: usize = 256;

/// What the one who listens works with.
pub(super) struct CallReader {
    shared: Arc<CallsShared>,
    consumer: CallConsumer,
    heartbeat: Heartbeat,
    /// Whether it knows where to read.
    has_place: bool,
    /// So many messages may be read before it looks around again.
    at_once: usize,
}

impl CallReader {
    pub(super) fn new(
        shared: &Arc<CallsShared>,
        consumer: CallConsumer,
        heartbeat: Heartbeat,
    ) -> Self {
        Self {
            shared: Arc::clone(shared),
            consumer,
            heartbeat,
            has_place: false,
            at_once: 0,
        }
    }

    /// Listens until there is a method that is to run on the thread that listens; nothing when the
    /// micromodule has ended.
    pub(super) fn next(&mut self, leadership: &Arc<Leadership>) -> Option<Invocation> {
        if !self.has_place {
            self.find_place();
            self.has_place = true;
        }
        while !self.shared.has_ended() {
            let wait = self.patience();
            match self.consumer.poll(wait) {
                None => self.at_once = 0,
                Some(Ok(message)) => {
                    if let Some(work) = self.take(&message, leadership) {
                        return Some(work);
                    }
                }
                Some(Err(error)) if error.end_of_partition().is_some() => {}
                // Told where the connections of all clients are told.
                Some(Err(error)) if error.is_of_connections() => {
                    tracing::debug!("kafka: calls: {error}");
                }
                Some(Err(error)) => self.shared.warnings.troubles.say(|count| {
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
        if self.heartbeat.announce(&self.shared) {
            // As often as that is often enough.
            self.shared.lane_queue.drop_late();
        }
        self.follow_streams();
        let due = self.look_after_calls();
        due.saturating_sub(self.shared.now()).clamp(BRIEFLY, TICK)
    }

    /// Begins again on streams that were created again: nothing that was asked there is missed.
    fn follow_streams(&self) {
        for recreated in self.consumer.take_recreated() {
            match self.consumer.read_again(&recreated.stream) {
                Ok(()) => tracing::warn!("calls: {recreated}: it is read from its beginning"),
                Err(error) => tracing::warn!(
                    "calls: {recreated}; requests sent to it so far may be missed, and those \
                     calls end at their deadlines: {error}"
                ),
            }
        }
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
        for undelivered in self.shared.producer.undelivered() {
            self.shared.note_undelivered(undelivered);
        }
        self.shared.with_pending(|pending, shared| {
            let now = shared.now();
            if pending.instances.expire(now).matters() {
                pending.client.on_instances(&pending.instances, now);
            }
            pending.client.on_tick(&mut pending.instances, now);
            let due = pending
                .client
                .next_due()
                .into_iter()
                .chain(pending.instances.next_due());
            due.min().unwrap_or(Duration::MAX)
        })
    }

    fn take(
        &self,
        message: &FetchedRecord<'_>,
        leadership: &Arc<Leadership>,
    ) -> Option<Invocation> {
        let (topic, streams) = (message.stream(), &self.shared.streams);
        if topic == streams.requests.as_str() {
            return self.on_request(message, leadership);
        }
        if topic == streams.replies.as_str() {
            self.shared.on_reply(message);
        } else {
            // It was written just now, whatever the clock of its machine says.
            self.shared.on_instance(message, Duration::ZERO);
        }
        None
    }

    fn on_request(
        &self,
        message: &FetchedRecord<'_>,
        leadership: &Arc<Leadership>,
    ) -> Option<Invocation> {
        let shared = &self.shared;
        let request = shared.read_from::<Request>(message)?;
        let known = shared
            .with_pending(|pending, _| pending.instances.latest_incarnation(&request.caller.uid));
        let wall = if mutant::is("calls-late") { 0 } else { wall() };
        let admission = shared.server().admit(&request, known, wall, shared.now());
        match admission {
            Admission::NotForMe | Admission::Duplicate => {}
            Admission::Expired => {
                let (method, uid) = (&request.method, &request.caller.uid);
                let late = crate::rpc::transport::wall().saturating_sub(request.deadline);
                shared.warnings.late.say(|count| {
                    tracing::warn!(
                        "rpc `{method}` of {uid} does not run: it was read {late} ms after its deadline, \
                         by the clock here ({count} so far)"
                    );
                });
            }
            Admission::OldIncarnation => {
                let (method, uid) = (&request.method, &request.caller.uid);
                tracing::debug!(
                    "rpc `{method}` of {uid} does not run: {uid} was started again since"
                );
            }
            Admission::Refuse(kind, detail) => shared.reply(&request, refusal(kind, &detail)),
            Admission::Run => {
                let work = Invocation::new(shared, request);
                if !work.takes_state() {
                    return leadership.run_beside(work);
                }
                shared.lane_queue.leave(Box::new(work));
            }
        }
        None
    }
}

impl CallsShared {
    fn on_reply(&self, message: &FetchedRecord<'_>) {
        if let Some(mut reply) = self.read_from::<Reply>(message) {
            if mutant::is("calls-anybody") {
                (reply.to, reply.incarnation) = (self.me.uid.clone(), self.me.incarnation);
            }
            self.with_pending(|pending, shared| {
                pending
                    .client
                    .on_reply(reply, &mut pending.instances, shared.now());
            });
        }
    }

    /// An instance said something of itself, or goodbye, `age` ago.
    pub(super) fn on_instance(&self, message: &FetchedRecord<'_>, age: Duration) {
        let uid = message.key().and_then(|key| std::str::from_utf8(key).ok());
        let said = match message.value() {
            None => None,
            Some(_) => match self.read_from::<Announcement>(message) {
                Some(said) => Some(said),
                None => return,
            },
        };
        let mut backwards = None;
        self.with_pending(|pending, shared| {
            let now = shared.now();
            if said.as_ref().is_some_and(|said| {
                said.incarnation == shared.me.incarnation && said.uid == shared.me.uid
            }) {
                pending.instances.heard_itself(now);
            }
            let change = match (said, uid) {
                (Some(said), _) => {
                    let known = pending.instances.latest_incarnation(&said.uid);
                    if age.is_zero() && known.is_some_and(|known| said.incarnation < known) {
                        backwards = Some(said.uid.clone());
                    }
                    pending.instances.hear(said, age, now)
                }
                (None, Some(uid)) => {
                    pending
                        .instances
                        .withdraw(uid, incarnation(message), age, now)
                }
                (None, None) => return,
            };
            if change.matters() {
                pending.client.on_instances(&pending.instances, now);
            }
        });
        if let Some(uid) = backwards {
            self.warnings.backwards.say(|count| {
                tracing::warn!(
                    "`{uid}` announces an incarnation that is older than one already known, so \
                     it is not called: two micromodules have that uid, or its clock was set \
                     back ({count} so far)"
                );
            });
        }
    }

    /// What a message holds; what holds nothing of ours is counted and said, more and more rarely.
    fn read_from<T: Envelope>(&self, message: &FetchedRecord<'_>) -> Option<T> {
        match read(message.value()) {
            Ok(envelope) => Some(envelope),
            Err(why) => {
                let (stream, offset) = (message.stream(), message.offset());
                let partition = message.partition();
                self.warnings.say_garbage(stream, |count| {
                    tracing::warn!(
                        "stream `{stream}`, partition {partition}, offset {offset} is not a \
                         message between micromodules and is ignored ({count} so far): {why}"
                    );
                });
                None
            }
        }
    }
}
