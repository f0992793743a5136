//! The book of open calls: what stubs ask goes in, what is decided about it is carried out.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use super::streams::requests_of;
use super::wire::Sent;
use super::{Shared, wall};
use crate::rpc::{
    CallError, CallErrorKind, CallId, Client, Desk, Effect, Instance, Instances, Question, Ticket,
    write,
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
        self.carry_out(&mut book);
        result
    }

    fn carry_out(&self, book: &mut Book) {
        loop {
            let effects = book.client.take_effects();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                match effect {
                    Effect::Send { id, class, request } => {
                        self.send_request(book, id, &class, &request);
                    }
                    Effect::End { id, ending } => {
                        if let Some(ticket) = book.tickets.remove(&id) {
                            ticket.end(ending);
                        } else if let Err(error) = ending {
                            // A notification: nobody else is told.
                            tracing::warn!("{error}");
                        }
                    }
                }
            }
        }
    }

    fn send_request(&self, book: &mut Book, id: CallId, class: &str, request: &crate::rpc::Request) {
        let sent = match write(request) {
            Ok(bytes) => {
                let stream = requests_of(class);
                let taken = self.wire.send(
                    &stream,
                    None,
                    &request.caller.uid,
                    Some(&bytes),
                    Sent::Request(id),
                );
                taken.map_err(|undelivered| (undelivered.kind, undelivered.why))
            }
            Err(why) => Err((CallErrorKind::Unsent, why)),
        };
        if let Err((kind, why)) = sent {
            book.client.unsent(id, kind, &why, self.now());
        }
    }
}

impl Desk for Shared {
    fn ask(&self, question: Question, ticket: Option<&Arc<Ticket>>) -> Result<(), CallError> {
        self.with_book(|book, shared| {
            book.draws = book.draws.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let Book {
                client, instances, ..
            } = book;
            let opened = client.open(&question, instances, shared.now(), wall(), book.draws);
            match opened {
                Ok(id) => {
                    if let Some(ticket) = ticket {
                        book.tickets.insert(id, Arc::clone(ticket));
                    }
                    Ok(())
                }
                Err((kind, detail)) => Err(question.error(kind, detail)),
            }
        })
    }

    fn instances(&self) -> Vec<Instance> {
        self.with_book(|book, _| book.instances.snapshot())
    }
}
