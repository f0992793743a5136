//! Child processes: a micromodule that runs, its lines, its signals, its end.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use std::{env, fmt, thread};

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
    /// Ends it without asking.
    Kill,
    /// Halts it.
    Stop,
    /// Lets it go on after a halt.
    Continue,
}

/// The path of a binary of the examples, built when it is not up to date.
///
/// # Panics
/// When the examples cannot be built.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let folder = BUILT.get_or_init(|| {
        // `cargo test -p catenae-tests` does not build the binaries of another package.
        let status = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--package",
                "catenae-examples",
                "--bins",
            ])
            .args((!cfg!(debug_assertions)).then_some("--release"))
            .status()
            .expect("cargo runs");
        assert!(status.success(), "the examples cannot be built");
        // target/debug, above target/debug/deps/<this test>.
        let test = env::current_exe().expect("a test has a path");
        test.ancestors().nth(2).expect("a target folder").to_owned()
    });
    folder.join(name)
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

    /// Waits until it ended by itself.
    ///
    /// # Panics
    /// When it has not by the deadline; the message has its last lines.
    #[track_caller]
    pub fn end(&self, deadline: Duration) -> ExitStatus {
        self.wait_until("its end", deadline, |state| state.ended)
    }

    /// Sends it a signal; one that has ended gets none.
    ///
    /// # Panics
    /// When there is no program `kill`.
    pub fn signal(&self, signal: Signal) {
        let name = match signal {
            Signal::Interrupt => "-INT",
            Signal::Terminate => "-TERM",
            Signal::Kill => "-KILL",
            Signal::Stop => "-STOP",
            Signal::Continue => "-CONT",
        };
        if self.shared.state().ended.is_none() {
            let pid = self.pid.to_string();
            // It may end in between, and `kill` then says so.
            let _ = Command::new("kill")
                .args([name, &pid])
                .output()
                .expect("`kill` runs");
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
