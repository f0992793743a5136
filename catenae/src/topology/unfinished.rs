//! What a topology had not finished when it ended, in words.

use std::fmt;

use crate::config::Config;
use crate::error::Error;
use crate::kafka::{Behind, Endpoint, Lag, Left};

/// How many partitions of a stream are told one by one.
const TOLD: usize = 4;

/// What was not finished.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Unfinished {
    /// The sources that had not ended.
    pub(super) sources: Vec<&'static str>,
    /// The links that had something left to be read.
    pub(super) readers: Vec<(&'static str, Vec<Left>)>,
}

impl Unfinished {
    /// Asks what the groups of these links have left, now that their members have stopped.
    pub(super) fn read_up(&mut self, endpoint: &Endpoint, links: &[&Config]) -> Result<(), Error> {
        for config in one_of_each_group(links) {
            let Behind { left, .. } = Lag::new(endpoint, config)?.ask_at_the_end()?;
            if !left.is_empty() {
                self.readers.push((config.class, left));
            }
        }
        Ok(())
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.sources.is_empty() && self.readers.is_empty()
    }
}

/// The first of the readers of each group and its streams.
pub(super) fn one_of_each_group<'c>(links: &[&'c Config]) -> Vec<&'c Config> {
    let mut one_each: Vec<&Config> = Vec::new();
    for config in links.iter().filter(|config| !config.inputs.is_empty()) {
        let same = |other: &&Config| other.group == config.group && other.inputs == config.inputs;
        if !one_each.iter().any(same) {
            one_each.push(config);
        }
    }
    one_each
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if !self.sources.is_empty() {
            let names: Vec<String> = self
                .sources
                .iter()
                .map(|name| format!("`{name}`"))
                .collect();
            parts.push(format!("{} had not ended", names.join(", ")));
        }
        for (class, left) in &self.readers {
            parts.push(format!("`{class}` had not read {}", partitions(left)));
        }
        if parts.is_empty() {
            parts.push("everything that had been sent was read".to_owned());
        }
        f.write_str(&parts.join("; "))
    }
}

/// Partitions and what is left of each.
fn partitions(left: &[Left]) -> String {
    let one = |left: &Left| {
        let Left {
            stream,
            partition,
            from,
            offsets,
        } = left;
        format!(
            "stream `{stream}`, partition {partition}, from offset {from} ({})",
            still(*offsets)
        )
    };
    let mut told: Vec<String> = left.iter().take(TOLD).map(one).collect();
    if left.len() > TOLD {
        let rest: i64 = left[TOLD..].iter().map(|left| left.offsets).sum();
        told.push(format!(
            "{} more partitions ({})",
            left.len() - TOLD,
            still(rest)
        ));
    }
    told.join(", ")
}

/// How many offsets are left.
fn still(offsets: i64) -> String {
    match offsets {
        1 => "1 offset left".to_owned(),
        _ => format!("{offsets} offsets left"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_by_name() {
        let left = |partition, from, offsets| Left {
            stream: "words".to_owned(),
            partition,
            from,
            offsets,
        };
        let mut unfinished = Unfinished::default();
        assert!(unfinished.is_nothing());
        unfinished.sources.push("numbers");
        unfinished.readers.push(("show", vec![left(3, 17, 5)]));
        assert_eq!(
            unfinished.to_string(),
            "`numbers` had not ended; `show` had not read stream `words`, partition 3, \
             from offset 17 (5 offsets left)"
        );
        let many = (0..7).map(|partition| left(partition, 0, 2)).collect();
        let unfinished = Unfinished {
            readers: vec![("show", many)],
            ..Unfinished::default()
        };
        let text = unfinished.to_string();
        assert!(
            text.ends_with("3 more partitions (6 offsets left)"),
            "{text}"
        );
        assert_eq!(text.matches("partition ").count(), 4);
    }
}
