//! A program of the comparison, with pipes to its stdin and stdout.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Order, Took};
use crate::error::Error;
use crate::process::{Attach, Binaries, beside, cpu_of};

/// How long a program may take to end.
const ENDS_WITHIN: Duration = Duration::from_secs(20);

/// It runs; killed when it is dropped. What it logs goes to this program's stderr.
#[derive(Debug)]
pub struct Worker {
    name: &'static str,
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    attached: Option<Child>,
}

impl Worker {
    /// Starts it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(
        binaries: &Binaries,
        name: &'static str,
        arguments: &[String],
    ) -> Result<Self, Error> {
        let mut child = Command::new(binaries.path(name))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(Error::program(name))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take();
        let stdout = stdout.ok_or_else(|| Error::Void(format!("`{name}` has no stdout")))?;
        Ok(Self {
            name,
            child,
            stdin,
            stdout: BufReader::new(stdout),
            attached: None,
        })
    }

    /// Runs a command beside it until it ends.
    ///
    /// # Errors
    /// When it cannot be run.
    pub fn attach(&mut self, attach: &Attach) -> Result<(), Error> {
        if let (Some(command), None) = (&attach.0, &self.attached) {
            self.attached = Some(beside(command, self.child.id())?);
        }
        Ok(())
    }

    /// Has an order carried out.
    ///
    /// # Errors
    /// When the program ends, or says something else than what it took.
    pub fn carry_out(&mut self, order: Order) -> Result<Took, Error> {
        let text = serde_json::to_string(&order).unwrap_or_default();
        let mut line = String::new();
        let told = self.stdin.as_mut().map(|stdin| {
            writeln!(stdin, "{text}")?;
            stdin.flush()
        });
        told.transpose()
            .and_then(|_| self.stdout.read_line(&mut line))
            .map_err(Error::program(self.name))?;
        let took: Took = serde_json::from_str(&line)
            .map_err(|error| Error::Void(format!("`{}` says `{line}`: {error}", self.name)))?;
        if took.each_ns.len() != order.calls {
            let answers = took.each_ns.len();
            return Err(Error::Void(format!("{answers} answers to {order:?}")));
        }
        Ok(took)
    }

    /// Processor time of all its threads so far.
    ///
    /// # Errors
    /// When it has ended.
    pub fn cpu(&self) -> Result<Duration, Error> {
        cpu_of(self.child.id())
    }

    /// Ends it: a link by SIGTERM, and everybody by the end of its orders.
    ///
    /// # Errors
    /// When it does not end in order.
    pub fn stop(mut self) -> Result<(), Error> {
        drop(self.stdin.take());
        let end = Instant::now() + ENDS_WITHIN;
        while Instant::now() < end {
            match self.child.try_wait().map_err(Error::program(self.name))? {
                None => std::thread::sleep(Duration::from_millis(5)),
                Some(status) if status.success() => {
                    if let Some(mut attached) = self.attached.take() {
                        let _ = attached.wait();
                    }
                    return Ok(());
                }
                Some(status) => return Err(self.ended(status.to_string())),
            }
        }
        Err(self.ended("it does not stop".to_owned()))
    }

    fn ended(&self, how: String) -> Error {
        Error::Ended {
            program: self.name.to_owned(),
            how,
            lines: "see above".to_owned(),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
