//! Answers: what the one who asked is told, and what is done about messages that were not delivered.

use super::streams::class_of;
use super::{CallsShared, wall};
use crate::kafka::calls::producer::{MessageFate, Undelivered};
use crate::mutant;
use crate::rpc::{
    CallErrorKind, CallId, Done, Reply, ReplyBody, Request, VERSION, is_expired, is_readable, read,
    refusal, write,
};

impl CallsShared {
    pub(super) fn came_too_late(&self, request: &Request) -> bool {
        is_expired(request.deadline, wall()) && !mutant::is("calls-late")
    }

    /// A request is over; `said` is what is answered, nothing when nobody waits any more.
    pub(super) fn done(&self, request: &Request, said: Option<ReplyBody>) {
        let how = match &said {
            None => Done::Expired,
            Some(ReplyBody::Value { .. }) => Done::Ran,
            Some(ReplyBody::Refusal { .. }) => Done::Refused,
        };
        self.server().count(how);
        match said {
            Some(said) => self.reply(request, said),
            None => tracing::debug!(
                "rpc `{}` of {}: its deadline passed before its turn came",
                request.method,
                request.caller.uid
            ),
        }
        // Not before: the end waits for it, and for what was sent until then.
        self.server().release(request);
        self.over.ring();
    }

    /// Answers a request, when an answer is wanted.
    pub(super) fn reply(&self, request: &Request, said: ReplyBody) {
        let Some(partition) = request.reply else {
            return self.note_unanswered(request, &said);
        };
        let reply = Reply {
            v: VERSION,
            id: request.id,
            to: request.caller.uid.clone(),
            incarnation: request.caller.incarnation,
            from: self.me.uid.clone(),
            said,
        };
        self.send_reply(&reply, partition);
    }

    /// A notification that went wrong is told to nobody else.
    fn note_unanswered(&self, request: &Request, said: &ReplyBody) {
        let what = match said {
            ReplyBody::Value { is_err: false, .. } => return,
            ReplyBody::Value { .. } => "returned an error".to_owned(),
            ReplyBody::Refusal { kind, detail } => format!("was not carried out: {kind} {detail}"),
        };
        let (method, uid) = (&request.method, &request.caller.uid);
        self.warnings.unanswered.say(|count| {
            tracing::warn!(
                "rpc `{method}`, sent by {uid} as a notification, {what} ({count} so far)"
            );
        });
    }

    fn send_reply(&self, reply: &Reply, partition: i32) {
        let bytes = match write(reply) {
            Ok(bytes) => bytes,
            Err(why) => {
                let to = &reply.to;
                return tracing::error!("an answer to {to} cannot be written: {why}");
            }
        };
        let stream = self.streams.replies.as_str();
        if let Err(why) = is_readable(&bytes)
            && let ReplyBody::Value { .. } = reply.said
        {
            let (said, reply) = (refusal(CallErrorKind::TooLarge, &why), reply.clone());
            return self.send_reply(&Reply { said, ..reply }, partition);
        }
        let taken = self
            .producer
            .send(stream, Some(partition), &reply.to, Some(&bytes));
        if let Err(undelivered) = taken {
            self.note_undelivered(undelivered);
        }
    }

    /// A message was not delivered: whoever can do something about it is told.
    pub(super) fn note_undelivered(&self, undelivered: Undelivered) {
        let (stream, why) = (undelivered.stream.as_str(), undelivered.why.as_str());
        if stream == self.streams.instances.as_str() {
            // It is repeated anyway.
            return tracing::debug!("an announcement was not delivered: {why}");
        }
        let bytes = undelivered.bytes.as_deref();
        let noted = if stream == self.streams.replies.as_str() {
            read::<Reply>(bytes).map(|reply| self.note_unanswerable(reply, &undelivered))
        } else {
            read::<Request>(bytes).map(|request| self.note_unasked(&request, &undelivered))
        };
        if let Err(unreadable) = noted {
            tracing::error!("a message of calls was not delivered: {why} ({unreadable})");
        }
    }

    /// There may be thousands at once, when a broker goes.
    fn say_undelivered(&self, what: &str) {
        self.warnings.undelivered.say(|count| {
            tracing::warn!("{what} ({count} call messages so far)");
        });
    }

    fn note_unasked(&self, request: &Request, undelivered: &Undelivered) {
        let Undelivered {
            stream, fate, why, ..
        } = undelivered;
        let (method, id) = (&request.method, CallId(request.id));
        match fate {
            MessageFate::Refused(kind) => {
                self.say_undelivered(&format!("rpc `{method}`: its request was refused: {why}"));
                let class = class_of(stream);
                self.with_pending(|pending, shared| {
                    pending
                        .client
                        .unsent(id, class, &request.to, *kind, why, shared.now());
                });
            }
            // Its deadline decides: it may be there, and be answered.
            MessageFate::Unknown => {
                self.say_undelivered(&format!(
                    "rpc `{method}`: its request was not confirmed: {why}"
                ));
            }
        }
    }

    fn note_unanswerable(&self, mut reply: Reply, undelivered: &Undelivered) {
        let Undelivered { fate, why, .. } = undelivered;
        let to = &reply.to;
        match (fate, &reply.said) {
            // A refusal is small: it fits where the answer did not.
            (MessageFate::Refused(kind @ CallErrorKind::TooLarge), ReplyBody::Value { .. }) => {
                self.say_undelivered(&format!("an answer to {to} is too large: {why}"));
                reply.said = refusal(*kind, why);
                self.send_reply(&reply, undelivered.partition);
            }
            _ => self.say_undelivered(&format!("an answer to {to} was not delivered: {why}")),
        }
    }
}
