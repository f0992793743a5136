//! The book of open calls: what stubs ask goes in, what is decided about it is carried out.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use super::streams::requests_of;
use super::wire::{Fate, Undelivered};
use super::{Shared, wall};
use crate::mutant;
use crate::rpc::{
    CallError, CallErrorKind, CallId, CallStats, Client, Desk, Effect, Ending, Instance, Instances,
    Question, Request, Ticket, write,
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
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            instances: Instances::default(),
            tickets: HashMap::new(),
            draws: 0,
        }
    }
}

impl Shared {
    /// Changes the book, and carries out what follows from that.
    pub(super) fn with_book<T>(&self, change: impl FnOnce(&mut Book, &Self) -> T) -> T {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let result = change(&mut book, self);
        let ended = self.carry_out(&mut book);
        drop(book);
        // Not before: who is woken may want the book at once.
        for (ticket, ending) in ended {
            ticket.end(ending);
        }
        result
    }

    /// Returns whom to tell what.
    fn carry_out(&self, book: &mut Book) -> Vec<(Arc<Ticket>, Ending)> {
        let mut ended = Vec::new();
        loop {
            let effects = book.client.take_effects();
            if effects.is_empty() {
                return ended;
            }
            for effect in effects {
                match effect {
                    Effect::Send { class, request } => self.send_request(book, &class, &request),
                    Effect::End { id, ending } => {
                        if let Some(ticket) = book.tickets.remove(&id) {
                            ended.push((ticket, ending));
                        } else if let Err(error) = ending {
                            // A notification: nobody else is told.
                            tracing::warn!("{error}");
                        }
                    }
                }
            }
        }
    }

    fn send_request(&self, book: &mut Book, class: &str, request: &Request) {
        let (id, to) = (CallId(request.id), &request.to);
        let unsent = match write(request) {
            Ok(bytes) => {
                let (stream, key) = (requests_of(class), &request.caller.uid);
                self.wire.send(&stream, None, key, Some(&bytes)).err()
            }
            Err(why) => {
                let (kind, now) = (CallErrorKind::Unsent, self.now());
                return book.client.unsent(id, class, to, kind, &why, now);
            }
        };
        if let Some(Undelivered { fate, why, .. }) = unsent {
            let kind = match fate {
                Fate::Refused(kind) => kind,
                Fate::Unknown => CallErrorKind::Unsent,
            };
            // Nobody waits for the end of a notification.
            if request.reply.is_none() {
                tracing::warn!("rpc `{}` was not sent: {why}", request.method);
            }
            book.client.unsent(id, class, to, kind, &why, self.now());
        }
    }
}

impl Desk for Shared {
    fn ask(&self, mut question: Question, ticket: Option<&Arc<Ticket>>) -> Result<(), CallError> {
        question.idempotent |= mutant::is("calls-again");
        self.with_book(|book, shared| {
            book.draws = book.draws.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let Book {
                client, instances, ..
            } = book;
            let id = client.open(question, instances, shared.now(), wall(), book.draws)?;
            if let Some(ticket) = ticket {
                book.tickets.insert(id, Arc::clone(ticket));
            }
            Ok(())
        })
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
