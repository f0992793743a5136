//! SIGTERM, SIGINT and SIGHUP: caught for the whole process, once, and passed on to whatever runs.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Poll;
use std::thread::Builder;
use std::time::Instant;

use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::exit::{self, end};
use super::kinds::{Disposition, KINDS, StopSignal};
use super::meaning::{Process, RunState, SignalMeaning, meaning};
use super::{InstanceHandle, StopReason, untold};
use crate::mutant;

struct SignalThread {
    state: Mutex<SignalState>,
}

struct SignalState {
    process: Process,
    running: Vec<Arc<InstanceHandle>>,
    /// When a signal stopped a run, that was its first.
    first: Option<Instant>,
}

/// A signal that we listen for.
struct CaughtSignal {
    kind: StopSignal,
    signal: Signal,
    /// Somebody else listened before us.
    others: bool,
}

static LISTENER: OnceLock<Option<SignalThread>> = OnceLock::new();

/// Catches the signals from now on; a process of ours calls it before all else.
pub(crate) fn listen(process: Process) {
    if process == Process::Beginning {
        untold::main_prints();
    }
    if process != Process::Foreign {
        exit::own_process();
    }
    if let Some(listener) = listener(process) {
        listener.state().process = process;
    }
}

/// Passes signals on to a run until it is dropped.
#[must_use]
pub(crate) struct Attended(Arc<InstanceHandle>);

/// The first signal stops `instance`, a second one ends the process.
pub(crate) fn attend(instance: &Arc<InstanceHandle>) -> Attended {
    if let Some(listener) = listener(Process::Foreign) {
        listener.state().running.push(Arc::clone(instance));
    }
    Attended(Arc::clone(instance))
}

impl Drop for Attended {
    fn drop(&mut self) {
        let Some(Some(listener)) = LISTENER.get() else {
            return;
        };
        let mut state = listener.state();
        state
            .running
            .retain(|instance| !Arc::ptr_eq(instance, &self.0));
        if state.process == Process::Beginning {
            state.process = Process::Ending;
        }
    }
}

/// Who listens for this process; made at the first call, and never taken away: the runtime's handler
/// stays for good, so somebody must listen to it.
fn listener(process: Process) -> Option<&'static SignalThread> {
    LISTENER
        .get_or_init(|| {
            let started = start();
            if !started {
                tracing::warn!(
                    "signals cannot be listened for: SIGTERM will end the process at once"
                );
            }
            started.then(|| SignalThread {
                state: Mutex::new(SignalState {
                    process,
                    running: Vec::new(),
                    first: None,
                }),
            })
        })
        .as_ref()
}

/// Catches the signals before it returns, and listens on a thread of its own.
fn start() -> bool {
    let runtime = runtime::Builder::new_current_thread().enable_io().build();
    let Ok(runtime) = runtime else { return false };
    let entered = runtime.enter();
    let mut all = Vec::new();
    for kind in KINDS {
        let before = kind.disposition();
        if !kind.is_for_us(before) {
            continue;
        }
        let Ok(signal) = signal(SignalKind::from_raw(kind.number)) else {
            return false;
        };
        all.push(CaughtSignal {
            kind,
            signal,
            others: before != Disposition::Default,
        });
    }
    drop(entered);
    let thread = Builder::new().name("catenae-signals".to_owned());
    let spawned = thread.spawn(move || runtime.block_on(pass_on(all)));
    spawned.is_ok()
}

async fn pass_on(mut all: Vec<CaughtSignal>) {
    loop {
        let (kind, others) = poll_fn(|context| {
            let came = all
                .iter_mut()
                .find_map(|one| match one.signal.poll_recv(context) {
                    Poll::Ready(_) => Some((one.kind, one.others)),
                    Poll::Pending => None,
                });
            came.map_or(Poll::Pending, Poll::Ready)
        })
        .await;
        // It is being made: the signal came between the catching and the first look.
        if let Some(listener) = LISTENER.wait() {
            listener.on_signal(kind, others);
        }
    }
}

impl SignalThread {
    fn state(&self) -> MutexGuard<'_, SignalState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn on_signal(&self, kind: StopSignal, others: bool) {
        let name = kind.name;
        let mut state = self.state();
        let running = state.running.clone();
        let meant = meaning(RunState {
            process: state.process,
            others,
            running: running.len(),
            signaled: running.iter().filter(|one| one.was_signaled()).count(),
            since_first: state
                .first
                .filter(|_| !mutant::is("signals-counted"))
                .map(|first| first.elapsed()),
        });
        if meant == SignalMeaning::Stop && running.iter().all(|one| !one.was_signaled()) {
            state.first = Some(Instant::now());
        }
        drop(state);
        match meant {
            SignalMeaning::Stop => {
                for (index, instance) in running.iter().enumerate() {
                    instance.signal(StopReason::Signal(name), || {
                        if index == 0 {
                            tracing::info!(
                                "{name} received: stopping; a further signal after one second \
                                 exits at once"
                            );
                        }
                    });
                }
            }
            SignalMeaning::Same => {
                tracing::info!("{name} within a second of the first signal: taken as the same one");
            }
            SignalMeaning::Nothing => {}
            // The offsets are safe by construction: at most some electrons are handled again.
            SignalMeaning::AtOnce => {
                untold::say_all();
                tracing::warn!("{name} again: exiting at once");
                end(1);
            }
            SignalMeaning::EndBeforeBegin => end(0),
            // As a shell shows that a signal ended it.
            SignalMeaning::Default => end(128 + kind.number),
        }
    }
}
