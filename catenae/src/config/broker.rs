//! Where Kafka is.

use crate::spec::error::ConfigError;

/// Where Kafka is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broker {
    /// One or several `host:port`, separated by commas.
    Address(String),
    /// The broker that a topology brings along.
    Embedded,
}

impl Broker {
    /// Reads one or several addresses.
    ///
    /// # Errors
    /// Names the address that cannot be one, and what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, ConfigError> {
        let addresses: Vec<&str> = text.split(',').map(str::trim).collect();
        for address in &addresses {
            if let Some(wrong) = wrong_with(address) {
                // What may be a password is not repeated.
                let (_, shown) = address.rsplit_once('@').unwrap_or(("", address));
                return Err(ConfigError::value(shown, wrong));
            }
        }
        Ok(Self::Address(addresses.join(",")))
    }
}

/// The protocols that Kafka's own settings write in front of an address.
const PROTOCOLS: [&str; 4] = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];
/// What an address is.
const WANTED: &str = "write `host:port`, or several of them separated by commas";

/// What is wrong with an address that is not `host`, `host:port` or `[v6]:port`.
fn wrong_with(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some(format!("an address is missing: {WANTED}"));
    }
    if let Some(mark) = text
        .chars()
        .find(|c| matches!(c, '\'' | '"' | '`' | '<' | '>'))
    {
        return Some(format!(
            "it has `{mark}` in it: {WANTED}, without quotes or brackets"
        ));
    }
    if let Some((scheme, rest)) = text.split_once("://") {
        return Some(wrong_scheme(scheme, rest));
    }
    if text.contains('@') {
        return Some(
            "an address has no user name: write `--kafka sasl.username=…`, and the password in \
             `CATENAE_KAFKA`"
                .to_owned(),
        );
    }
    if text.contains([';', '|']) || text.contains(char::is_whitespace) {
        return Some("several addresses are separated by commas: `host:port,host:port`".to_owned());
    }
    if let Some((address, _)) = text.split_once('/') {
        return Some(format!("an address has no path: write `{address}`"));
    }
    let (host, port) = match text.strip_prefix('[') {
        Some(v6) => match v6.split_once(']') {
            Some((host, port)) if is_v6(host) => match port.strip_prefix(':') {
                None if !port.is_empty() => return Some(WANTED.to_owned()),
                port => (host, port),
            },
            _ => {
                return Some(format!(
                    "brackets are for IPv6 addresses, as in `[::1]:9092`: {WANTED}"
                ));
            }
        },
        None if text.matches(':').count() > 1 => {
            return Some(match is_v6(text) {
                true => "an IPv6 address stands in brackets, as in `[::1]:9092`".to_owned(),
                false => WANTED.to_owned(),
            });
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    if let Some(port) = port
        && !is_port(port)
    {
        return Some(format!(
            "`{port}` is not a port: a port is a number from 1 to 65535, for Kafka usually 9092"
        ));
    }
    let bad = |c: char| c.is_control() || matches!(c, '[' | ']' | '{' | '}' | '(' | ')' | '$');
    (host.is_empty() || host.contains(bad)).then(|| WANTED.to_owned())
}

/// What to write in place of an address with a scheme.
fn wrong_scheme(scheme: &str, rest: &str) -> String {
    let rest = match rest.split_once('/') {
        Some((address, _)) => address,
        None => rest,
    };
    let (_, rest) = rest.rsplit_once('@').unwrap_or(("", rest));
    let upper = scheme.to_ascii_uppercase();
    match upper.as_str() {
        protocol if PROTOCOLS[1..].contains(&protocol) => format!(
            "the protocol is not part of an address here: write `{rest}`, and `--kafka \
             security.protocol={}`",
            protocol.to_ascii_lowercase()
        ),
        _ => format!("an address must not begin with `{scheme}://`: write `{rest}`"),
    }
}

/// Whether it may be an IPv6 address, perhaps with a zone.
fn is_v6(text: &str) -> bool {
    let address = text.split_once('%').map_or(text, |(address, _)| address);
    address.parse::<std::net::Ipv6Addr>().is_ok()
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
        check("[fe80::1%eth0]:9092", Some("[fe80::1%eth0]:9092"));
    }

    #[test]
    fn an_address_is_refused_by_what_is_wrong_with_it() {
        let check = |text: &str, parts: &[&str]| {
            let said = Broker::parse(text).expect_err(text).to_string();
            for part in parts {
                assert!(said.contains(part), "{text}: {said}");
            }
            assert!(!said.contains("secret"), "{text}: {said}");
        };
        check("", &["missing", "`host:port`"]);
        check("a:1,", &["missing"]);
        for port in ["a:", "a:0", "a:65536", "a:x", "[::1]:x", "a:99999"] {
            check(port, &["is not a port", "1 to 65535"]);
        }
        check("['a:1']", &["`'` in it", "without quotes or brackets"]);
        check("\"a:1\"", &["`\"` in it"]);
        check("[a:1]", &["brackets are for IPv6"]);
        check("[::1:9092", &["brackets are for IPv6"]);
        check("::1", &["`[::1]:9092`"]);
        check("[::1]9092", &["`host:port`"]);
        check("http://a:1/path", &["begin with `http://`", "write `a:1`"]);
        check("kafka://a:1", &["begin with `kafka://`"]);
        check(
            "PLAINTEXT://a:1",
            &["begin with `PLAINTEXT://`", "write `a:1`"],
        );
        check("ssl://a:1", &["write `a:1`", "security.protocol=ssl`"]);
        check("SASL_SSL://a:1", &["security.protocol=sasl_ssl`"]);
        check(
            "user:secret@a:1",
            &["sasl.username", "`a:1` is not accepted"],
        );
        check("ssl://user:secret@a:1", &["write `a:1`"]);
        check("a:1;b:2", &["commas"]);
        check("a b:1", &["commas"]);
        check("a:1/path", &["no path", "write `a:1`"]);
        check(":9092", &["`host:port`"]);
        check("${KAFKA}", &["`host:port`"]);
        check("a:1:2", &["`host:port`"]);
    }
}
