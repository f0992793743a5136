//! The book of open calls: what stubs ask goes in, what is decided about it is carried out.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::streams::requests_of;
use super::wire::{Fate, Undelivered};
use super::{Shared, wall};
use crate::mutant;
use crate::rpc::{
    CallError, CallErrorKind, CallId, CallStats, Client, Desk, Effect, Ending, Instance, Instances,
    Question, Request, Ticket, is_readable, write,
};

/// The caller's side: its open calls, who waits for them, and whom it can ask.
pub(super) struct Book {
    pub(super) client: Client,
    pub(super) instances: Instances,
    tickets: HashMap<CallId, Arc<Ticket>>,
    /// Drawn from for a choice among equals.
    draws: u64,
}

impl Book {
    /// `draws` is another one for each process: they would all ask the same instance first.
    pub(super) fn new(client: Client, draws: u64) -> Self {
        Self {
            client,
            instances: Instances::default(),
            tickets: HashMap::new(),
            draws,
        }
    }
}

/// A call that is over.
struct Ended {
    id: CallId,
    /// Nobody has one for a notification.
    ticket: Option<Arc<Ticket>>,
    ending: Ending,
}

impl Shared {
    /// Changes the book, and carries out what follows from that.
    pub(super) fn with_book<T>(&self, change: impl FnOnce(&mut Book, &Self) -> T) -> T {
        let (result, ended) = self.change_book(change);
        for over in ended {
            self.tell_ending(over);
        }
        result
    }

    /// The same; who is to be told what is left to the caller: who is woken may want the book at once.
    fn change_book<T>(&self, change: impl FnOnce(&mut Book, &Self) -> T) -> (T, Vec<Ended>) {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let result = change(&mut book, self);
        let ended = self.carry_out(&mut book);
        (result, ended)
    }

    fn tell_ending(&self, Ended { ticket, ending, .. }: Ended) {
        match (ticket, ending) {
            (Some(ticket), ending) => ticket.end(ending),
            (None, Ok(_)) => {}
            (None, Err(error)) => self.say(&self.counts.unheard, |count| {
                tracing::warn!("{error} ({count} notifications so far came to nothing)");
            }),
        }
    }

    /// Returns what is over.
    fn carry_out(&self, book: &mut Book) -> Vec<Ended> {
        let mut ended = Vec::new();
        // Notifications are over when they are sent: that one was not sent becomes its end.
        let mut unsent = HashMap::new();
        loop {
            let effects = book.client.take_effects();
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
                            book.client.unsent(id, &class, &request.to, kind, &why, now);
                        }
                    }
                    Effect::End { id, ending } => ended.push(Ended {
                        id,
                        ticket: book.tickets.remove(&id),
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
        let taken = self.wire.send(&stream, None, key, Some(&bytes));
        taken.map_err(|Undelivered { fate, why, .. }| match fate {
            Fate::Refused(kind) => (kind, why),
            Fate::Unknown => (CallErrorKind::Unsent, why),
        })
    }
}

impl Desk for Shared {
    fn ask(&self, mut question: Question, ticket: Option<&Arc<Ticket>>) -> Result<(), CallError> {
        question.idempotent |= mutant::is("calls-again");
        let (opened, ended) = self.change_book(|book, shared| {
            book.draws = book.draws.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let Book {
                client, instances, ..
            } = book;
            let id = client.open(question, instances, shared.now(), wall(), book.draws)?;
            if let Some(ticket) = ticket {
                book.tickets.insert(id, Arc::clone(ticket));
            }
            Ok(id)
        });
        let mut result = Ok(());
        for over in ended {
            match over {
                // A notification that came to nothing at once: who asks is told.
                Ended {
                    id,
                    ticket: None,
                    ending: Err(error),
                } if opened.as_ref() == Ok(&id) => result = Err(error),
                over => self.tell_ending(over),
            }
        }
        opened.and(result)
    }

    fn instances(&self) -> Vec<Instance> {
        self.with_book(|book, _| book.instances.snapshot())
    }

    fn stats(&self) -> CallStats {
        let (open, replies) =
            self.with_book(|book, _| (book.client.open_calls(), book.client.counters()));
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
            old_lives: requests.old_lives,
            open: open as u64,
            unknown_replies: replies.late
                + replies.unknown
                + replies.unasked
                + replies.repeated
                + replies.other_life,
            garbage: self.garbage().values().sum(),
        }
    }
}
