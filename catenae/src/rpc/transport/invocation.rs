//! A request that runs: on the lane where it needs the state, else on a thread of its own.

use std::any::Any;
use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::CallsShared;
use crate::assignment::lane_queue::{Job, StateLeft};
use crate::context::{Context, InHand};
use crate::lane::caught;
use crate::outcome::Failure;
use crate::rpc::transport::leader::{QUICK, STEP};
use crate::rpc::{CallErrorKind, Lent, NotRun, ReplyBody, Request, Served, refusal};

/// A method that it has.
pub(super) struct MethodEntry {
    pub(super) served: Served,
    /// How often in a row it was quick, and how often it has to be to be trusted.
    quick: AtomicU32,
    needed: AtomicU32,
}

/// A method that once took so long that it would have kept the one who listens must be quick so often before
/// it is trusted: one that is quick only now and then shall not keep the others each time.
const AGAIN: u32 = 100;

impl MethodEntry {
    pub(super) fn new(served: Served) -> Self {
        Self {
            served,
            quick: AtomicU32::new(0),
            needed: AtomicU32::new(1),
        }
    }

    fn is_quick(&self) -> bool {
        self.quick.load(Ordering::Relaxed) >= self.needed.load(Ordering::Relaxed)
    }

    /// It has taken so long. Two that end at once may miscount by one, which does not matter.
    fn took(&self, took: Duration) {
        let quick = match took < QUICK {
            true => self.quick.load(Ordering::Relaxed).saturating_add(1),
            false => 0,
        };
        self.quick.store(quick, Ordering::Relaxed);
        if took >= STEP {
            self.needed.store(AGAIN, Ordering::Relaxed);
        }
    }
}

/// A request that was admitted; whatever becomes of it, it is answered once.
pub(super) struct Invocation {
    shared: Arc<CallsShared>,
    request: Request,
    /// Its method.
    entry: Option<Arc<MethodEntry>>,
    /// What is answered; nothing before it ran, and nothing when it came too late.
    said: Option<ReplyBody>,
}

impl Invocation {
    pub(super) fn new(shared: &Arc<CallsShared>, request: Request) -> Self {
        Self {
            shared: Arc::clone(shared),
            entry: shared.methods.get(request.method.as_str()).cloned(),
            request,
            said: None,
        }
    }

    /// Whether it needs the state of the link.
    pub(super) fn takes_state(&self) -> bool {
        let entry = self.entry.as_ref();
        entry.is_some_and(|entry| entry.served.handler.state.is_some())
    }

    /// Whether its method is trusted to be quick.
    pub(super) fn is_quick(&self) -> bool {
        self.entry.as_ref().is_some_and(|entry| entry.is_quick())
    }

    /// Runs it beside the lane, on the calling thread; returns whether it was quick.
    pub(super) fn run_beside(mut self, context: &Context) -> bool {
        let shared = Arc::clone(&self.shared);
        let _identity = shared.identity.enter();
        let failed = Arc::new(InHand::new());
        let began = Instant::now();
        self.perform(None, &context.of_method(&failed));
        let took = began.elapsed();
        // What was refused or late says nothing about the method.
        if let (Some(entry), Some(ReplyBody::Value { .. })) = (&self.entry, &self.said) {
            entry.took(took);
        }
        Box::new(self).answer(failed.take_failure());
        took < QUICK
    }

    fn perform(&mut self, state: Option<&mut dyn Any>, context: &Context) -> StateLeft {
        if self.shared.came_too_late(&self.request) {
            return StateLeft::Whole;
        }
        let Some(entry) = &self.entry else {
            self.said = Some(refusal(CallErrorKind::UnknownMethod, ""));
            return StateLeft::Whole;
        };
        let lent = Lent {
            state,
            context,
            caller: &self.request.caller,
        };
        let (served, arguments) = (&entry.served, &self.request.arguments);
        let (said, ran) = said(served, caught(|| Ok((served.handler.run)(lent, arguments))));
        self.said = Some(said);
        ran
    }
}

/// What is answered after a method ran, or did not.
fn said(
    served: &Served,
    result: Result<Result<crate::rpc::Ran, NotRun>, Failure>,
) -> (ReplyBody, StateLeft) {
    match result {
        Ok(Ok(ran)) => {
            let said = ReplyBody::Value {
                value: ran.value.into(),
                is_err: ran.is_err,
            };
            (said, StateLeft::Whole)
        }
        Ok(Err(NotRun::Arguments(why))) => {
            (refusal(CallErrorKind::Arguments, &why), StateLeft::Whole)
        }
        Ok(Err(NotRun::Unwritten(failure))) => {
            let why = failure.with_causes();
            (refusal(CallErrorKind::Failed, &why), StateLeft::Whole)
        }
        Err(panic) => {
            tracing::error!("rpc `{}`: {}", served.spec.name, panic.with_causes());
            // That it panicked, the kind says.
            let why = panic.source().map(ToString::to_string).unwrap_or_default();
            let left = if served.handler.may_change {
                StateLeft::Torn
            } else {
                StateLeft::Whole
            };
            (refusal(CallErrorKind::Panicked, &why), left)
        }
    }
}

impl Job for Invocation {
    fn run(&mut self, state: &mut dyn Any, context: &Context) -> StateLeft {
        self.perform(Some(state), context)
    }

    fn answer(self: Box<Self>, unsent: Option<Failure>) {
        let said = match unsent {
            Some(failure) => {
                let why = format!(
                    "it ran, and what it sent was not accepted: {}",
                    failure.with_causes()
                );
                tracing::error!("rpc `{}`: {why}", self.request.method);
                Some(refusal(CallErrorKind::Failed, &why))
            }
            None => self.said,
        };
        self.shared.done(&self.request, said);
    }

    fn is_late(&self) -> bool {
        self.shared.came_too_late(&self.request)
    }

    fn refuse(self: Box<Self>) {
        let said = refusal(CallErrorKind::Stopping, "");
        self.shared.done(&self.request, Some(said));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_trusted_after_one_quick_run_and_when_it_was_slow_after_many() {
        let mut entry = MethodEntry::new(Served::of::<crate::rpc::stub::builtin::ping>());
        let run = |entry: &mut MethodEntry, took: Duration, times: u32| {
            (0..times).for_each(|_| entry.took(took));
            entry.is_quick()
        };
        let (quick, slow) = (QUICK / 2, QUICK * 2);
        assert!(!entry.is_quick(), "nobody knows");
        assert!(run(&mut entry, quick, 1));
        assert!(!run(&mut entry, slow, 1));
        assert!(run(&mut entry, quick, 1));
        assert!(!run(&mut entry, STEP, 1));
        assert!(!run(&mut entry, quick, AGAIN - 1));
        assert!(run(&mut entry, quick, 1));
    }
}
