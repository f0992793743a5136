//! Where Kafka is.

use super::ConfigError;

/// Where Kafka is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broker {
    /// One or several `host:port`, separated by commas.
    Address(String),
    /// The broker that a topology brings along.
    Embedded,
}

/// The protocols that librdkafka takes in front of an address.
const PROTOCOLS: [&str; 4] = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];

impl Broker {
    /// Reads one or several addresses.
    ///
    /// # Errors
    /// Names the address that cannot be one.
    pub(crate) fn parse(text: &str) -> Result<Self, ConfigError> {
        let addresses: Vec<&str> = text.split(',').map(str::trim).collect();
        match addresses.iter().find(|address| !is_address(address)) {
            None => Ok(Self::Address(addresses.join(","))),
            Some(bad) => {
                let wanted = "write `host:port`, or several of them separated by commas";
                Err(ConfigError::value(bad, wanted))
            }
        }
    }
}

/// `host`, `host:port` or `[v6]:port`, with a protocol in front if need be.
fn is_address(text: &str) -> bool {
    let rest = match text.split_once("://") {
        Some((protocol, rest)) if PROTOCOLS.contains(&&*protocol.to_ascii_uppercase()) => rest,
        Some(_) => return false,
        None => text,
    };
    let (host, port) = match rest.strip_prefix('[') {
        Some(v6) => match v6.split_once(']') {
            Some((host, "")) => (host, None),
            Some((host, port)) => (host, port.strip_prefix(':').or(Some(""))),
            None => return false,
        },
        None => match rest.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        },
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    let bad = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '/' | '@' | '[' | ']');
    !host.is_empty() && !host.contains(bad) && port.is_none_or(is_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let check = |text: &str, expected: Option<&str>| {
            let expected = expected.map(|address| Broker::Address(address.to_owned()));
            assert_eq!(Broker::parse(text).ok(), expected, "{text:?}");
        };
        check("localhost:9092", Some("localhost:9092"));
        check("kafka", Some("kafka"));
        check("a:1, b:65535", Some("a:1,b:65535"));
        check("[::1]:9092", Some("[::1]:9092"));
        check("[::1]", Some("[::1]"));
        check("SASL_SSL://kafka:9093", Some("SASL_SSL://kafka:9093"));
        for bad in [
            "",
            "a:1,",
            "a:",
            "a:0",
            "a:65536",
            "a:x",
            ":9092",
            "http://a:1",
            "a b:1",
        ] {
            check(bad, None);
        }
        for bad in ["[::1]9092", "[::1:9092", "::1", "user@a:1", "a:1/path"] {
            check(bad, None);
        }
    }
}
