//! The program under test as the system sees it: its start, its processor time, its memory, its end.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::cell::{Payload, Side};
use crate::error::Error;

/// Where the programs under test lie: beside this one.
pub struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// Builds them, in the profile of this program.
    ///
    /// # Errors
    /// When they cannot be built.
    pub fn build() -> Result<Self, Error> {
        let own = std::env::current_exe().map_err(Error::program("bench"))?;
        let folder = own.parent().map(PathBuf::from).unwrap_or_default();
        let profile = match folder.file_name().and_then(|name| name.to_str()) {
            Some("debug") | None => "dev",
            Some(profile) => profile,
        };
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["build", "--quiet", "--package", "catenae-benches", "--bins"])
            .args(["--profile", profile])
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        let status = cargo.status().map_err(Error::program("cargo"))?;
        if !status.success() {
            return Err(Error::Ended {
                program: "cargo build".to_owned(),
                how: status.to_string(),
                lines: String::new(),
            });
        }
        Ok(Self { folder })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// A command that is run beside each program, with its process id as the last argument.
#[derive(Clone, Debug, Default)]
pub struct Attach(pub Option<String>);

/// A program under test that runs; killed when it is dropped.
pub(crate) struct Running {
    name: &'static str,
    side: Side,
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
    attached: Option<Child>,
}

impl Running {
    /// Starts one side on its streams.
    pub(crate) fn start(
        binaries: &Binaries,
        side: Side,
        payload: Payload,
        streams: [&str; 2],
        [broker, group]: [&str; 2],
        extra: &[String],
    ) -> Result<Self, Error> {
        let name = match (side, payload) {
            (Side::Raw, _) => "bench-raw",
            (Side::Native, _) => "bench-native",
            (_, Payload::Bytes(_)) => "bench-pipe",
            (_, Payload::Struct) => "bench-orders",
        };
        let mut command = Command::new(binaries.path(name));
        match side {
            Side::Raw | Side::Native => {
                let kind = match payload {
                    Payload::Bytes(_) => "bytes",
                    Payload::Struct => "struct",
                };
                command.args([kind, broker, group, streams[0], streams[1]]);
                command.args(extra);
            }
            Side::Link | Side::Mode(_) | Side::Flags(_) => {
                command.args([
                    "-k", broker, "-g", group, "-i", streams[0], "-o", streams[1],
                ]);
                if let Side::Mode(mode) = side {
                    command.args(mode.flags());
                }
                if let Side::Flags(flags) = side {
                    command.args(flags);
                }
                for setting in extra {
                    command.args(["--kafka", setting]);
                }
            }
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(Error::program(name))?;
        let lines = Arc::new(Mutex::new(String::new()));
        let reader = child.stderr.take().map(|mut stderr| {
            let lines = Arc::clone(&lines);
            thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(read @ 1..) = stderr.read(&mut buffer) {
                    let text = String::from_utf8_lossy(&buffer[..read]);
                    lines
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push_str(&text);
                }
            })
        });
        let stdin = child.stdin.take();
        Ok(Self {
            name,
            side,
            child,
            stdin,
            lines,
            reader,
            attached: None,
        })
    }

    /// Runs a command beside it until it ends; not before it works, for all its threads to be there.
    pub(crate) fn attach(&mut self, attach: &Attach) -> Result<(), Error> {
        if let (Some(command), None) = (&attach.0, &self.attached) {
            self.attached = Some(beside(command, self.child.id())?);
        }
        Ok(())
    }

    /// Processor time of all its threads so far, user and system.
    pub(crate) fn cpu(&self) -> Result<Duration, Error> {
        cpu_of(self.child.id())
    }

    /// The most memory it ever had, in bytes: `VmHWM`.
    pub(crate) fn peak_memory(&self) -> Result<u64, Error> {
        self.memory("VmHWM:")
    }

    /// The memory that it has now, in bytes: `VmRSS`.
    pub(crate) fn resident_memory(&self) -> Result<u64, Error> {
        self.memory("VmRSS:")
    }

    fn memory(&self, which: &str) -> Result<u64, Error> {
        let path = format!("/proc/{}/status", self.child.id());
        let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
        let line = text.lines().find_map(|line| line.strip_prefix(which));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        Ok(kilobytes.unwrap_or(0_u64) * 1024)
    }

    /// An error when it has ended already.
    pub(crate) fn must_run(&mut self) -> Result<(), Error> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            ended => Err(self.ended(format!("{ended:?}"))),
        }
    }

    /// Asks it to stop and waits for its end, which must be in order.
    pub(crate) fn stop(mut self) -> Result<(), Error> {
        match self.side {
            // The end of its input is the loop's signal.
            Side::Raw | Side::Native => drop(self.stdin.take()),
            Side::Link | Side::Mode(_) | Side::Flags(_) => {
                let pid = self.child.id().to_string();
                let mut kill = Command::new("kill");
                kill.args(["-TERM", &pid])
                    .status()
                    .map_err(Error::program("kill"))?;
            }
        }
        let end = Instant::now() + Duration::from_secs(30);
        while Instant::now() < end {
            match self.child.try_wait() {
                Ok(None) => thread::sleep(Duration::from_millis(5)),
                Ok(Some(status)) if status.success() => {
                    if let Some(mut attached) = self.attached.take() {
                        let _ = attached.wait();
                    }
                    return Ok(());
                }
                ended => return Err(self.ended(format!("{ended:?}"))),
            }
        }
        Err(self.ended("it does not stop".to_owned()))
    }

    fn ended(&mut self, how: String) -> Error {
        let _ = self.child.kill();
        if let Some(reader) = self.reader.take() {
            // Its lines are complete when it has ended.
            let _ = reader.join();
        }
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let from = lines.len().saturating_sub(2000);
        Error::Ended {
            program: self.name.to_owned(),
            how,
            lines: lines.get(from..).unwrap_or(&lines).to_owned(),
        }
    }
}

/// Processor time of all threads of a process so far, user and system.
pub(crate) fn cpu_of(pid: u32) -> Result<Duration, Error> {
    let path = format!("/proc/{pid}/task");
    let mut nanoseconds = 0;
    for thread in fs::read_dir(&path).map_err(Error::file(&path))?.flatten() {
        // A thread may end in between; those that matter do not.
        let Ok(text) = fs::read_to_string(thread.path().join("schedstat")) else {
            continue;
        };
        let spent = text.split(' ').next().and_then(|n| n.parse::<u64>().ok());
        nanoseconds += spent.unwrap_or(0);
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// Runs a command with the process id as its last argument.
pub(crate) fn beside(command: &str, pid: u32) -> Result<Child, Error> {
    let mut words = command.split_whitespace();
    let program = words.next().unwrap_or_default();
    let mut beside = Command::new(program);
    beside.args(words).arg(pid.to_string());
    beside.spawn().map_err(Error::program(program))
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
