//! The open calls: what stubs ask goes in, and what is decided about it is carried out.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::streams::requests_of;
use super::{CallsShared, wall};
use crate::kafka::calls::producer::{MessageFate, Undelivered};
use crate::mutant;
use crate::rpc::{
    AnswerPromise, CallError, CallErrorKind, CallId, CallOutcome, CallStats, Client, Effect,
    Instance, Instances, Question, Request, Transport, is_readable, write,
};

/// The caller's side: its open calls, who waits for them, and whom it can ask.
pub(super) struct PendingCalls {
    pub(super) client: Client,
    pub(super) instances: Instances,
    promises: HashMap<CallId, Arc<AnswerPromise>>,
    /// Drawn from for a choice among equals.
    draws: u64,
}

impl PendingCalls {
    /// `draws` is another one for each process: they would all ask the same instance first.
    pub(super) fn new(client: Client, draws: u64) -> Self {
        Self {
            client,
            instances: Instances::default(),
            promises: HashMap::new(),
            draws,
        }
    }
}

/// A call that is over.
struct EndedCall {
    id: CallId,
    /// Nobody has one for a notification.
    promise: Option<Arc<AnswerPromise>>,
    ending: CallOutcome,
}

impl CallsShared {
    /// Changes the open calls, and carries out what follows from that.
    pub(super) fn with_pending<T>(&self, change: impl FnOnce(&mut PendingCalls, &Self) -> T) -> T {
        let (result, ended) = self.change_pending(change);
        for over in ended {
            self.tell_ending(over);
        }
        result
    }

    /// The same; telling those who wait is left to the caller: whoever is woken may change the open calls at once.
    fn change_pending<T>(
        &self,
        change: impl FnOnce(&mut PendingCalls, &Self) -> T,
    ) -> (T, Vec<EndedCall>) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let result = change(&mut pending, self);
        let ended = self.carry_out(&mut pending);
        (result, ended)
    }

    fn tell_ending(
        &self,
        EndedCall {
            promise, ending, ..
        }: EndedCall,
    ) {
        match (promise, ending) {
            (Some(promise), ending) => promise.end(ending),
            (None, Ok(_)) => {}
            (None, Err(error)) => self.warnings.unheard.say(|count| {
                tracing::warn!("{error} ({count} notifications have failed so far)");
            }),
        }
    }

    /// Returns what is over.
    fn carry_out(&self, pending: &mut PendingCalls) -> Vec<EndedCall> {
        let mut ended = Vec::new();
        // Notifications are over when they are sent: that one was not sent becomes its end.
        let mut unsent = HashMap::new();
        loop {
            let effects = pending.client.take_effects();
            if effects.is_empty() {
                return ended;
            }
            for effect in effects {
                match effect {
                    Effect::Send { class, request } => {
                        if let Err((kind, why)) = self.send_request(&class, &request) {
                            let id = CallId(request.id);
                            if request.reply.is_none() {
                                let target = format!("`{class}`");
                                let error = CallError::new(
                                    kind,
                                    &request.method,
                                    target,
                                    Duration::ZERO,
                                    &why,
                                );
                                unsent.insert(id, error);
                            }
                            let now = self.now();
                            pending
                                .client
                                .unsent(id, &class, &request.to, kind, &why, now);
                        }
                    }
                    Effect::End { id, ending } => ended.push(EndedCall {
                        id,
                        promise: pending.promises.remove(&id),
                        ending: unsent.remove(&id).map_or(ending, Err),
                    }),
                }
            }
        }
    }

    /// # Errors
    /// Why the client does not take it.
    fn send_request(&self, class: &str, request: &Request) -> Result<(), (CallErrorKind, String)> {
        let bytes = write(request).map_err(|why| (CallErrorKind::Unsent, why))?;
        is_readable(&bytes).map_err(|why| (CallErrorKind::TooLarge, why))?;
        let (stream, key) = (requests_of(class), &request.caller.uid);
        let taken = self.producer.send(&stream, None, key, Some(&bytes));
        taken.map_err(|Undelivered { fate, why, .. }| match fate {
            MessageFate::Refused(kind) => (kind, why),
            MessageFate::Unknown => (CallErrorKind::Unsent, why),
        })
    }
}

impl Transport for CallsShared {
    fn ask(
        &self,
        mut question: Question,
        promise: Option<&Arc<AnswerPromise>>,
    ) -> Result<(), CallError> {
        question.idempotent |= mutant::is("calls-again");
        let (opened, ended) = self.change_pending(|pending, shared| {
            pending.draws = pending.draws.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let PendingCalls {
                client, instances, ..
            } = pending;
            let id = client.open(question, instances, shared.now(), wall(), pending.draws)?;
            if let Some(promise) = promise {
                pending.promises.insert(id, Arc::clone(promise));
            }
            Ok(id)
        });
        let mut result = Ok(());
        for over in ended {
            match over {
                // A notification that came to nothing at once: who asks is told.
                EndedCall {
                    id,
                    promise: None,
                    ending: Err(error),
                } if opened.as_ref() == Ok(&id) => result = Err(error),
                over => self.tell_ending(over),
            }
        }
        opened.and(result)
    }

    fn instances(&self) -> Vec<Instance> {
        self.with_pending(|pending, _| pending.instances.snapshot())
    }

    fn stats(&self) -> CallStats {
        let (open, replies) = self
            .with_pending(|pending, _| (pending.client.open_calls(), pending.client.counters()));
        let (running, requests) = {
            let server = self.server();
            (server.in_flight(), server.counters())
        };
        CallStats {
            ran: requests.ran,
            running: running as u64,
            refused: requests.refused,
            expired: requests.expired,
            duplicates: requests.duplicates,
            old_incarnations: requests.old_incarnations,
            open: open as u64,
            unknown_replies: replies.late
                + replies.unknown
                + replies.unasked
                + replies.repeated
                + replies.other_incarnation,
            garbage: self.warnings.garbage(),
        }
    }
}
