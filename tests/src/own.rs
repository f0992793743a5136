//! A broker that belongs to one test: it can be stopped in the middle without disturbing others.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs};

use crate::broker::{Kafka, TestBroker};
use crate::child::{Child, Signal};
use crate::wait::{DEADLINE, unique};

/// An embedded broker in a process of its own, or an Apache Kafka of its own when
/// `CATENAE_TEST_KAFKA` names one; it ends when this is dropped.
pub struct OwnBroker {
    address: String,
    pid: AtomicU32,
    embedded: bool,
    kept: Kept,
}

/// What ends with the broker.
enum Kept {
    Probe { _child: Child },
    Kafka { state: String },
}

/// A broker that is paused is not put out of its own cluster meanwhile: then it lists no broker for a moment, and
/// of that librdkafka 2.12.1 does not always recover (it finds its coordinator no more).
const PATIENT: &str = "broker.session.timeout.ms=120000\n";

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/kafka/kafka.sh");

impl OwnBroker {
    /// Starts one with these streams; `probe` is the program that runs an embedded one.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(probe: &Path, streams: &[(&str, i32)]) -> Self {
        Self::start_with(probe, streams, "")
    }

    /// The same with settings of the broker, `key=value` one per line, which the embedded one does not have.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start_with(probe: &Path, streams: &[(&str, i32)], settings: &str) -> Self {
        if TestBroker::is_kafka() {
            let own = Self::start_kafka(settings);
            for (stream, partitions) in streams {
                own.broker().create(stream, *partitions);
            }
            return own;
        }
        let streams = streams
            .iter()
            .map(|(stream, partitions)| format!("{stream}={partitions}"));
        let child = Child::start(probe, streams);
        let line = child.line("listening on ", DEADLINE);
        let address = line.trim_start_matches("listening on ").to_owned();
        let pid = child.pid();
        Self {
            address,
            pid: pid.into(),
            embedded: true,
            kept: Kept::Probe { _child: child },
        }
    }

    fn start_kafka(settings: &str) -> Self {
        let state = env::temp_dir().join(unique("catenae-kafka"));
        let state = state.to_str().expect("UTF-8").to_owned();
        let started = command(&state, "start")
            .env("CATENAE_KAFKA_SETTINGS", format!("{PATIENT}{settings}"))
            .output()
            .expect("the script runs");
        succeeds(&started);
        let printed = String::from_utf8_lossy(&started.stdout);
        let address = printed
            .trim()
            .trim_start_matches("CATENAE_TEST_KAFKA=")
            .to_owned();
        Self {
            address,
            pid: pid_of(&state).into(),
            embedded: false,
            kept: Kept::Kafka { state },
        }
    }

    /// It as the broker of a test.
    #[must_use]
    pub fn broker(&self) -> TestBroker {
        TestBroker::Kafka(Kafka::at(&self.address, self.embedded))
    }

    /// It answers nobody until it is resumed.
    pub fn pause(&self) {
        Signal::Stop.send(self.pid.load(Ordering::SeqCst));
    }

    /// It goes on.
    pub fn resume(&self) {
        Signal::Continue.send(self.pid.load(Ordering::SeqCst));
    }

    /// Its process is gone, with every connection; an Apache Kafka can be started again.
    ///
    /// # Panics
    /// When it is an embedded broker, which has nothing to begin with again, or does not end.
    pub fn kill(&self) {
        succeeds(&script(self.state(), "kill"));
    }

    /// It runs again, on its port and its data.
    ///
    /// # Panics
    /// When it is an embedded broker, or does not start.
    pub fn restart(&self) {
        succeeds(&script(self.state(), "restart"));
        self.pid.store(pid_of(self.state()), Ordering::SeqCst);
    }

    fn state(&self) -> &str {
        match &self.kept {
            Kept::Kafka { state } => state,
            Kept::Probe { .. } => panic!("an embedded broker keeps nothing"),
        }
    }
}

impl Drop for OwnBroker {
    fn drop(&mut self) {
        self.resume();
        if let Kept::Kafka { state } = &self.kept {
            let _ = script(state, "stop");
        }
    }
}

fn pid_of(state: &str) -> u32 {
    let pid = fs::read_to_string(format!("{state}/broker-1/pid")).expect("its pid");
    pid.trim().parse().expect("a number")
}

#[track_caller]
fn succeeds(ran: &std::process::Output) {
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
}

fn script(state: &str, order: &str) -> std::process::Output {
    command(state, order).output().expect("the script runs")
}

fn command(state: &str, order: &str) -> Command {
    let mut command = Command::new(SCRIPT);
    command
        .arg(order)
        .env("CATENAE_KAFKA_STATE", state)
        .env("CATENAE_KAFKA_WITH", "java")
        .env_remove("CATENAE_TEST_KAFKA");
    command
}
