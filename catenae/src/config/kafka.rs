//! Settings that go to librdkafka untouched, except those that would break a promise.

use std::fmt;

use super::ConfigError;

/// Settings for librdkafka in the order given, each key once. `Debug` shows no password.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KafkaSettings(Vec<(String, String)>);

/// A setting that the micromodule decides itself, and the values that change nothing.
struct Owned {
    key: &'static str,
    harmless: &'static [&'static str],
    instead: &'static str,
}

const fn owned(
    key: &'static str,
    harmless: &'static [&'static str],
    instead: &'static str,
) -> Owned {
    Owned {
        key,
        harmless,
        instead,
    }
}

const BROKERS: &str = "write `--kafka-bootstrap-server` (`-k`)";
const COMMIT: &str = "an input is committed when everything it caused is delivered, never earlier";
const ACKS: &str = "an output counts as delivered when all in-sync replicas have it";
const RESET: &str = "it would skip electrons silently; to start a group behind them, set its \
                     offsets with Kafka's own tools";

/// Everything else, known to librdkafka or not, is passed on. `isolation.level` is among it: an
/// aborted electron that is read is neither a lost nor a repeated one.
const OWNED: &[Owned] = &[
    owned("bootstrap.servers", &[], BROKERS),
    owned("metadata.broker.list", &[], BROKERS),
    owned("group.id", &[], "write `--consumer-group` (`-g`)"),
    owned(
        "max.poll.interval.ms",
        &[],
        "write `--consumer-timeout`, in seconds",
    ),
    owned("enable.auto.commit", &[], COMMIT),
    owned("auto.commit.enable", &[], COMMIT),
    owned("enable.auto.offset.store", &["false"], COMMIT),
    owned("offset.store.method", &["broker"], COMMIT),
    owned(
        "auto.offset.reset",
        &["earliest", "smallest", "beginning", "error"],
        RESET,
    ),
    owned(
        "enable.partition.eof",
        &["false"],
        "the end of a partition is no event here",
    ),
    owned("acks", &["all", "-1"], ACKS),
    owned("request.required.acks", &["all", "-1"], ACKS),
    owned(
        "enable.idempotence",
        &["true"],
        "without it a retry may repeat and reorder outputs",
    ),
    owned(
        "transactional.id",
        &[],
        "transactions belong to a delivery mode not yet available",
    ),
    owned(
        "test.mock.num.brokers",
        &[],
        "it replaces the Kafka you named by an empty one",
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
    /// Sets `key`; a later value takes the place of an earlier one.
    ///
    /// # Errors
    /// A setting that the micromodule decides itself.
    pub(crate) fn set(&mut self, key: &str, value: &str) -> Result<(), ConfigError> {
        let owned = OWNED.iter().find(|owned| owned.key == key);
        if let Some(owned) = owned.filter(|owned| !owned.harmless.contains(&value.trim())) {
            return Err(ConfigError::Setting {
                key: key.to_owned(),
                instead: owned.instead,
            });
        }
        match self.0.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => value.clone_into(known),
            None => self.0.push((key.to_owned(), value.to_owned())),
        }
        Ok(())
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(text: &str) -> Result<KafkaSettings, ConfigError> {
        let mut settings = KafkaSettings::default();
        settings.set_list(text).map(|()| settings)
    }

    #[test]
    fn lists_are_cut_where_a_name_follows() {
        let check = |text: &str, expected: &[(&str, &str)]| {
            let settings = list(text).unwrap();
            assert_eq!(settings.iter().collect::<Vec<_>>(), expected, "{text:?}");
        };
        check("", &[]);
        check("linger.ms=5", &[("linger.ms", "5")]);
        check(
            "linger.ms=5,acks=all",
            &[("linger.ms", "5"), ("acks", "all")],
        );
        check(
            "linger.ms=5, acks=all,",
            &[("linger.ms", "5"), ("acks", "all")],
        );
        check(
            "debug=broker,topic,linger.ms=1",
            &[("debug", "broker,topic"), ("linger.ms", "1")],
        );
        check("sasl.password=a,B=c,d", &[("sasl.password", "a,B=c,d")]);
        check("sasl.password=a,b=c\n", &[("sasl.password", "a,b=c")]);
        check(
            "a.b=1\n\n c.d=x,e.f=2 \n",
            &[("a.b", "1"), ("c.d", "x,e.f=2 ")],
        );
        check("a.b=1,a.b=2", &[("a.b", "2")]);
        check("a.b=x=y", &[("a.b", "x=y")]);
    }

    #[test]
    fn a_bad_pair_is_named_by_its_place_not_its_text() {
        let check = |text: &str, position| {
            assert_eq!(list(text), Err(ConfigError::Pair { position }), "{text:?}");
        };
        check("hunter2", 1);
        check("=hunter2", 1);
        check("a.b=1\nhunter2", 2);
    }

    #[test]
    fn settings_that_would_break_a_promise_are_refused() {
        let check = |key: &str, value: &str, good: bool| {
            let result = KafkaSettings::default().set(key, value);
            assert_eq!(result.is_ok(), good, "{key}={value}: {result:?}");
        };
        for key in [
            "bootstrap.servers",
            "metadata.broker.list",
            "group.id",
            "transactional.id",
        ] {
            check(key, "x", false);
        }
        check("enable.auto.commit", "true", false);
        check("enable.auto.offset.store", "true", false);
        check("enable.auto.offset.store", "false", true);
        check("enable.idempotence", "false", false);
        check("enable.idempotence", "true", true);
        check("acks", "1", false);
        check("acks", "all", true);
        check("acks", "-1", true);
        check("request.required.acks", "0", false);
        check("auto.offset.reset", "latest", false);
        check("auto.offset.reset", "earliest", true);
        check("max.poll.interval.ms", "1000", false);
        check("test.mock.num.brokers", "1", false);
        check("isolation.level", "read_uncommitted", true);
        check("linger.ms", "5", true);
        check("no.such.setting", "x", true);
    }

    #[test]
    fn passwords_are_not_shown() {
        let check = |key: &str, hidden: bool| {
            let shown = format!("{:?}", list(&format!("{key}=hunter2\n")).unwrap());
            assert_eq!(!shown.contains("hunter2"), hidden, "{shown}");
            assert!(shown.contains(key), "{shown}");
        };
        for key in [
            "sasl.password",
            "ssl.key.password",
            "ssl.keystore.password",
            "ssl.key.pem",
            "sasl.jaas.config",
            "sasl.oauthbearer.client.secret",
            "sasl.oauthbearer.client.credentials.client.secret",
            "sasl.oauthbearer.assertion.private.key.passphrase",
            "sasl.oauthbearer.config",
        ] {
            check(key, true);
        }
        check("sasl.username", false);
        check("linger.ms", false);
    }

    proptest! {
        #[test]
        fn lines_hold_any_value(value in "[^\\r\\n]*", other in "[^\\r\\n]*") {
            let settings = list(&format!("sasl.password={value}\na.b={other}\n")).unwrap();
            let expected = [("sasl.password", value.as_str()), ("a.b", other.as_str())];
            prop_assert_eq!(settings.iter().collect::<Vec<_>>(), expected);
        }

        #[test]
        fn a_comma_between_pairs_separates_them(value in "[^=\\r\\n]*[^=\\r\\n,]", other in "[^,\\n]*") {
            let settings = list(&format!("x.y={value},a.b={other}")).unwrap();
            let expected = [("x.y", value.as_str()), ("a.b", other.as_str())];
            prop_assert_eq!(settings.iter().collect::<Vec<_>>(), expected);
        }

        #[test]
        fn no_text_panics_or_is_shown(text in ".*") {
            let shown = format!("{:?}", list(&format!("sasl.password=hunter2,{text}")));
            prop_assert!(!shown.contains("hunter2"), "{}", shown);
        }
    }
}
