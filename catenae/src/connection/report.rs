//! One line of the client about a connection that failed, taken apart.

/// The server that a line is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Peer {
    /// One that the user named, `host:port`.
    Given(String),
    /// One that a broker has named to its clients, `host:port`: one of `advertised.listeners`.
    Advertised(String),
}

impl Peer {
    /// `host:port`.
    pub(crate) fn address(&self) -> &str {
        match self {
            Self::Given(address) | Self::Advertised(address) => address,
        }
    }
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// The name does not resolve.
    Unresolved,
    /// Nothing listens there.
    Refused,
    /// Connecting takes too long.
    NoAnswer,
    /// The system has no way there.
    Unreachable,
    /// This process, or this machine, has no descriptors left.
    NoDescriptors,
    /// It speaks HTTP.
    Http,
    /// It speaks TLS.
    WantsTls,
    /// It speaks something else.
    Foreign,
    /// It lets a client connect and says nothing.
    Silent,
    /// It closes the connection on the first request.
    ClosedFirst,
    /// It answers the first question and closes the connection at the second.
    WantsSasl,
    /// It does not accept the login.
    Login,
    /// It wants no login.
    NoSasl,
    /// It does not know the mechanism.
    Mechanism,
    /// It speaks no TLS.
    NoTls,
    /// Its certificate is not accepted.
    Certificate,
    /// TLS failed for another reason.
    Tls,
    /// The connection was there and was closed.
    Closed,
    /// The client gave another reason, or one that is not known here.
    Other,
}

/// One failed connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) server: Peer,
    pub(crate) reason: Reason,
    /// What the client, or the server, says about it.
    pub(crate) words: String,
}

impl Report {
    /// Reads a line of the client; `None` when it is about no server.
    ///
    /// A line is `[thrd:…]: PROTOCOL://HOST:PORT/ID: TEXT (after 5ms in state STATE, …)`, where all but
    /// the last `:` and the text may be missing; `ID` is `bootstrap` for what the user has named. A
    /// coordinator is named by its role, with the address in front of the text.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let line = match line.strip_prefix("[thrd:") {
            Some(rest) => rest.split_once("]: ")?.1,
            None => line,
        };
        let (name, mut text) = line.split_once(": ")?;
        if name.contains(' ') {
            // A sentence that names a server somewhere.
            return None;
        }
        let name = name.split_once("://").map_or(name, |(_, name)| name);
        let server = match name.rsplit_once('/') {
            Some((address, "bootstrap")) => Peer::Given(address.to_owned()),
            Some((address, id)) if id.parse::<i32>().is_ok() => {
                Peer::Advertised(address.to_owned())
            }
            _ => {
                let (address, rest) = text.split_once(": ")?;
                let port = address.rsplit_once(':').map(|(_, port)| port);
                port?.parse::<u16>().ok()?;
                text = rest;
                Peer::Advertised(address.to_owned())
            }
        };
        let (words, when) = match text.rsplit_once(" (after ") {
            Some((words, when)) => (words, ConnectionAge::parse(when)),
            None => (text, ConnectionAge::default()),
        };
        let reason = reason_of(words, &when);
        Some(Self {
            server,
            reason,
            words: last_words(words, reason),
        })
    }
}

/// How long a connection had been in which state.
#[derive(Default)]
struct ConnectionAge<'l> {
    ms: u64,
    state: &'l str,
}

impl<'l> ConnectionAge<'l> {
    /// Reads `5ms in state STATE)`, `5ms in state STATE, 1 identical error(s) suppressed)`.
    fn parse(text: &'l str) -> Self {
        let (ms, rest) = text.split_once("ms in state ").unwrap_or_default();
        let state = rest.split([',', ')']).next().unwrap_or_default();
        Self {
            ms: ms.parse().unwrap_or_default(),
            state,
        }
    }
}

/// A connection that is closed sooner than this was closed because of what was asked for.
const EARLY_MS: u64 = 2000;

/// What the words of librdkafka mean. They are no interface, so what is not known is `Other`, and the
/// words are shown.
fn reason_of(words: &str, when: &ConnectionAge<'_>) -> Reason {
    let has = |part: &str| words.contains(part);
    if has("Too many open files") {
        Reason::NoDescriptors
    } else if has("Failed to resolve") {
        Reason::Unresolved
    } else if has("Connection refused") {
        Reason::Refused
    } else if has("Connection setup timed out in state CONNECT") || has("Connection timed out") {
        Reason::NoAnswer
    } else if has("ssl3_get_record")
        || has("wrong version number")
        || has("PLAINTEXT broker listener")
    {
        Reason::NoTls
    } else if has("certificate verify failed") || has("certificate could not be verified") {
        Reason::Certificate
    } else if has("SSL") || when.state == "SSL_HANDSHAKE" {
        Reason::Tls
    } else if has("not valid in current SASL state") {
        Reason::NoSasl
    } else if has("Unsupported SASL mechanism") {
        Reason::Mechanism
    } else if has("SASL authentication error") || has("Authentication fail") || has("SASL") {
        Reason::Login
    } else if has("Connection setup timed out") || has("ApiVersionRequest failed") {
        Reason::Silent
    } else if let Some(size) = size_in(words) {
        match size.to_be_bytes() {
            // The first four bytes of an answer are its size.
            [b'H', b'T', b'T', b'P'] => Reason::Http,
            // A record of TLS: an alert, or a handshake.
            [0x15 | 0x16, 0x03, _, _] => Reason::WantsTls,
            _ => Reason::Foreign,
        }
    } else if has("Connect to ") && has(" failed: ") {
        Reason::Unreachable
    } else if has("Disconnected") || has("onnection reset") || has("Broken pipe") {
        match when.state {
            "APIVERSION_QUERY" => Reason::ClosedFirst,
            "UP" if when.ms < EARLY_MS => Reason::WantsSasl,
            _ => Reason::Closed,
        }
    } else {
        Reason::Other
    }
}

/// The impossible size of an answer.
fn size_in(words: &str) -> Option<i32> {
    let rest = ["Invalid response size ", "Invalid frame size "]
        .iter()
        .find_map(|begin| words.split_once(begin))?;
    let digits = rest.1.split(|c: char| !c.is_ascii_digit() && c != '-');
    digits.into_iter().next()?.parse().ok()
}

/// The part of the words that says more than the reason does.
fn last_words(words: &str, reason: Reason) -> String {
    let behind = |mark: &str| words.split_once(mark).map_or(words, |(_, rest)| rest);
    let words = match reason {
        // `Failed to resolve 'host:port': WORDS`
        Reason::Unresolved => behind("': "),
        Reason::Unreachable => behind(" failed: "),
        Reason::Login => behind("SASL authentication error: "),
        Reason::Mechanism => behind("supported mechanisms: "),
        _ => words,
    };
    words.trim().to_owned()
}
