//! The topologies under torture: which link reads and writes what, and what it does beside that.

use crate::history::{Ordered, Rules};
use crate::mode::Mode;
use crate::nature::{IN_PLACE, TAKEN};

/// One link with its streams, by their short names; a run puts its own name before them.
#[derive(Debug)]
pub struct Topology {
    /// The link, and the end of its binary's name.
    pub name: &'static str,
    /// What it reads.
    pub inputs: &'static [&'static str],
    /// What it writes: every output gets every input once, but those it is silent about.
    pub outputs: &'static [&'static str],
    /// How it chooses among its inputs; `None` where nothing is said.
    input_mode: Option<&'static str>,
    /// Whether its attribute asks for several lanes.
    lanes: bool,
    /// Whether it sends nothing for some inputs.
    silent: bool,
    /// Where the inputs wait at which it fails; `None` when it does not fail.
    retries: Option<Waiting>,
    /// Whether Kafka refuses what it sends for some inputs.
    refused: bool,
}

/// Where an electron waits for its next attempt, as the attribute says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    /// Beside the lane.
    Parked,
    /// In a stream.
    Delayed,
}

/// The input that is deleted and created again.
pub const RECREATED: &str = "c";

const PLAIN: Topology = Topology {
    name: "",
    inputs: &["a"],
    outputs: &[],
    input_mode: None,
    lanes: false,
    silent: false,
    retries: None,
    refused: false,
};

/// All of them.
pub const ALL: &[Topology] = &[
    Topology {
        name: "relay",
        outputs: &["relay"],
        ..PLAIN
    },
    Topology {
        name: "fan",
        outputs: &["fan-1", "fan-2", "fan-3"],
        ..PLAIN
    },
    Topology {
        name: "merge",
        inputs: &["a", "b"],
        outputs: &["merge"],
        input_mode: Some("strict"),
        ..PLAIN
    },
    Topology {
        name: "keyed",
        outputs: &["keyed"],
        ..PLAIN
    },
    Topology {
        name: "lanes",
        outputs: &["lanes"],
        lanes: true,
        silent: true,
        ..PLAIN
    },
    Topology {
        name: "flaky",
        outputs: &["flaky"],
        lanes: true,
        retries: Some(Waiting::Parked),
        ..PLAIN
    },
    Topology {
        name: "again",
        // Beside one that stays: nothing of that may be lost.
        inputs: &[RECREATED, "a"],
        outputs: &["again"],
        input_mode: Some("exp"),
        ..PLAIN
    },
    Topology {
        name: "later",
        outputs: &["later"],
        retries: Some(Waiting::Delayed),
        ..PLAIN
    },
    Topology {
        name: "refused",
        outputs: &["refused"],
        refused: true,
        ..PLAIN
    },
];

impl Topology {
    /// Whether its function fails at some inputs, or Kafka at what it makes of them, and it gives some of
    /// these up.
    #[must_use]
    pub fn fails(&self) -> bool {
        self.retries.is_some() || self.refused
    }

    /// How large an electron its outputs take; `None` when they take any.
    #[must_use]
    pub fn taken(&self) -> Option<usize> {
        self.refused.then_some(TAKEN)
    }

    /// Whether what failed waits in a stream of retries.
    #[must_use]
    pub fn delays(&self, mode: Mode) -> bool {
        self.waits(mode) == Some(Waiting::Delayed)
    }

    /// Where what failed waits in a mode; `None` when in its place, or nowhere.
    fn waits(&self, mode: Mode) -> Option<Waiting> {
        self.retries.filter(|waiting| match waiting {
            Waiting::Parked => mode == Mode::Default,
            Waiting::Delayed => mode.is_at_least_once(),
        })
    }

    /// What it is told where a mode allows less than its attribute says.
    #[must_use]
    pub fn flags(&self, mode: Mode) -> Vec<&'static str> {
        let mut flags = Vec::new();
        if self.lanes && !mode.is_at_least_once() {
            flags.push("--seq");
        }
        if self.retries != self.waits(mode) {
            flags.extend(["--retry", IN_PLACE]);
        }
        // There each electron would be committed alone, and the run would not end in time.
        if let Some(chosen) = self.input_mode.filter(|_| mode != Mode::AtMostOnce) {
            flags.extend(["--input-mode", chosen]);
        }
        flags
    }

    /// What holds for it in a mode.
    #[must_use]
    pub fn rules(&self, mode: Mode) -> Rules {
        let parks = self.waits(mode) == Some(Waiting::Parked);
        let by_key = parks || self.lanes && mode == Mode::Default;
        Rules {
            silent: self.silent,
            fails: self.retries.is_some(),
            refused: self.refused,
            limited: false,
            atomic: mode == Mode::ExactlyOnce,
            ordered: if by_key {
                Ordered::Key
            } else {
                Ordered::Partition
            },
        }
    }
}

/// The one of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Topology> {
    ALL.iter().find(|topology| topology.name == name)
}

/// A stream of a run.
#[must_use]
pub fn stream(run: &str, short: &str) -> String {
    format!("{run}-{short}")
}

/// The consumer group of a topology in a run.
#[must_use]
pub fn group(run: &str, topology: &Topology) -> String {
    format!("{run}-{}", topology.name)
}

#[cfg(test)]
mod tests {
    use super::{IN_PLACE, named};
    use crate::history::Ordered;
    use crate::mode::Mode;

    #[test]
    fn a_mode_that_allows_less_is_asked_for_less() {
        use Ordered::{Key, Partition};
        let retry = ["--retry", IN_PLACE].as_slice();
        let table = [
            ("relay", Mode::AtMostOnce, [].as_slice(), Partition, false),
            ("lanes", Mode::Default, &[], Key, false),
            ("lanes", Mode::Sync, &[], Partition, false),
            ("lanes", Mode::ExactlyOnce, &["--seq"], Partition, false),
            ("flaky", Mode::Default, &[], Key, false),
            ("flaky", Mode::Seq, retry, Partition, false),
            ("later", Mode::Default, &[], Partition, true),
            ("later", Mode::Sync, &[], Partition, true),
            ("later", Mode::AtMostOnce, retry, Partition, false),
            (
                "again",
                Mode::Sync,
                &["--input-mode", "exp"],
                Partition,
                false,
            ),
            ("again", Mode::AtMostOnce, &[], Partition, false),
        ];
        for (name, mode, flags, ordered, delays) in table {
            let topology = named(name).unwrap();
            assert_eq!(topology.flags(mode), flags, "{name}, {mode}");
            assert_eq!(topology.rules(mode).ordered, ordered, "{name}, {mode}");
            assert_eq!(topology.delays(mode), delays, "{name}, {mode}");
        }
    }
}
