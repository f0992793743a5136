//! No connection to Kafka: the reason stands in one line, once, with advice that fits.

use std::process::Command;

use rdkafka::ClientConfig;
use rdkafka::producer::BaseProducer;

use catenae_tests::{Child, DEADLINE, Manners, Server, Signal, TestBroker, eventually, loud};

use crate::stage::{Stage, ends_in_order, exits, numbered, own_stage, probe_path};

/// A server that nobody asks for has these words for everybody.
const HTTP: Manners = Manners::Answers(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
/// What OpenSSL says to somebody who speaks no TLS.
const ALERT: Manners = Manners::Answers(&[0x15, 3, 3, 0, 2, 2, 70]);

/// Whether the librdkafka of this run has TLS: the bundled one has not, unless asked for.
fn has_tls() -> bool {
    let mut client = ClientConfig::new();
    client.set("security.protocol", "ssl");
    client.create::<BaseProducer>().is_ok()
}

/// The last lines: one that says what is wrong, causes at most, and nothing above INFO before it.
#[track_caller]
fn says(child: &Child, parts: &[&str]) {
    exits(child, 1);
    let lines = child.lines();
    let errors: Vec<&String> = lines
        .iter()
        .filter(|line| line.starts_with("error: "))
        .collect();
    let [error] = errors[..] else {
        panic!("{errors:#?} of {lines:#?}");
    };
    for part in parts {
        assert!(error.contains(part), "no `{part}` in {error}");
    }
    is_calm(lines, 0);
}

/// Whether exactly `wanted` lines of the log are above INFO.
#[track_caller]
fn is_calm(lines: Vec<String>, wanted: usize) {
    let loud = loud(lines);
    assert_eq!(loud.len(), wanted, "{loud:#?}");
}

#[test]
fn the_reason_is_named_and_the_advice_fits() {
    let stage = Stage::bare(TestBroker::start());
    let (http, alert) = (Server::start(HTTP), Server::start(ALERT));
    let (silent, closes) = (
        Server::start(Manners::Silent),
        Server::start(Manners::Closes),
    );
    let closed = Server::closed_port();
    let wants_tls = "--kafka security.protocol=ssl";
    let feature = match has_tls() {
        true => wants_tls,
        false => "cargo feature `tls`",
    };
    let cases: [(&str, &[&str]); 6] = [
        (
            &closed,
            &[
                "no Kafka broker answers at `127.0.0.1:",
                "it refuses the connection",
                "docker run",
            ],
        ),
        (
            "no-such-host.invalid:9092",
            &[
                "answers at `no-such-host.invalid:9092`: its name does not resolve",
                "spelled correctly",
            ],
        ),
        (
            http.address(),
            &["it is an HTTP server, not a Kafka", "Is the port"],
        ),
        (alert.address(), &["TLS", wants_tls, feature]),
        (
            silent.address(),
            &["accepts the connection but says nothing", "Is the port"],
        ),
        (
            closes.address(),
            &["closes the connection on the first request", wants_tls],
        ),
    ];
    let start = |address: &str| stage.start("worker", &["-k", address]);
    let children = cases.map(|(address, parts)| (start(address), address, parts));
    for (child, address, parts) in &children {
        says(child, parts);
        let docker = child.lines().iter().any(|line| line.contains("docker run"));
        assert_eq!(docker, *address == closed, "{address}");
    }
    // Of several the reason of each.
    let two = format!("{closed},no-such-host.invalid:1");
    let both = [
        &*format!("`{closed}` refuses the connection"),
        "`no-such-host.invalid:1`'s name does not resolve",
    ];
    says(&start(&two), &both);
}

/// A Kafka that has just started, or stood still for longer than its controller waits for it, lists no broker.
#[test]
fn a_broker_that_has_to_register_first_is_waited_for() {
    let stage = Stage::new(2);
    let starting = Server::starting(&stage.broker, 4);
    stage.feed(numbered("line", 20));
    let worker = stage.start("worker", &["-k", starting.address()]);
    stage.await_committed(20);
    ends_in_order(&worker);
    is_calm(worker.lines(), 0);
}

#[test]
fn a_broker_that_never_registers_is_named() {
    let stage = Stage::bare(TestBroker::start());
    let never = Server::starting(&stage.broker, usize::MAX);
    let worker = stage.start("worker", &["-k", never.address()]);
    says(
        &worker,
        &["answers, but has listed no broker that is ready"],
    );
    // Nor is its start waited for when it is stopped meanwhile.
    let stopped = stage.start("worker", &["-k", never.address()]);
    stopped.line("lists no broker yet", DEADLINE);
    ends_in_order(&stopped);
}

#[test]
fn a_topology_says_it_once() {
    let address = Server::closed_port();
    let chain = Child::start(probe_path("chain"), ["-k", &*address]);
    says(&chain, &["it refuses the connection"]);
    let lines = chain.lines();
    let told = lines
        .iter()
        .filter(|line| line.contains("refuses the connection"));
    assert_eq!(told.count(), 1, "{lines:#?}");
    assert!(
        !lines.iter().any(|line| line.contains("panicked")),
        "{lines:#?}"
    );
}

#[test]
fn with_json_the_last_words_are_an_object_as_well() {
    let stage = Stage::bare(TestBroker::start());
    let more = ["-k", &*Server::closed_port(), "--log-format", "json"];
    let worker = stage.start("worker", &more);
    exits(&worker, 1);
    let lines = worker.lines();
    for line in &lines {
        assert!(line.starts_with('{') && line.ends_with('}'), "{line}");
    }
    let told = lines
        .iter()
        .filter(|line| line.contains("refuses the connection"));
    assert_eq!(told.count(), 1, "{lines:#?}");
}

#[test]
fn a_process_without_descriptors_says_so_at_once() {
    let stage = Stage::bare(TestBroker::start());
    let worker = stage.middle("worker", &[]);
    for (limit, program) in [
        ("14", worker.get_program()),
        ("40", probe_path("chain").as_os_str()),
    ] {
        let mut command = Command::new("sh");
        let limited = format!("ulimit -n {limit} && exec \"$0\" \"$@\"");
        command
            .args(["-c", &limited])
            .arg(program)
            .args(worker.get_args());
        says(&Child::spawn(command), &["may open only", "`ulimit -n`"]);
    }
}

#[test]
fn what_is_not_compiled_in_is_named_by_its_cargo_feature() {
    if has_tls() {
        return;
    }
    // A client of one kind only may be the one that needs it: its streams are there.
    let stage = Stage::new(1);
    let check = |settings: &[&str], parts: [&str; 2]| {
        let mut more = Vec::new();
        for setting in settings {
            more.extend(["--kafka", setting]);
        }
        let worker = stage.start("worker", &more);
        exits(&worker, 2);
        let error = worker.line("error: ", DEADLINE);
        for part in parts {
            assert!(error.contains(part), "no `{part}` in {error}");
        }
        assert!(!worker.lines().iter().any(|line| line.contains("recompile")));
    };
    check(
        &["security.protocol=ssl"],
        ["TLS", "the cargo feature `tls`"],
    );
    check(
        &["compression.type=zstd"],
        ["zstd", "the cargo feature `zstd`"],
    );
    let scram = [
        "security.protocol=sasl_plaintext",
        "sasl.mechanism=SCRAM-SHA-256",
        "sasl.username=u",
        "sasl.password=p",
    ];
    check(&scram, ["SCRAM-SHA-256", "the cargo feature `tls`"]);
    let kerberos = ["security.protocol=sasl_plaintext", "sasl.mechanism=GSSAPI"];
    check(&kerberos, ["GSSAPI", "the cargo feature `sasl`"]);
}

#[test]
fn a_broker_that_goes_away_is_told_once_by_all_clients_together() {
    let (own, stage) = own_stage();
    let worker = stage.start("worker", &["--log-level", "debug"]);
    worker.line("assigned: ", DEADLINE);
    stage.feed(["line"]);
    worker.line("did line", DEADLINE);
    let address = stage.broker.address().to_owned();
    drop(own);
    let heard = format!("`{address}` refuses the connection");
    // Of its five clients at least three want a connection all the time.
    let heard = eventually("several clients say it", DEADLINE, || {
        let lines = worker.lines();
        let heard = lines.into_iter().filter(|line| line.contains(&heard));
        let heard: Vec<String> = heard.collect();
        (heard.len() >= 3).then_some(heard)
    });
    is_calm(heard, 1);
    worker.signal(Signal::Kill);
    let _ = worker.end(DEADLINE);
    let loud = worker.loud();
    let first = loud.first().expect("a warning");
    assert!(first.ends_with("the client keeps trying"), "{first}");
    // A connection that breaks may be told, and then that nobody listens: each reason once.
    let reasons = ["cannot be reached", "refuses the connection"];
    for reason in reasons {
        let told = loud.iter().filter(|line| line.contains(reason));
        assert!(told.count() <= 1, "{loud:#?}");
    }
}
