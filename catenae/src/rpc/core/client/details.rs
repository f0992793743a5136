//! What a call asks, of whom, and until when; and the words for it.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;

use super::{CallId, Effect};
use crate::rpc::Caller;
use crate::rpc::core::envelope::{Addressee, Request, VERSION};
use crate::rpc::core::error::{CallError, CallErrorKind};
use crate::rpc::core::instances::{Instance, Instances};
use crate::rpc::core::question::CallOutcome;
use crate::rpc::core::question::Target;
use crate::rpc::core::question::{CallScope, Wanted};

/// So many instances or classes are named in an error.
const NAMED: usize = 5;

/// What all calls of a micromodule have in common.
#[derive(Debug)]
pub(super) struct CallDefaults {
    pub(super) me: Caller,
    /// The own methods that take the state of the link.
    pub(super) of_lane: HashSet<String>,
    pub(super) reply: Option<i32>,
    pub(super) effects: Vec<Effect>,
}

/// What was asked, of whom, and until when.
#[derive(Debug)]
pub(super) struct CallDetails {
    pub(super) id: CallId,
    pub(super) target: Target,
    pub(super) method: String,
    pub(super) arguments: Bytes,
    pub(super) wanted: Wanted,
    pub(super) idempotent: bool,
    pub(super) from: CallScope,
    pub(super) opened: Duration,
    /// After so long without an answer, what may run twice is asked elsewhere.
    pub(super) patience: Duration,
    pub(super) deadline: Duration,
    /// The deadline by the wall clock, for those who are asked.
    pub(super) deadline_wall: u64,
    pub(super) draw: u64,
}

impl CallDetails {
    /// The bytes that it holds.
    pub(super) fn held(&self) -> usize {
        self.arguments.len()
    }

    /// Whether the own instance cannot answer, because the function that asks holds its state and
    /// waits.
    pub(super) fn needs_itself(&self, sender: &CallDefaults) -> bool {
        let waits = self.from == CallScope::Lane && self.wanted != Wanted::Nothing;
        waits && sender.of_lane.contains(&self.method)
    }

    /// Writes a request.
    pub(super) fn send(
        &self,
        class: &str,
        to: Addressee,
        to_incarnation: Option<u64>,
        sender: &mut CallDefaults,
    ) {
        let request = Request {
            v: VERSION,
            id: self.id.0,
            caller: sender.me.clone(),
            to,
            to_incarnation,
            method: self.method.clone(),
            deadline: self.deadline_wall,
            reply: sender.reply.filter(|_| self.wanted != Wanted::Nothing),
            arguments: self.arguments.clone(),
        };
        sender.effects.push(Effect::Send {
            class: class.to_owned(),
            request,
        });
    }

    pub(super) fn error(
        &self,
        kind: CallErrorKind,
        detail: impl Into<String>,
        now: Duration,
    ) -> CallError {
        let after = now.saturating_sub(self.opened);
        CallError::new(kind, &self.method, self.target.words(), after, detail)
    }

    pub(super) fn over(
        &self,
        kind: CallErrorKind,
        detail: impl Into<String>,
        now: Duration,
    ) -> Option<CallOutcome> {
        Some(Err(self.error(kind, detail, now)))
    }

    /// A detail, and whose it is where the target does not say.
    pub(super) fn by(&self, uid: &str, detail: &str) -> String {
        match &self.target {
            Target::Instance(_) => detail.to_owned(),
            _ if detail.is_empty() => format!("instance `{uid}`"),
            _ => format!("instance `{uid}`: {detail}"),
        }
    }

    /// Whom one could ask instead.
    pub(super) fn known(&self, instances: &Instances) -> String {
        let names: Vec<String> = match &self.target {
            Target::Instance(_) => {
                let name = |known: &Instance| format!("`{}` of `{}`", known.uid(), known.class());
                instances.all().take(NAMED).map(name).collect()
            }
            _ => instances
                .classes()
                .take(NAMED)
                .map(|class| format!("`{class}`"))
                .collect(),
        };
        let all = match &self.target {
            Target::Instance(_) => instances.len(),
            _ => instances.classes().count(),
        };
        match all.saturating_sub(names.len()) {
            _ if names.is_empty() => "no instance is known".to_owned(),
            0 => format!("known: {}", names.join(", ")),
            more => format!("known: {} and {more} more", names.join(", ")),
        }
    }
}
