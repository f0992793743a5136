//! The streams that a topology shares with other programs, as its author declares them.

use std::fmt;

use crate::stream::StreamName;

/// Which way electrons cross the border of a topology.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// Others write what is read here.
    Input,
    /// Others read what is written here.
    Output,
}

impl Direction {
    /// What a link here does with such a stream.
    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Input => "read",
            Self::Output => "write",
        }
    }
}

/// The name of the method that declares such a stream.
impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Input => "external_input",
            Self::Output => "external_output",
        })
    }
}

/// The streams that other programs write or read.
#[derive(Clone, Debug, Default)]
pub(super) struct External(Vec<(Direction, StreamName)>);

impl External {
    pub(super) fn add(&mut self, direction: Direction, stream: StreamName) {
        if !self.has(direction, &stream) {
            self.0.push((direction, stream));
        }
    }

    pub(super) fn has(&self, direction: Direction, stream: &StreamName) -> bool {
        let mut declared = self.0.iter();
        declared.any(|(way, name)| *way == direction && name == stream)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Direction, &StreamName)> {
        self.0.iter().map(|(way, name)| (*way, name))
    }

    /// The streams that others write.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &StreamName> {
        let inputs = self.0.iter().filter(|(way, _)| *way == Direction::Input);
        inputs.map(|(_, name)| name)
    }
}
