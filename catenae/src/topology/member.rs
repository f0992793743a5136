//! One micromodule of a topology, as the topology watches it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::instance::{Host, Micromodule};
use crate::shutdown::{InstanceHandle, StopReason};

use super::handle::InstanceState;
use super::role::LinkRole;

/// One running micromodule as the topology watches it.
pub(super) struct Member {
    pub(super) config: Config,
    pub(super) role: LinkRole,
    /// Whether it has methods of its own.
    pub(super) serves: bool,
    /// Its end by itself is no end of the whole.
    pub(super) ends_alone: bool,
    /// The topology goes on until it has ended.
    pub(super) awaited: bool,
    pub(super) instance: Arc<InstanceHandle>,
    /// It stops as a part of the orderly end, and the others go on.
    staged: AtomicBool,
    /// Its stop was asked for through the handle of the topology.
    dismissed: AtomicBool,
    ended: Mutex<Option<Result<(), Error>>>,
    /// What it failed with, in words.
    failure: OnceLock<String>,
}

impl Member {
    /// One that is about to begin.
    pub(super) fn new(micromodule: &Micromodule, role: LinkRole, awaited: bool) -> Self {
        let serves = micromodule.serves();
        Self {
            config: micromodule.config.clone(),
            role,
            serves,
            ends_alone: role == LinkRole::Source || (role == LinkRole::Ticker && !serves),
            awaited,
            instance: Arc::new(InstanceHandle::new(micromodule.who())),
            staged: AtomicBool::new(false),
            dismissed: AtomicBool::new(false),
            ended: Mutex::default(),
            failure: OnceLock::new(),
        }
    }

    /// Runs it to its end.
    pub(super) fn run(&self, micromodule: Micromodule, host: &Host) {
        let ran = catch_unwind(AssertUnwindSafe(|| micromodule.run(host, &self.instance)));
        let result = ran.unwrap_or_else(|_| {
            let context = "a link panicked outside of its function";
            Err(Error::new(ErrorKind::Lifecycle, context))
        });
        if let Err(error) = &result {
            self.failure.get_or_init(|| error.with_causes());
        }
        *self.ended() = Some(result);
    }

    /// Stops it alone: the others go on.
    pub(super) fn dismiss(&self, reason: String) {
        if self.has_ended() {
            return;
        }
        self.dismissed.store(true, Ordering::SeqCst);
        self.staged.store(true, Ordering::SeqCst);
        self.instance.stop(StopReason::Asked(reason));
    }

    /// Kills it alone: the others go on.
    pub(super) fn kill(&self, reason: String) {
        if self.has_ended() {
            return;
        }
        self.dismissed.store(true, Ordering::SeqCst);
        self.staged.store(true, Ordering::SeqCst);
        self.instance.kill(StopReason::Asked(reason));
    }

    /// Whether it was stopped alone.
    pub(super) fn was_dismissed(&self) -> bool {
        self.dismissed.load(Ordering::SeqCst)
    }

    /// Whether it was stopped alone and nobody takes over what it read.
    pub(super) fn has_left_its_group_empty(&self) -> bool {
        self.config.has_own_group && self.was_dismissed()
    }

    /// Whether its stop is no reason for others to stop.
    pub(super) fn stops_alone(&self) -> bool {
        self.ends_alone || self.staged.load(Ordering::SeqCst)
    }

    /// How it stands.
    pub(super) fn state(&self) -> InstanceState {
        if let Some(failure) = self.failure.get() {
            return InstanceState::Failed(failure.clone());
        }
        if !self.has_ended() {
            return InstanceState::Running;
        }
        if self.instance.is_killed() {
            return InstanceState::Killed;
        }
        let reason = self.instance.reason();
        InstanceState::Ended(reason.map_or(String::new(), |reason| reason.to_string()))
    }

    fn ended(&self) -> MutexGuard<'_, Option<Result<(), Error>>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended().is_some()
    }

    /// Whether it ended out of turn, or not as it should: then all the others stop.
    pub(super) fn ended_the_whole(&self) -> bool {
        match &*self.ended() {
            Some(Err(_)) => true,
            Some(Ok(())) => !self.stops_alone(),
            None => false,
        }
    }

    /// Stops it as a part of the orderly end.
    pub(super) fn stop_in_turn(&self) {
        self.staged.store(true, Ordering::SeqCst);
        self.instance.stop(StopReason::Topology);
    }

    /// What it failed with, now that all have ended.
    pub(super) fn take_error(&self) -> Option<Error> {
        self.instance.close();
        let mut ended = self.ended();
        match ended.take() {
            Some(Err(error)) => {
                *ended = Some(Ok(()));
                Some(error)
            }
            other => {
                *ended = other;
                // A task that it left may have failed since.
                self.instance.outcome().err()
            }
        }
    }

    /// The reason that it gave for ending the whole, if it did.
    pub(super) fn asked(&self) -> Option<StopReason> {
        let asked = |reason: &StopReason| {
            matches!(reason, StopReason::Asked(_) | StopReason::Called(_)) && !self.stops_alone()
        };
        self.instance.reason().filter(asked)
    }

    /// Whether it is a source that was stopped before its end.
    pub(super) fn was_cut_off(&self) -> bool {
        self.awaited
            && !matches!(
                self.instance.reason(),
                Some(StopReason::SourceEnded | StopReason::Asked(_) | StopReason::Called(_))
            )
    }
}
