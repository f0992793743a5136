//! The lines that librdkafka 2.12 and 2.16 have written on real servers, and what is made of them.

use std::time::Duration;

use super::*;

fn given(address: &str) -> Peer {
    Peer::Given(address.to_owned())
}

fn advertised(address: &str) -> Peer {
    Peer::Advertised(address.to_owned())
}

fn login() -> Login {
    Login {
        protocol: "sasl_plaintext".to_owned(),
        mechanism: "PLAIN".to_owned(),
        user: Some("alice".to_owned()),
    }
}

fn parsed(line: &str) -> Report {
    Report::parse(line).unwrap_or_else(|| panic!("not understood: {line}"))
}

#[test]
fn each_line_of_the_client_has_a_reason() {
    let check = |line: &str, server: Peer, reason: Reason, words: &str| {
        let report = parsed(line);
        assert_eq!((&report.server, report.reason), (&server, reason), "{line}");
        assert_eq!(report.words, words, "{line}");
    };
    check(
        "[thrd:127.0.0.1:1/bootstrap]: 127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: \
         Connection refused (after 0ms in state CONNECT, 1 identical error(s) suppressed)",
        given("127.0.0.1:1"),
        Reason::Refused,
        "Connect to ipv4#127.0.0.1:1 failed: Connection refused",
    );
    check(
        "no-host.invalid:9092/bootstrap: Failed to resolve 'no-host.invalid:9092': Name or service not \
         known (after 1ms in state CONNECT)",
        given("no-host.invalid:9092"),
        Reason::Unresolved,
        "Name or service not known",
    );
    check(
        "[thrd:unknown.invalid:9092/1]: unknown.invalid:9092/1: Failed to resolve \
         'unknown.invalid:9092': Temporary failure in name resolution (after 1ms in state CONNECT)",
        advertised("unknown.invalid:9092"),
        Reason::Unresolved,
        "Temporary failure in name resolution",
    );
    check(
        "[thrd:GroupCoordinator]: GroupCoordinator: 127.0.0.1:19305: Connect to ipv4#127.0.0.1:19305 \
         failed: Connection refused (after 0ms in state CONNECT)",
        advertised("127.0.0.1:19305"),
        Reason::Refused,
        "Connect to ipv4#127.0.0.1:19305 failed: Connection refused",
    );
    check(
        "[::1]:9092/bootstrap: Connect to ipv6#[::1]:9092 failed: Network is unreachable (after 0ms in \
         state CONNECT)",
        given("[::1]:9092"),
        Reason::Unreachable,
        "Network is unreachable",
    );
    check(
        "a:1/bootstrap: Connection setup timed out in state CONNECT (after 4002ms in state CONNECT)",
        given("a:1"),
        Reason::NoAnswer,
        "Connection setup timed out in state CONNECT",
    );
    check(
        "a:1/bootstrap: Connection setup timed out in state APIVERSION_QUERY (after 4002ms in state \
         APIVERSION_QUERY)",
        given("a:1"),
        Reason::Silent,
        "Connection setup timed out in state APIVERSION_QUERY",
    );
    check(
        "a:1/bootstrap: ApiVersionRequest failed: Local: Timed out: probably due to broker version < \
         0.10 (see api.version.request configuration) (after 10002ms in state APIVERSION_QUERY)",
        given("a:1"),
        Reason::Silent,
        "ApiVersionRequest failed: Local: Timed out: probably due to broker version < 0.10 (see \
         api.version.request configuration)",
    );
    check(
        "a:1/bootstrap: Failed to create socket: Too many open files (after 0ms in state CONNECT)",
        given("a:1"),
        Reason::NoDescriptors,
        "Failed to create socket: Too many open files",
    );
    check(
        "a:1/bootstrap: Receive failed: Invalid response size 1213486160 (0..100000000): increase \
         receive.message.max.bytes (after 1ms in state APIVERSION_QUERY)",
        given("a:1"),
        Reason::Http,
        "Receive failed: Invalid response size 1213486160 (0..100000000): increase \
         receive.message.max.bytes",
    );
    check(
        "a:1/bootstrap: Receive failed: Invalid response size 352518400 (0..100000000): increase \
         receive.message.max.bytes (after 1ms in state APIVERSION_QUERY)",
        given("a:1"),
        Reason::WantsTls,
        "Receive failed: Invalid response size 352518400 (0..100000000): increase \
         receive.message.max.bytes",
    );
    check(
        "a:1/bootstrap: Receive failed: Invalid response size 1397966893 (0..100000000): increase \
         receive.message.max.bytes (after 1ms in state APIVERSION_QUERY)",
        given("a:1"),
        Reason::Foreign,
        "Receive failed: Invalid response size 1397966893 (0..100000000): increase \
         receive.message.max.bytes",
    );
    let closed = "Disconnected: connection closed by peer: receive 0 after POLLIN";
    check(
        &format!("a:1/bootstrap: {closed} (after 31ms in state APIVERSION_QUERY)"),
        given("a:1"),
        Reason::ClosedFirst,
        closed,
    );
    check(
        &format!("a:1/bootstrap: {closed} (after 1ms in state UP)"),
        given("a:1"),
        Reason::WantsSasl,
        closed,
    );
    check(
        &format!("a:1/2: {closed} (after 600123ms in state UP)"),
        advertised("a:1"),
        Reason::Closed,
        closed,
    );
    check(
        "[thrd:sasl_plaintext://a:1/bootstrap]: sasl_plaintext://a:1/bootstrap: SASL authentication \
         error: Authentication failed: Invalid username or password (after 321ms in state AUTH_REQ)",
        given("a:1"),
        Reason::Login,
        "Authentication failed: Invalid username or password",
    );
    check(
        "sasl_plaintext://a:1/bootstrap: SASL PLAIN mechanism handshake failed: Broker: Request not valid \
         in current SASL state: broker's supported mechanisms:  (after 1ms in state AUTH_HANDSHAKE)",
        given("a:1"),
        Reason::NoSasl,
        "SASL PLAIN mechanism handshake failed: Broker: Request not valid in current SASL state: \
         broker's supported mechanisms:",
    );
    check(
        "sasl_plaintext://a:1/bootstrap: SASL PLAIN mechanism handshake failed: Broker: Unsupported SASL \
         mechanism: broker's supported mechanisms: SCRAM-SHA-256 (after 1ms in state AUTH_HANDSHAKE)",
        given("a:1"),
        Reason::Mechanism,
        "SCRAM-SHA-256",
    );
    check(
        "ssl://a:1/bootstrap: SSL handshake failed: ssl/record/ssl3_record.c:354: \
         error:0A00010B:SSL routines:ssl3_get_record:wrong version number:  (after 5ms in state \
         SSL_HANDSHAKE)",
        given("a:1"),
        Reason::NoTls,
        "SSL handshake failed: ssl/record/ssl3_record.c:354: error:0A00010B:SSL \
         routines:ssl3_get_record:wrong version number:",
    );
    check(
        "ssl://a:1/bootstrap: SSL handshake failed: error:0A000086:SSL \
         routines:tls_post_process_server_certificate:certificate verify failed: broker certificate \
         could not be verified, verify that ssl.ca.location is correctly configured (after 7ms in \
         state SSL_HANDSHAKE)",
        given("a:1"),
        Reason::Certificate,
        "SSL handshake failed: error:0A000086:SSL \
         routines:tls_post_process_server_certificate:certificate verify failed: broker certificate \
         could not be verified, verify that ssl.ca.location is correctly configured",
    );
    check(
        "ssl://a:1/bootstrap: SSL handshake failed: Disconnected: SSL connection closed by peer: connecting \
         to a PLAINTEXT broker listener? (after 1ms in state SSL_HANDSHAKE)",
        given("a:1"),
        Reason::NoTls,
        "SSL handshake failed: Disconnected: SSL connection closed by peer: connecting to a PLAINTEXT \
         broker listener?",
    );
    check(
        "a:1/1: 3 request(s) timed out: disconnect (average rtt 1.5ms) (after 60000ms in state UP)",
        advertised("a:1"),
        Reason::Other,
        "3 request(s) timed out: disconnect (average rtt 1.5ms)",
    );
}

#[test]
fn lines_about_no_server_are_no_reports() {
    for line in [
        "1/1 brokers are down",
        "",
        "GroupCoordinator: nothing",
        "[thrd:app]: No `bootstrap`",
        "Failed to acquire an id from broker sasl_plaintext://a:1/1: Cluster authorization failed",
    ] {
        assert_eq!(Report::parse(line), None, "{line}");
    }
}

const REFUSED: &str = "127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused \
                       (after 0ms in state CONNECT)";
const FAR: &str = "kafka.far:9092/bootstrap: Connect to ipv4#10.1.1.1:9092 failed: Connection refused \
                   (after 0ms in state CONNECT)";
const CLOSED: &str = "127.0.0.1:1/bootstrap: Disconnected (after 60000ms in state UP)";

/// One sentence for one or several lines of the client.
fn explained(lines: &[&str]) -> String {
    let reports: Vec<Report> = lines.iter().map(|line| parsed(line)).collect();
    explain("the.address:9092", &reports, &login()).expect("something was said")
}

#[test]
fn the_advice_fits_the_reason() {
    let check = |lines: &[&str], parts: &[&str]| {
        let text = explained(lines);
        for part in parts {
            assert!(text.contains(part), "{part}\n{text}");
        }
    };
    let docker = "docker run";
    check(
        &[REFUSED],
        &[
            "no Kafka broker answers at `the.address:9092`: it refuses",
            docker,
        ],
    );
    check(&[REFUSED, CLOSED], &["it refuses the connection", docker]);
    assert!(!explained(&[FAR]).contains(docker), "{}", explained(&[FAR]));
    check(
        &[REFUSED, FAR],
        &[
            "`127.0.0.1:1` refuses the connection",
            "; `kafka.far:9092` refuses",
        ],
    );
    check(
        &[
            "unknown.invalid:9092/1: Failed to resolve 'unknown.invalid:9092': not known",
            REFUSED,
        ],
        &[
            "the Kafka at `the.address:9092` answers, but advertises \
             `unknown.invalid:9092`, which cannot be reached: its name does not resolve (not known)",
            "`advertised.listeners`",
        ],
    );
    check(
        &[
            "a:1/bootstrap: SASL authentication error: Authentication failed: wrong (after 1ms in state X)",
        ],
        &[
            "no connection to the Kafka at `the.address:9092`: it rejects the login of the user `alice` \
             (SASL PLAIN): Authentication failed: wrong. ",
            "`sasl.password`",
        ],
    );
    assert_eq!(explain("x:1", &[], &login()), None);
}

#[test]
fn a_missing_part_of_the_client_is_named_by_its_cargo_feature() {
    let check = |text: &str, parts: Option<[&str; 2]>| {
        let said = missing_feature(text);
        match (parts, said) {
            (None, None) => {}
            (Some(parts), Some(said)) if parts.iter().all(|part| said.contains(part)) => {}
            (_, said) => panic!("{text}: {said:?}"),
        }
    };
    let value = "Client config error: Unsupported value \"x\" for configuration property \"y\": ";
    check(
        &format!("{value}OpenSSL not available at build time"),
        Some(["TLS", "`tls`"]),
    );
    check(
        &format!("{value}libzstd not available at build time"),
        Some(["zstd", "`zstd`"]),
    );
    let mechanism = "No provider for SASL mechanism SCRAM-SHA-256: recompile librdkafka with libsasl2 \
                     or openssl support. Current build options: PLAIN";
    check(mechanism, Some(["SCRAM-SHA-256", "`tls`"]));
    check(
        &mechanism.replace("SCRAM-SHA-256", "GSSAPI"),
        Some(["GSSAPI", "`sasl`"]),
    );
    check("No such configuration property: \"no.such\"", None);
}

#[test]
fn a_trouble_is_told_once_until_it_was_over() {
    let mut book = ReportedConnections::default();
    let mut check = |line: &str, at: u64, expected: ReportAction| {
        let news = book.hear(parsed(line), Duration::from_secs(at));
        assert_eq!(news, expected, "{line} at {at}");
        // A broker answers after the first one.
        book.answer();
    };
    let early = "a:1/1: Disconnected (after 3ms in state UP)";
    check(REFUSED, 0, ReportAction::Known);
    check(REFUSED, 1, ReportAction::Fresh);
    check(REFUSED, 31, ReportAction::Known);
    check(FAR, 32, ReportAction::Fresh);
    check(CLOSED, 33, ReportAction::Known);
    for at in (60..1000).step_by(30) {
        check(REFUSED, at, ReportAction::Known);
    }
    check(REFUSED, 2000, ReportAction::Fresh);
    check(early, 3000, ReportAction::Known);
    check(early, 3001, ReportAction::Known);
    assert_eq!(book.since(Duration::from_secs(3000)).len(), 2);
}
