//! As whom a client presents itself; never with its password.

/// What a client is set to say about itself when it connects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Login {
    /// `security.protocol`, in lower case: `plaintext` when it is not set.
    pub(crate) protocol: String,
    /// `sasl.mechanism`.
    pub(crate) mechanism: String,
    /// `sasl.username`, where there is one.
    pub(crate) user: Option<String>,
}

impl Login {
    /// The login that these settings of the client make.
    pub(crate) fn of<'s>(setting: impl Fn(&str) -> Option<&'s str>) -> Self {
        let text = |name: &str| setting(name).map(|value| value.trim().to_owned());
        let protocol = text("security.protocol").unwrap_or_else(|| "plaintext".to_owned());
        Self {
            protocol: protocol.to_ascii_lowercase(),
            // What librdkafka takes when nothing is said.
            mechanism: text("sasl.mechanisms").unwrap_or_else(|| "GSSAPI".to_owned()),
            user: text("sasl.username"),
        }
    }

    /// Who it is, for a sentence.
    pub(crate) fn who(&self) -> String {
        match &self.user {
            Some(user) => format!("the user `{user}`"),
            None => "this user".to_owned(),
        }
    }
}
