//! The stage of a test: a broker, an input and an output stream, a group, and probes that run on it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use catenae_tests::{
    Child, DEADLINE, OwnBroker, Received, Signal, TestBroker, committed, eventually, feed, length,
    read, unique,
};

/// Everything a test of one link needs.
pub struct Stage {
    pub broker: TestBroker,
    pub input: String,
    pub output: String,
    pub group: String,
    folder: PathBuf,
}

impl Stage {
    /// Fresh streams of `partitions` partitions each.
    pub fn new(partitions: i32) -> Self {
        Self::on(TestBroker::start(), partitions)
    }

    /// The same on Apache Kafka only.
    pub fn kafka(partitions: i32) -> Self {
        Self::on(TestBroker::kafka(), partitions)
    }

    fn on(broker: TestBroker, partitions: i32) -> Self {
        let stage = Self::bare(broker);
        stage.broker.create(&stage.input, partitions);
        stage.broker.create(&stage.output, partitions);
        stage
    }

    /// Names on a broker, and no stream of that name yet.
    pub fn bare(broker: TestBroker) -> Self {
        let folder = std::env::temp_dir().join(unique("catenae-stage"));
        fs::create_dir(&folder).expect("a folder");
        Self {
            broker,
            input: unique("in"),
            output: unique("out"),
            group: unique("group"),
            folder,
        }
    }

    /// The command of a probe on this stage, with those of `given` that `more` does not give itself.
    fn command(&self, probe: &str, given: &[(&str, &str)], more: &[&str]) -> Command {
        let mut command = Command::new(probe_path(probe));
        if !more.contains(&"-k") {
            command.args(self.broker.options());
        }
        for (flag, value) in given.iter().filter(|(flag, _)| !more.contains(flag)) {
            command.args([flag, value]);
        }
        command.args(more);
        command
    }

    /// The command of a middle link.
    pub fn middle(&self, probe: &str, more: &[&str]) -> Command {
        let (input, output, group) = (&*self.input, &*self.output, &*self.group);
        self.command(probe, &[("-i", input), ("-o", output), ("-g", group)], more)
    }

    /// Starts a middle link.
    pub fn start(&self, probe: &str, more: &[&str]) -> Child {
        Child::spawn(self.middle(probe, more))
    }

    /// Starts a link with an input and no output.
    pub fn start_leaf(&self, probe: &str, more: &[&str]) -> Child {
        let given = [("-i", &*self.input), ("-g", &*self.group)];
        Child::spawn(self.command(probe, &given, more))
    }

    /// The same without the group of the stage.
    pub fn start_alone(&self, probe: &str, more: &[&str]) -> Child {
        Child::spawn(self.command(probe, &[("-i", &self.input)], more))
    }

    /// Starts a source.
    pub fn start_source(&self, probe: &str, more: &[&str]) -> Child {
        Child::spawn(self.command(probe, &[("-o", &self.output)], more))
    }

    /// Starts a link without streams.
    pub fn start_bare(&self, probe: &str, more: &[&str]) -> Child {
        Child::spawn(self.command(probe, &[], more))
    }

    /// A file that is not there yet.
    pub fn file(&self, name: &str) -> String {
        let path = self.folder.join(name);
        path.to_str().expect("UTF-8").to_owned()
    }

    /// The file that held handlers wait for.
    pub fn gate(&self) -> String {
        self.file("gate")
    }

    /// Lets held handlers go on.
    pub fn open_gate(&self) {
        fs::write(self.gate(), "").expect("the gate is written");
    }

    /// Writes lines without keys to the input.
    pub fn feed<L: AsRef<str>>(&self, lines: impl IntoIterator<Item = L>) {
        let lines: Vec<L> = lines.into_iter().collect();
        let records = lines
            .iter()
            .map(|line| (None, Some(line.as_ref().as_bytes())));
        feed(&self.broker, &self.input, records);
    }

    /// Writes keys and lines to the input.
    pub fn feed_keyed(&self, pairs: &[(String, String)]) {
        let bytes = |(key, line): &'_ (String, String)| (key.clone(), line.clone());
        let pairs: Vec<(String, String)> = pairs.iter().map(bytes).collect();
        let records = pairs
            .iter()
            .map(|(key, line)| (Some(key.as_bytes()), Some(line.as_bytes())));
        feed(&self.broker, &self.input, records);
    }

    /// The first `count` electrons of the output.
    #[track_caller]
    pub fn read(&self, count: usize) -> Vec<Received> {
        read(&self.broker, &self.output, count, DEADLINE)
    }

    /// All lines of the output, sorted, once there are at least `count`.
    #[track_caller]
    pub fn lines(&self, count: usize) -> Vec<String> {
        let there = self.await_output(count);
        let mut lines: Vec<String> = self.read(there).iter().map(text).collect();
        lines.sort();
        lines
    }

    /// Waits for `count` electrons on the output; returns how many there are.
    #[track_caller]
    pub fn await_output(&self, count: usize) -> usize {
        let what = format!("{count} electrons on the output");
        eventually(&what, DEADLINE, || {
            let there = usize::try_from(length(&self.broker, &self.output)).expect("a count");
            (there >= count).then_some(there)
        })
    }

    /// How many electrons of the input the group has committed, over all partitions.
    pub fn committed(&self) -> i64 {
        committed(&self.broker, &self.group, &self.input)
            .values()
            .sum()
    }

    /// Waits until the group has committed `count` electrons; more is never right.
    #[track_caller]
    pub fn await_committed(&self, count: i64) {
        eventually(&format!("{count} committed"), DEADLINE, || {
            let committed = self.committed();
            assert!(
                committed <= count,
                "{committed} committed, at most {count} can be"
            );
            (committed == count).then_some(())
        });
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A stage on a broker of its own, which can be stopped.
pub fn own_stage() -> (OwnBroker, Stage) {
    let (input, output) = ("in", "out");
    let own = OwnBroker::start(&probe_path("broker"), &[(input, 2), (output, 2)]);
    let mut stage = Stage::bare(own.broker());
    (stage.input, stage.output) = (input.to_owned(), output.to_owned());
    (own, stage)
}

/// Compares two sorted lists of lines, and shows only what is missing and what is too much.
#[track_caller]
pub fn same(got: &[String], expected: &[String]) {
    let count = |lines: &[String]| {
        let mut counts = BTreeMap::<String, i64>::new();
        for line in lines {
            *counts.entry(line.clone()).or_default() += 1;
        }
        counts
    };
    let mut different = count(got);
    for (line, n) in count(expected) {
        *different.entry(line).or_default() -= n;
    }
    different.retain(|_, n| *n != 0);
    let shown: Vec<_> = different.iter().take(20).collect();
    assert!(
        different.is_empty(),
        "{} lines differ: {shown:?}",
        different.len()
    );
}

/// Waits for the end of a probe, and shows its last lines when the status is another one.
#[track_caller]
pub fn exits(child: &Child, code: i32) {
    let status = child.end(DEADLINE);
    let last = child
        .lines()
        .split_off(child.lines().len().saturating_sub(40));
    assert_eq!(status.code(), Some(code), "{status}\n{}", last.join("\n"));
}

/// Asks a probe to stop, and waits until it has, with status 0.
#[track_caller]
pub fn ends_in_order(child: &Child) {
    child.signal(Signal::Terminate);
    exits(child, 0);
}

/// Where a probe lies.
pub fn probe_path(probe: &str) -> PathBuf {
    catenae_tests::probe_path(env!("CARGO_BIN_EXE_probes"), probe)
}

/// The value as text.
pub fn text(received: &Received) -> String {
    received.text().to_owned()
}

/// `name-0`, `name-1`, … with equal lengths, so that sorting keeps their order.
pub fn numbered(name: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{name}-{n:06}")).collect()
}

/// Looks again and again for `time`: it must hold the whole time.
#[track_caller]
pub fn holds_for(what: &str, time: Duration, holds: impl Fn() -> bool) {
    let start = Instant::now();
    eventually(what, DEADLINE, || {
        assert!(holds(), "no longer after {:?}: {what}", start.elapsed());
        (start.elapsed() >= time).then_some(())
    });
}

/// How long something took.
#[track_caller]
pub fn within(what: &str, limit: Duration, run: impl FnOnce()) {
    let start = Instant::now();
    run();
    let took = start.elapsed();
    assert!(took <= limit, "{what} took {took:?}, more than {limit:?}");
}

/// The largest resident memory a process ever had, in KiB.
pub fn peak_memory(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
    number
        .and_then(|kib| kib.trim().parse().ok())
        .expect("a number of KiB")
}
