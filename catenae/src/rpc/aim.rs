//! Whom to ask and how long to wait: what every stub has, with types or by name.

use std::sync::Arc;
use std::time::Duration;

use crate::codec::EncodeError;
use crate::context::Context;
use crate::rpc::answer::{Names, Ticket};
use crate::rpc::desk::{Question, Standpoint, TIMEOUT, Target, Wanted};
use crate::rpc::error::{CallError, CallErrorKind};

/// Whom to ask, and how long to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Aim {
    target: Target,
    pub(super) timeout: Duration,
}

/// What to ask: a method, with the list of its arguments.
pub(super) struct Ask<'a> {
    pub(super) method: &'a str,
    pub(super) idempotent: bool,
    pub(super) arguments: Result<Vec<u8>, EncodeError>,
}

impl Aim {
    /// At those, with the usual time.
    pub(super) fn at(target: Target) -> Self {
        Self {
            target,
            timeout: TIMEOUT,
        }
    }

    /// Asks. The ending is left on the ticket, also what is known at once.
    pub(super) fn begin(
        self,
        context: &Context,
        ask: Ask<'_>,
        wanted: Wanted,
    ) -> (Arc<Ticket>, Names) {
        let names = Names {
            method: ask.method.to_owned(),
            target: self.target.words(),
        };
        let ticket = Arc::new(Ticket::default());
        if let Err(error) = self.send(context, ask, wanted, Some(&ticket)) {
            ticket.end(Err(error));
        }
        (ticket, names)
    }

    /// Tells, and wants no answer.
    ///
    /// # Errors
    /// What is known at once.
    pub(super) fn tell(self, context: &Context, ask: Ask<'_>) -> Result<(), CallError> {
        self.send(context, ask, Wanted::Nothing, None)
    }

    fn send(
        self,
        context: &Context,
        ask: Ask<'_>,
        wanted: Wanted,
        ticket: Option<&Arc<Ticket>>,
    ) -> Result<(), CallError> {
        let mut question = Question {
            target: self.target,
            method: ask.method.to_owned(),
            arguments: Vec::new(),
            timeout: self.timeout,
            wanted,
            idempotent: ask.idempotent,
            from: match context.is_of_lane() {
                true => Standpoint::Lane,
                false => Standpoint::Beside,
            },
        };
        match ask.arguments {
            Ok(bytes) => question.arguments = bytes,
            Err(error) => {
                return Err(question.error(CallErrorKind::Arguments, error.to_string()));
            }
        }
        context.desk().ask(question, ticket)
    }
}
