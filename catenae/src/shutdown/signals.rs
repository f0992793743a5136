//! SIGTERM and SIGINT: caught for the whole process, once, and passed on to whatever runs.

use std::fs;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Builder;

use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{StopReason, Stopper};

/// Whose the process is while nothing runs in it that could be stopped in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Process {
    /// A program of ours that has not begun yet: a signal ends it, and nothing is lost.
    Beginning,
    /// A program of ours that ends by itself in a moment.
    Ending,
    /// Somebody else's, who calls us as a library: a signal does what it would do without us.
    Foreign,
}

struct Listener {
    state: Mutex<State>,
}

struct State {
    process: Process,
    running: Vec<Arc<Stopper>>,
    /// Somebody else listened before us: what is not for us is for them.
    others: bool,
}

static LISTENER: OnceLock<Option<Listener>> = OnceLock::new();

/// Catches the signals from now on; a process of ours calls it before all else.
pub(crate) fn listen(process: Process) {
    if let Some(listener) = listener(process) {
        listener.state().process = process;
    }
}

/// Passes signals on to a run until it is dropped.
#[must_use]
pub(crate) struct Attended(Arc<Stopper>);

/// The first signal stops `stopper`, a second one ends the process.
pub(crate) fn attend(stopper: &Arc<Stopper>) -> Attended {
    if let Some(listener) = listener(Process::Foreign) {
        listener.state().running.push(Arc::clone(stopper));
    }
    Attended(Arc::clone(stopper))
}

impl Drop for Attended {
    fn drop(&mut self) {
        let Some(Some(listener)) = LISTENER.get() else {
            return;
        };
        let mut state = listener.state();
        state
            .running
            .retain(|stopper| !Arc::ptr_eq(stopper, &self.0));
        if state.process == Process::Beginning {
            state.process = Process::Ending;
        }
    }
}

/// Who listens for this process; made at the first call, and never taken away: the runtime's handler
/// stays for good, so somebody must listen to it.
fn listener(process: Process) -> Option<&'static Listener> {
    LISTENER
        .get_or_init(|| {
            let others = are_caught();
            let started = start();
            if !started {
                tracing::warn!(
                    "signals cannot be listened for: SIGTERM will end the process at once"
                );
            }
            started.then(|| Listener {
                state: Mutex::new(State {
                    process,
                    running: Vec::new(),
                    others,
                }),
            })
        })
        .as_ref()
}

/// Catches both signals before it returns, and listens on a thread of its own.
fn start() -> bool {
    let runtime = runtime::Builder::new_current_thread().enable_io().build();
    let Ok(runtime) = runtime else { return false };
    let entered = runtime.enter();
    let kinds = [SignalKind::terminate(), SignalKind::interrupt()];
    let [Ok(terminate), Ok(interrupt)] = kinds.map(signal) else {
        return false;
    };
    drop(entered);
    let thread = Builder::new().name("catenae-signals".to_owned());
    let spawned = thread.spawn(move || runtime.block_on(pass_on(terminate, interrupt)));
    spawned.is_ok()
}

async fn pass_on(mut terminate: Signal, mut interrupt: Signal) {
    loop {
        let (name, number) = tokio::select! {
            _ = terminate.recv() => ("SIGTERM", 15),
            _ = interrupt.recv() => ("SIGINT", 2),
        };
        // It is being made: the signal came between the catching and the first look.
        let listener = LISTENER.wait();
        if let Some(listener) = listener {
            listener.on_signal(name, number);
        }
    }
}

impl Listener {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn on_signal(&self, name: &'static str, number: i32) {
        let state = self.state();
        let running = state.running.clone();
        let (process, others) = (state.process, state.others);
        drop(state);
        if running.is_empty() {
            match process {
                Process::Beginning => process::exit(0),
                Process::Ending => {}
                // As a shell shows that a signal ended it.
                Process::Foreign if !others => process::exit(128 + number),
                Process::Foreign => {}
            }
            return;
        }
        // The offsets are safe by construction: at most some electrons are handled again.
        if running.iter().any(|stopper| stopper.was_signaled()) {
            tracing::warn!("{name} again: exiting at once");
            process::exit(1);
        }
        tracing::info!("{name} received: stopping");
        for stopper in running {
            stopper.signal(StopReason::Signal(name));
        }
    }
}

/// Whether this process catches or ignores one of the signals already, as Linux tells it.
fn are_caught() -> bool {
    /// The bits of SIGINT and SIGTERM.
    const BOTH: u64 = 1 << 1 | 1 << 14;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        u64::from_str_radix(line.trim(), 16).ok()
    };
    let caught = mask("SigCgt:").unwrap_or(0) | mask("SigIgn:").unwrap_or(0);
    caught & BOTH != 0
}
