//! Child processes: a micromodule that runs, its lines, its signals, its end.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{fmt, thread};

use rustix::process;

use crate::calls::INSTANCES;
use crate::wait::DEADLINE;

/// How many of the last lines a failed wait shows.
const SHOWN: usize = 60;

/// A signal.
#[derive(Clone, Copy, Debug)]
pub enum Signal {
    /// Asks it to stop, as a terminal does.
    Interrupt,
    /// Asks it to stop, as a container engine does.
    Terminate,
    /// Asks it to stop, as a terminal does that closes.
    HangUp,
    /// Ends it without asking.
    Kill,
    /// Halts it.
    Stop,
    /// Lets it go on after a halt.
    Continue,
}

impl Signal {
    /// Sends it to a process; it may have ended in between.
    pub(crate) fn send(self, pid: u32) {
        let signal = match self {
            Self::Interrupt => process::Signal::INT,
            Self::Terminate => process::Signal::TERM,
            Self::HangUp => process::Signal::HUP,
            Self::Kill => process::Signal::KILL,
            Self::Stop => process::Signal::STOP,
            Self::Continue => process::Signal::CONT,
        };
        let pid = i32::try_from(pid).ok().and_then(process::Pid::from_raw);
        let _ = process::kill_process(pid.expect("a process has a number"), signal);
    }
}

/// A running program; killed when it is dropped.
pub struct Child {
    name: String,
    pid: u32,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<String>,
    printed: Vec<String>,
    ended: Option<ExitStatus>,
}

impl Child {
    /// Starts a program and collects the lines that it prints, both streams together.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start<A: AsRef<OsStr>>(
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let mut command = Command::new(program);
        command.args(arguments);
        Self::spawn(command)
    }

    /// Starts a prepared command, with an environment for example.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn spawn(mut command: Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("`{name}` cannot be started: {error}"));
        let shared = Arc::new(Shared::default());
        let pid = child.id();
        let readers = [
            collect(
                &shared,
                child.stdout.take().expect("it was asked for"),
                true,
            ),
            collect(
                &shared,
                child.stderr.take().expect("it was asked for"),
                false,
            ),
        ];
        let ended = Arc::clone(&shared);
        thread::spawn(move || {
            let status = child.wait().expect("a child can be waited for");
            // A status means that there are no more lines.
            for reader in readers {
                let _ = reader.join();
            }
            ended.state().ended = Some(status);
            ended.changed.notify_all();
        });
        Self { name, pid, shared }
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// The lines so far, results and logs.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.shared.state().lines.clone()
    }

    /// The lines of its log so far that are above INFO, see [`loud`].
    #[must_use]
    pub fn loud(&self) -> Vec<String> {
        loud(self.lines())
    }

    /// The lines of its standard output so far: what it prints without what it logs.
    #[must_use]
    pub fn printed(&self) -> Vec<String> {
        self.shared.state().printed.clone()
    }

    /// Waits for a line that contains `text`, also among those it printed before.
    ///
    /// # Panics
    /// When there is none by the deadline, or it ended without; the message has its last lines.
    #[track_caller]
    pub fn line(&self, text: &str, deadline: Duration) -> String {
        self.wait_until(&format!("a line with `{text}`"), deadline, |state| {
            state.lines.iter().find(|line| line.contains(text)).cloned()
        })
    }

    /// Whether it has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.shared.state().ended.is_some()
    }

    /// Waits until it ended by itself.
    ///
    /// # Panics
    /// When it has not by the deadline; the message has its last lines.
    #[track_caller]
    pub fn end(&self, deadline: Duration) -> ExitStatus {
        self.wait_until("its end", deadline, |state| state.ended)
    }

    /// Sends it a signal; one that has ended gets none.
    pub fn signal(&self, signal: Signal) {
        self.signals(&[signal]);
    }

    /// Sends it signals, one right after the other; one that has ended gets none.
    pub fn signals(&self, signals: &[Signal]) {
        if self.shared.state().ended.is_none() {
            signals.iter().for_each(|signal| signal.send(self.pid));
        }
    }

    #[track_caller]
    fn wait_until<T>(
        &self,
        what: &str,
        deadline: Duration,
        look: impl Fn(&State) -> Option<T>,
    ) -> T {
        let end = Instant::now() + deadline;
        let mut state = self.shared.state();
        loop {
            if let Some(found) = look(&state) {
                return found;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || state.ended.is_some() {
                let name = &self.name;
                panic!("`{name}` did not give {what} within {deadline:?}:\n{state}");
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // What it said is what one wants to know of a test that failed.
        if thread::panicking() {
            eprintln!("`{}` has said:\n{}", self.name, self.shared.state());
        }
        self.signal(Signal::Kill);
        // Not `end`: a panic while a test already panics would hide the first.
        let state = self.shared.state();
        let ended = |state: &mut State| state.ended.is_none();
        let _ = self
            .shared
            .changed
            .wait_timeout_while(state, DEADLINE, ended);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Those of the lines that are of a log and above INFO. What other tests have left on the stream that all
/// micromodules of a Kafka share does not count.
#[must_use]
pub fn loud(mut lines: Vec<String>) -> Vec<String> {
    lines.retain(|line| {
        let mut words = line.split_whitespace();
        let time = words.next().unwrap_or_default();
        let is_log = time.len() == "2026-01-01T00:00:00.000Z".len() && time.ends_with('Z');
        let is_loud = is_log && matches!(words.next(), Some("WARN" | "ERROR"));
        is_loud && !line.contains(INSTANCES)
    });
    lines
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left_out = self.lines.len().saturating_sub(SHOWN);
        if left_out > 0 {
            writeln!(f, "  … {left_out} lines")?;
        }
        for line in &self.lines[left_out..] {
            writeln!(f, "  {line}")?;
        }
        match self.ended {
            Some(status) => write!(f, "({status})"),
            None => f.write_str("(it still runs)"),
        }
    }
}

fn collect(
    shared: &Arc<Shared>,
    from: impl Read + Send + 'static,
    is_output: bool,
) -> thread::JoinHandle<()> {
    let shared = Arc::clone(shared);
    thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n') {
            let Ok(line) = line else { return };
            let line = String::from_utf8_lossy(&line)
                .trim_end_matches('\r')
                .to_owned();
            let mut state = shared.state();
            if is_output {
                state.printed.push(line.clone());
            }
            state.lines.push(line);
            drop(state);
            shared.changed.notify_all();
        }
    })
}
