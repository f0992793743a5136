//! Sentences about connections that failed: what is wrong, and what to do.

use std::collections::BTreeMap;

use super::{Login, Peer, Reason, Report};

/// How many servers a sentence names.
const NAMED: usize = 3;

/// Why nobody answers at `given`, the addresses that the user named, and what to do; `None` when the
/// client has said nothing.
pub(crate) fn explain(given: &str, reports: &[Report], login: &Login) -> Option<String> {
    // The last word of each server, those that brokers have named before those that the user has: they
    // are only known when a broker has answered.
    let mut last: BTreeMap<&Peer, &Report> = BTreeMap::new();
    for report in reports {
        let known = last.get(&report.server);
        // That a connection was closed says less than what was said before.
        if report.reason != Reason::Closed || known.is_none() {
            last.insert(&report.server, report);
        }
    }
    let is_advertised = |report: &&&Report| matches!(report.server, Peer::Advertised(_));
    let advertised: Vec<&Report> = last.values().filter(is_advertised).copied().collect();
    if let Some(first) = advertised.first() {
        let address = first.server.address();
        return Some(format!(
            "the Kafka at `{given}` answers, but advertises `{address}`, which cannot be reached: {}. {}",
            what(first, PeerName::It, login),
            advice_for_advertised(first.reason),
        ));
    }
    let all: Vec<&Report> = last.values().copied().collect();
    let first = all.first()?;
    let subject = match all.len() {
        1 => PeerName::It,
        _ => PeerName::Named,
    };
    let sentences: Vec<String> = all
        .iter()
        .take(NAMED)
        .map(|report| what(report, subject, login))
        .collect();
    let begin = match is_answered(first.reason) {
        true => "no connection to the Kafka at",
        false => "no Kafka broker answers at",
    };
    Some(format!(
        "{begin} `{given}`: {}. {}",
        sentences.join("; "),
        advice(first, login)
    ))
}

/// What is wrong with one connection, in one line for the log.
pub(crate) fn told(report: &Report, login: &Login) -> String {
    what(report, PeerName::Named, login)
}

/// How a sentence names its server.
#[derive(Clone, Copy)]
enum PeerName {
    /// By its address.
    Named,
    /// The address stands in front of it.
    It,
}

/// Whether something there has answered.
fn is_answered(reason: Reason) -> bool {
    !matches!(
        reason,
        Reason::Unresolved
            | Reason::Refused
            | Reason::NoAnswer
            | Reason::Unreachable
            | Reason::Other
    )
}

fn what(report: &Report, subject: PeerName, login: &Login) -> String {
    let address = report.server.address();
    let (it, its) = match subject {
        PeerName::It => ("it".to_owned(), "its".to_owned()),
        PeerName::Named => (format!("`{address}`"), format!("`{address}`'s")),
    };
    let words = &report.words;
    match report.reason {
        Reason::Unresolved => format!("{its} name does not resolve ({words})"),
        Reason::Refused => format!("{it} refuses the connection, nothing listens there"),
        Reason::NoAnswer => format!("{it} does not answer connection attempts"),
        Reason::Unreachable => format!("{it} cannot be reached ({words})"),
        Reason::NoDescriptors => {
            "this process has no file descriptors left, and each connection needs one".to_owned()
        }
        Reason::Http => format!("{it} is an HTTP server, not a Kafka"),
        Reason::WantsTls => format!("{it} requires TLS, and this client does not use it"),
        Reason::Foreign => format!("{it} answers, but not as a Kafka does ({words})"),
        Reason::Silent => {
            format!(
                "{it} accepts the connection but says nothing: it is not a Kafka broker, or it \
                 hangs"
            )
        }
        Reason::ClosedFirst => format!(
            "{it} closes the connection on the first request: it requires TLS, or it is not a Kafka"
        ),
        Reason::WantsSasl => format!(
            "{it} is a Kafka and closes the connection at once: it requires SASL, which this client is \
             not set up for"
        ),
        Reason::Login => format!(
            "{it} rejects the login of {} (SASL {}): {words}",
            login.who(),
            login.mechanism
        ),
        Reason::NoSasl => format!(
            "{it} does not use SASL, but this client does (`security.protocol={}`)",
            login.protocol
        ),
        Reason::Mechanism => format!(
            "{it} does not know the SASL mechanism {}; it knows {words}",
            login.mechanism
        ),
        Reason::NoTls => format!(
            "{it} does not use TLS, but this client does (`security.protocol={}`)",
            login.protocol
        ),
        Reason::Certificate => format!("{its} certificate is not accepted ({words})"),
        Reason::Tls => format!("there is no TLS connection to {it} ({words})"),
        Reason::Closed => format!("{it} closed the connection ({words})"),
        Reason::Other => format!("there is no connection to {it} ({words})"),
    }
}

/// What to do about a server that the user named.
fn advice(report: &Report, login: &Login) -> String {
    match report.reason {
        Reason::Refused if is_local(report.server.address()) => {
            "Give the address of a running one with `-k host:port`, or start one, for example with \
             `docker run -p 9092:9092 apache/kafka`; a topology started without `-k` brings its \
             own broker"
                .to_owned()
        }
        Reason::Refused => {
            "Is the port right, and is Kafka running there? `-k host:port` gives another address"
                .to_owned()
        }
        Reason::Unresolved => {
            "Is it spelled correctly in `-k`, and can this machine resolve it?".to_owned()
        }
        Reason::NoAnswer | Reason::Unreachable => {
            "Is the address in `-k` right, and does every firewall on the way let it through?"
                .to_owned()
        }
        Reason::NoDescriptors => "Raise the limit with `ulimit -n`".to_owned(),
        Reason::Http | Reason::Foreign | Reason::Silent => {
            "Is the port in `-k` right? Kafka's port is 9092 unless it was configured otherwise"
                .to_owned()
        }
        Reason::WantsTls | Reason::ClosedFirst => {
            format!(
                "For TLS give `--kafka security.protocol=ssl`{}",
                tls_feature()
            )
        }
        Reason::WantsSasl => {
            "Give `--kafka security.protocol=sasl_plaintext`, `--kafka sasl.mechanism=…`, `--kafka \
             sasl.username=…`, and `sasl.password=…` in `CATENAE_KAFKA`"
                .to_owned()
        }
        Reason::Login => {
            "Correct `sasl.username` and `sasl.password`, or create that user on the broker"
                .to_owned()
        }
        Reason::NoSasl => format!(
            "Give the port of a listener with SASL, or leave `security.protocol={}` out",
            login.protocol
        ),
        Reason::NoTls => format!(
            "Give the port of a listener with TLS, or leave `security.protocol={}` out",
            login.protocol
        ),
        Reason::Mechanism => "Give another one with `--kafka sasl.mechanism=…`".to_owned(),
        Reason::Certificate => {
            "Give the authority that signed it with `--kafka ssl.ca.location=…`".to_owned()
        }
        Reason::Tls => "See the settings that begin with `ssl.`".to_owned(),
        Reason::Closed | Reason::Other => {
            "Is the address in `-k` right, and is that broker healthy?".to_owned()
        }
    }
}

/// What to do about a server that a broker has named.
fn advice_for_advertised(reason: Reason) -> &'static str {
    match reason {
        Reason::NoDescriptors => "Raise the limit with `ulimit -n`",
        _ => {
            "Correct `advertised.listeners` of that broker, or give with `-k` the address of a \
             listener that is advertised under a name that this machine can reach"
        }
    }
}

/// What TLS needs beside the setting, if it is not compiled in.
fn tls_feature() -> &'static str {
    if cfg!(any(
        feature = "tls",
        feature = "tls-vendored",
        feature = "dynamic-linking"
    )) {
        ""
    } else {
        " and build with the cargo feature `tls` of `catenae`"
    }
}

/// Whether an address is on this machine.
fn is_local(address: &str) -> bool {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    host == "localhost" || host.starts_with("127.") || host == "[::1]"
}
