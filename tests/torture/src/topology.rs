//! The topologies under torture: which link reads and writes what.

/// One link with its streams, by their short names; a run puts its own name before them.
#[derive(Debug)]
pub struct Topology {
    /// The link, and the end of its binary's name.
    pub name: &'static str,
    /// What it reads.
    pub inputs: &'static [&'static str],
    /// What it writes: every output gets every input once.
    pub outputs: &'static [&'static str],
}

/// All of them.
pub const ALL: &[Topology] = &[
    Topology {
        name: "relay",
        inputs: &["a"],
        outputs: &["relay"],
    },
    Topology {
        name: "fan",
        inputs: &["a"],
        outputs: &["fan-1", "fan-2", "fan-3"],
    },
    Topology {
        name: "merge",
        inputs: &["a", "b"],
        outputs: &["merge"],
    },
    Topology {
        name: "keyed",
        inputs: &["a"],
        outputs: &["keyed"],
    },
];

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
