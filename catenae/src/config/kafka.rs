//! Settings that go to librdkafka untouched, except those that would break a promise.

mod owned;

use std::fmt;
use std::time::Duration;

use crate::spec::error::ConfigError;

/// Settings for librdkafka in the order given, each key once. `Debug` shows no password.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KafkaSettings(Vec<(String, String)>);

/// What a member of the group protocol `consumer` (KIP-848) has no say in.
const DECIDED_BY_BROKER: [(&str, &str); 3] = [
    (
        "session.timeout.ms",
        "with that protocol the broker sets the session timeout (`group.consumer.session.timeout.ms` of the \
         broker or the group): leave one of the two out",
    ),
    (
        "heartbeat.interval.ms",
        "with that protocol the broker sets the heartbeat interval \
         (`group.consumer.heartbeat.interval.ms` of the broker or the group): leave one of the two out",
    ),
    (
        "partition.assignment.strategy",
        "with that protocol the broker assigns the partitions; `group.remote.assignor` chooses the assignor: \
         leave one of the two out",
    ),
];

/// Parts of the names of settings whose values nobody may see.
const SECRET: [&str; 8] = [
    "password",
    "passphrase",
    "secret",
    "jaas",
    "token",
    "oauthbearer.config",
    "key.pem",
    "private",
];

impl KafkaSettings {
    /// The settings of an attribute, `key=value` each.
    ///
    /// # Errors
    /// No pair, or a setting that the micromodule decides itself.
    pub(super) fn declared(pairs: &[&str]) -> Result<Self, ConfigError> {
        let mut settings = Self::default();
        for (index, pair) in pairs.iter().enumerate() {
            settings.set_pair(pair, index + 1)?;
        }
        Ok(settings)
    }

    /// Sets `key`; a later value takes the place of an earlier one.
    ///
    /// # Errors
    /// A setting that the micromodule decides itself.
    pub(crate) fn set(&mut self, key: &str, value: &str) -> Result<(), ConfigError> {
        if let Some(instead) = owned::refused(key, value) {
            return Err(ConfigError::Setting {
                key: key.to_owned(),
                instead: instead.to_owned(),
            });
        }
        let key = owned::one_name(key);
        self.0.retain(|(known, _)| known != key);
        self.0.push((key.to_owned(), value.to_owned()));
        Ok(())
    }

    /// Adds settings that were checked one by one; they take the place of earlier ones.
    pub(crate) fn extend(&mut self, later: &Self) {
        self.0.retain(|(key, _)| later.get(key).is_none());
        self.0.extend(later.0.iter().cloned());
    }

    /// The setting that breaks exactly-once, though no other promise, and why it does.
    pub(super) fn against_exactly_once(
        &self,
        commit_interval: Duration,
    ) -> Option<(String, &'static str)> {
        let level = self.get("isolation.level");
        if let Some(level) = level.filter(|level| *level != "read_committed") {
            let why = "an electron of an aborted transaction would be read and take effect a \
                second time: write `read_committed`, or leave the setting out";
            return Some((format!("isolation.level={level}"), why));
        }
        let timeout: u64 = self.get("transaction.timeout.ms")?.parse().ok()?;
        (Duration::from_millis(timeout) < commit_interval * 2).then(|| {
            let why = "Kafka would abort transactions before their commit interval is over: write \
                       at least twice as much, or a shorter `--commit-interval`";
            (format!("transaction.timeout.ms={timeout}"), why)
        })
    }

    /// The setting that the protocol of the group excludes, and why.
    pub(super) fn against_group_protocol(&self) -> Option<(&str, &'static str)> {
        let protocol = self.get("group.protocol")?;
        if !protocol.eq_ignore_ascii_case("consumer") {
            return None;
        }
        DECIDED_BY_BROKER
            .iter()
            .copied()
            .find(|(name, _)| self.get(name).is_some())
    }

    /// The value of a setting, without the spaces around it.
    fn get(&self, key: &str) -> Option<&str> {
        let mut all = self.iter();
        all.find(|(known, _)| *known == key)
            .map(|(_, value)| value.trim())
    }

    /// Adds one `key=value` as the command line gives it, the `position`th; the value may hold any
    /// character.
    ///
    /// # Errors
    /// No pair, or a setting that the micromodule decides itself.
    pub(crate) fn set_pair(&mut self, pair: &str, position: usize) -> Result<(), ConfigError> {
        match pair.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => self.set(key.trim(), value),
            _ => Err(ConfigError::Pair { position }),
        }
    }

    /// Adds several pairs as the environment gives them: one per line when there is a line break,
    /// else separated by commas. A comma begins a new pair only where a setting's name and `=`
    /// follow, so `debug=broker,topic` is one pair.
    ///
    /// # Errors
    /// No pair, or a setting that the micromodule decides itself.
    pub(crate) fn set_list(&mut self, text: &str) -> Result<(), ConfigError> {
        let pairs = if text.contains('\n') {
            text.lines().collect()
        } else {
            split_pairs(text)
        };
        let pairs = pairs.into_iter().filter(|pair| !pair.trim().is_empty());
        for (index, pair) in pairs.enumerate() {
            self.set_pair(pair, index + 1)?;
        }
        Ok(())
    }

    /// The settings in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

/// Cuts at the commas behind which a setting's name and `=` follow.
fn split_pairs(text: &str) -> Vec<&str> {
    let begins_pair = |rest: &str| {
        let in_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
        let rest = rest.trim_start();
        let behind = rest.trim_start_matches(in_name);
        rest.is_empty() || (behind.len() < rest.len() && behind.starts_with('='))
    };
    let mut pairs = Vec::new();
    let mut start = 0;
    for (comma, _) in text.match_indices(',') {
        if begins_pair(&text[comma + 1..]) {
            pairs.push(&text[start..comma]);
            start = comma + 1;
        }
    }
    pairs.push(&text[start..]);
    pairs
}

/// Whether nobody may see the value of `key`.
fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    SECRET.iter().any(|part| key.contains(part))
}

impl fmt::Debug for KafkaSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(key, value)| (key, if is_secret(key) { "***" } else { value });
        f.debug_map().entries(self.iter().map(shown)).finish()
    }
}

#[cfg(test)]
mod tests;
