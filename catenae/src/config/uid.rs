//! The id of one running instance.

use std::fmt;
use std::str::FromStr;

use crate::spec::error::ConfigError;

/// The id of one running instance: letters, digits, `.`, `_`, `-`, because stream and group names
/// are made from it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uid(String);

impl Uid {
    /// Twelve random hexadecimal digits.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 6];
        getrandom::fill(&mut bytes)?;
        Ok(Self(
            bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        ))
    }

    /// The id of the `number`th instance in a process that runs several under one id.
    #[must_use]
    pub fn numbered(&self, number: usize) -> Self {
        Self(format!("{}-{number}", self.0))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Uid {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let accepted = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if (1..=128).contains(&text.len()) && text.chars().all(accepted) {
            Ok(Self(text.to_owned()))
        } else {
            let wanted = "write 1 to 128 of the characters a-z, A-Z, 0-9, `.`, `_`, `-`";
            Err(ConfigError::value(text, wanted))
        }
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_uids_are_twelve_hexadecimal_digits_and_differ() {
        let uid = Uid::random().unwrap();
        assert_eq!(uid.as_str().len(), 12);
        assert!(
            uid.as_str()
                .chars()
                .all(|c| c.is_ascii_hexdigit() && !c.is_uppercase())
        );
        assert_ne!(uid, Uid::random().unwrap());
    }

    #[test]
    fn a_uid_fits_into_a_stream_name() {
        let check = |text: &str, good: bool| {
            assert_eq!(text.parse::<Uid>().is_ok(), good, "{text:?}");
        };
        check("3f2a9c81d04b", true);
        check("mapper-7d9f.host_1", true);
        check("", false);
        check("a b", false);
        check("a/b", false);
        check("é", false);
        check(&"a".repeat(128), true);
        check(&"a".repeat(129), false);
        assert_eq!(
            "host".parse::<Uid>().unwrap().numbered(3).as_str(),
            "host-3"
        );
    }
}
