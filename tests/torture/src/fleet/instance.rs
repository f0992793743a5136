//! One process of a link: its signals, its log, its end.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::{LINK, TO_END};

/// How many lines of a log are shown of an instance that is not done, and how much of each.
const LINES_SHOWN: usize = 12;
const LINE_SHOWN: usize = 240;

/// A signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signal {
    /// Asks it to end.
    Terminate,
    /// Ends it.
    Kill,
    /// Halts it.
    Stop,
    /// Lets it go on.
    Continue,
}

/// How a process ended.
#[derive(Clone, Debug)]
pub struct End {
    /// The name of the process.
    pub process: String,
    /// What was done to it.
    pub cause: Cause,
    /// Its exit status, when it had one.
    pub code: Option<i32>,
    /// From SIGTERM to the end.
    pub took: Option<Duration>,
    /// The last error of its log.
    pub last_error: Option<String>,
    /// What it was told on its command line.
    pub arguments: Vec<String>,
}

/// What ended a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Nobody else.
    Itself,
    /// SIGKILL.
    Killed,
    /// SIGTERM.
    Asked,
    /// SIGTERM, and SIGKILL when it did not end in time.
    Overdue,
}

impl End {
    /// Whether nobody had asked for it.
    #[must_use]
    pub fn by_itself(&self) -> bool {
        self.cause == Cause::Itself
    }
}

/// A running process; killed when it is dropped.
#[derive(Debug)]
pub(super) struct Instance {
    process: String,
    arguments: Vec<String>,
    child: Child,
    log: PathBuf,
    cause: Cause,
    asked: Option<Instant>,
    halted_until: Option<Instant>,
}

impl Instance {
    /// The last lines of its log, under its name.
    pub(super) fn last_lines(&self) -> Vec<String> {
        let lines = last_lines(&self.log).into_iter();
        let named = lines.map(|line| format!("    {line}"));
        [self.process.clone()].into_iter().chain(named).collect()
    }

    pub(super) fn start(
        link: &str,
        process: String,
        arguments: &[String],
        log: PathBuf,
        mutant: Option<&str>,
    ) -> io::Result<Self> {
        let file = File::create(&log)?;
        // Not by its path: a build beside the run may replace the file.
        let mut command = Command::new("/proc/self/exe");
        command
            .arg0(format!("{LINK}{link}"))
            .args(arguments)
            .env("CATENAE_LOG_LEVEL", "info")
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        if let Some(mutant) = mutant {
            command.env("CATENAE_MUTANT", mutant);
        }
        Ok(Self {
            process,
            arguments: arguments.to_vec(),
            child: command.spawn()?,
            log,
            cause: Cause::Itself,
            asked: None,
            halted_until: None,
        })
    }

    /// Whether it was not yet on its way out.
    pub(super) fn kill(&mut self) -> bool {
        let first = self.cause == Cause::Itself;
        if first {
            self.cause = Cause::Killed;
        }
        self.signal(Signal::Kill);
        first
    }

    /// Whether it was not yet on its way out.
    pub(super) fn terminate(&mut self) -> bool {
        if self.cause != Cause::Itself {
            return false;
        }
        self.resume();
        self.cause = Cause::Asked;
        self.asked = Some(Instant::now());
        self.signal(Signal::Terminate);
        true
    }

    /// Whether it was running.
    pub(super) fn halt(&mut self, time: Duration) -> bool {
        if self.cause != Cause::Itself || self.halted_until.is_some() {
            return false;
        }
        self.halted_until = Some(Instant::now() + time);
        self.signal(Signal::Stop);
        true
    }

    pub(super) fn resume(&mut self) {
        if self.halted_until.take().is_some() {
            self.signal(Signal::Continue);
        }
    }

    pub(super) fn resume_when_due(&mut self) {
        if self
            .halted_until
            .is_some_and(|until| until <= Instant::now())
        {
            self.resume();
        }
    }

    /// Its end, once it has come; one that does not come in time is forced.
    pub(super) fn look(&mut self) -> Option<End> {
        let took = self.asked.map(|asked| asked.elapsed());
        if self.cause == Cause::Asked && took > Some(TO_END) {
            self.cause = Cause::Overdue;
            self.signal(Signal::Kill);
        }
        let status = self.child.try_wait().ok()??;
        Some(self.end(status, took))
    }

    fn end(&self, status: ExitStatus, took: Option<Duration>) -> End {
        // A signal of somebody else's is not its own doing either, but nobody here sent it.
        let code = status
            .code()
            .or_else(|| status.signal().map(|signal| 128 + signal));
        End {
            process: self.process.clone(),
            arguments: self.arguments.clone(),
            cause: self.cause,
            code,
            took,
            last_error: (self.cause == Cause::Itself || code != Some(0))
                .then(|| last_error(&self.log))
                .flatten(),
        }
    }

    fn signal(&self, signal: Signal) {
        let name = match signal {
            Signal::Terminate => "-TERM",
            Signal::Kill => "-KILL",
            Signal::Stop => "-STOP",
            Signal::Continue => "-CONT",
        };
        // It is a child that was not waited for: the number is still its own.
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args([name, &pid]).output();
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The last lines of a log, each cut to what tells one from another.
fn last_lines(log: &Path) -> Vec<String> {
    let text = read_log(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(LINES_SHOWN)..];
    let cut = |line: &&str| line.chars().take(LINE_SHOWN).collect();
    last.iter().map(cut).collect()
}

/// The lines of the log that say why, or its last one.
fn last_error(log: &Path) -> Option<String> {
    let text = read_log(log)?;
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    // What a program that failed prints last, with its causes below it.
    let error = lines.iter().rposition(|line| line.starts_with("error:"));
    let Some(error) = error else {
        let logged = lines.iter().rev().find(|line| line.contains("ERROR"));
        return logged.or(lines.last()).map(|line| (*line).to_owned());
    };
    let causes = lines[error + 1..].iter().map(|line| line.trim());
    let causes = causes.filter(|line| line.starts_with("caused by:"));
    Some(causes.fold(lines[error].to_owned(), |all, cause| {
        format!("{all}; {cause}")
    }))
}

/// What it has logged; a process that was killed may have cut a character in two.
fn read_log(log: &Path) -> Option<String> {
    let bytes = fs::read(log).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
