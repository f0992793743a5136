//! Users and rights on a real Kafka: who is not let in, and who may not do what, is said by name.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use catenae_tests::{
    Child, DEADLINE, Operation, OwnBroker, Resource, Server, TestBroker, allow, eventually, feed,
    length, read_committed, unique,
};

use crate::stage::{Stage, ends_in_order, exits, probe_path};

/// A Kafka of its own with one listener for each mistake.
struct Secured {
    own: OwnBroker,
    sasl: String,
    tls: String,
    /// It sends its clients on to a name that is not known.
    lost: String,
    /// It sends its clients on to a port where nothing listens.
    dead: String,
    folder: PathBuf,
}

const LOST: &str = "unknown-host.invalid:9092";

impl Secured {
    /// Where there is an Apache Kafka.
    fn start() -> Self {
        let _ = TestBroker::kafka();
        let [sasl, tls, lost, dead, nowhere] = Server::closed_ports();
        let folder = std::env::temp_dir().join(unique("catenae-tls"));
        fs::create_dir(&folder).expect("a folder");
        let store = folder.join("store.p12");
        let made = Command::new("keytool")
            .args([
                "-genkeypair",
                "-alias",
                "broker",
                "-keyalg",
                "RSA",
                "-keysize",
                "2048",
            ])
            .args([
                "-dname",
                "CN=localhost",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
            ])
            .args(["-storepass", "changeit", "-keystore"])
            .arg(&store)
            .output()
            .expect("Java has `keytool`");
        assert!(made.status.success(), "{made:?}");
        let store = store.display();
        let settings = format!(
            "listeners={{listeners}},SASLED://{sasl},TLSED://{tls},LOST://{lost},DEAD://{dead}
advertised.listeners={{advertised}},SASLED://{sasl},TLSED://{tls},LOST://{LOST},DEAD://{nowhere}
listener.security.protocol.map={{map}},SASLED:SASL_PLAINTEXT,TLSED:SSL,LOST:PLAINTEXT,DEAD:PLAINTEXT
listener.name.sasled.sasl.enabled.mechanisms=PLAIN
listener.name.sasled.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule \
             required user_alice=\"wonderland\" user_bob=\"builder\";
listener.name.tlsed.ssl.keystore.type=PKCS12
listener.name.tlsed.ssl.keystore.location={store}
listener.name.tlsed.ssl.keystore.password=changeit
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:alice"
        );
        let own = OwnBroker::start_with(&probe_path("broker"), &[], &settings);
        Self {
            own,
            sasl,
            tls,
            lost,
            dead,
            folder,
        }
    }
}

impl Drop for Secured {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The options of a user.
fn login(user: &str, password: &str) -> Vec<String> {
    let settings = [
        "security.protocol=sasl_plaintext".to_owned(),
        "sasl.mechanism=PLAIN".to_owned(),
        format!("sasl.username={user}"),
        format!("sasl.password={password}"),
    ];
    let pairs = settings.into_iter();
    pairs
        .flat_map(|pair| ["--kafka".to_owned(), pair])
        .collect()
}

/// Whether it ends with one error that has these parts, says nothing else above INFO, and no password.
#[track_caller]
fn says(child: &Child, parts: &[&str]) {
    exits(child, 1);
    let error = child.line("error: ", DEADLINE);
    for part in parts {
        assert!(error.contains(part), "no `{part}` in {error}");
    }
    assert_eq!(child.loud(), [""; 0]);
    let tells = |line: &&String| line.contains("secret") || line.contains("builder");
    assert_eq!(child.lines().iter().find(tells), None);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn who_is_not_let_in_and_what_cannot_be_reached_is_named() {
    let secured = Secured::start();
    let stage = Stage::bare(secured.own.broker());
    let alice = login("alice", "secret-but-wrong");
    let none: Vec<String> = Vec::new();
    let cases: [(&str, &[String], &[&str]); 6] = [
        (
            &secured.sasl,
            &alice,
            &["rejects the login of the user `alice` (SASL PLAIN): Authentication failed"],
        ),
        (&secured.sasl, &none, &["it requires SASL", "sasl.username"]),
        (
            &secured.dead,
            &alice,
            &["does not use SASL", "security.protocol=sasl_plaintext"],
        ),
        (
            &secured.tls,
            &none,
            &["it requires TLS", "security.protocol=ssl"],
        ),
        (
            &secured.lost,
            &none,
            &[
                &secured.lost,
                "advertises `unknown-host.invalid:9092`",
                "name does not resolve",
                "advertised.listeners",
            ],
        ),
        (
            &secured.dead,
            &none,
            &[
                &secured.dead,
                "advertises `127.0.0.1:",
                "refuses the connection",
            ],
        ),
    ];
    let start = |address: &str, more: &[String]| {
        let more = more.iter().map(String::as_str);
        let more: Vec<&str> = ["-k", address].into_iter().chain(more).collect();
        stage.start("worker", &more)
    };
    let started = cases.map(|(address, more, parts)| (start(address, more), parts));
    for (child, parts) in &started {
        says(child, parts);
    }
    // The same where there is nothing to create, and the first question alone is answered.
    stage.broker.create(&stage.input, 1);
    stage.broker.create(&stage.output, 1);
    says(
        &start(&secured.lost, &none),
        &["advertises `unknown-host.invalid:9092`"],
    );
}

#[test]
#[ignore = "needs Apache Kafka"]
fn what_a_user_may_not_do_is_named_with_the_operation() {
    let secured = Secured::start();
    let broker = secured.own.broker();
    let stage = Stage::bare(secured.own.broker());
    let (input, output, group) = (&*stage.input, &*stage.output, &*stage.group);
    broker.create(input, 1);
    broker.create(output, 1);
    let other = unique("other");
    broker.create(&other, 1);
    let may = |operation, resource| allow(&broker, "bob", operation, resource);
    let bob = login("bob", "builder");
    let given = ["-k", &secured.sasl, "--rpc", "off"].into_iter();
    let given: Vec<&str> = given.chain(bob.iter().map(String::as_str)).collect();
    let start = |more: &[&str]| stage.start("worker", &[&given, more].concat());
    // One that writes nothing: who may write nowhere gets no producer either.
    let start_leaf = |more: &[&str]| stage.start_leaf("leaf", &[&given, more].concat());
    says(
        &start(&[]),
        &[
            "`bob` is not allowed to create it",
            &format!("allow DESCRIBE and READ on topic `{input}`"),
        ],
    );
    for stream in [input, output, &other] {
        may(Operation::Describe, Resource::Topic(stream));
    }
    says(
        &start_leaf(&[]),
        &[
            "`bob` may not join the group",
            &format!("allow READ on group `{group}`"),
        ],
    );
    may(Operation::Read, Resource::Group(group));
    may(Operation::Read, Resource::Topic(input));
    let two = format!("{input},{other}");
    says(
        &start_leaf(&["-i", &two]),
        &[&format!("`bob` may not read stream `{other}`: allow READ")],
    );
    let exactly_once = ["--delivery", "exactly-once"];
    let prefix = format!("catenae-{group}-worker-");
    says(
        &start(&exactly_once),
        &[
            &format!("may not use the transactional id `{prefix}"),
            &format!("allow WRITE and DESCRIBE on transactional ids that begin with `{prefix}`"),
        ],
    );
    feed(&broker, input, [(None, Some(&b"line"[..]))]);
    says(
        &start(&[]),
        &["`bob` may not write to the output streams: allow WRITE"],
    );
    may(Operation::Write, Resource::Topic(output));
    may(Operation::Write, Resource::Transactions(&prefix));
    may(Operation::Describe, Resource::Transactions(&prefix));
    let works = start(&exactly_once);
    works.line("did line", DEADLINE);
    ends_in_order(&works);
    // An output that is forbidden is a failure of the electron that was sent there, and of no other.
    let letters = format!("{input}.router.dlq");
    broker.create(&letters, 1);
    may(Operation::Describe, Resource::Topic(&letters));
    may(Operation::Write, Resource::Topic(&letters));
    let prefix = format!("catenae-{group}-router-");
    may(Operation::Write, Resource::Transactions(&prefix));
    may(Operation::Describe, Resource::Transactions(&prefix));
    let outputs = format!("{output},{other}");
    let more = ["-o", &outputs, "--on-error", "dead_letter"];
    for (round, mode) in [&[][..], &exactly_once].into_iter().enumerate() {
        let lines = [format!("{other} away {round}"), format!("stays-{round}")];
        let records = lines.iter().map(|line| (None, Some(line.as_bytes())));
        feed(&broker, input, records);
        let router = stage.start("router", &[&given[..], &more, mode].concat());
        let letter = eventually("a letter", DEADLINE, || {
            let stopped = router
                .lines()
                .iter()
                .any(|line| line.starts_with("error: "));
            assert!(!stopped, "{}", router.lines().join("\n"));
            read_committed(&broker, &letters).into_iter().nth(round)
        });
        assert_eq!(letter.text(), lines[0]);
        let why = letter.header("catenae.error");
        for part in [&*other, "allow WRITE"] {
            assert!(why.contains(part), "no `{part}` in {why}");
        }
        eventually("the other is passed on", DEADLINE, || {
            let passed = read_committed(&broker, output);
            passed
                .iter()
                .any(|one| one.text() == lines[1])
                .then_some(())
        });
        ends_in_order(&router);
    }
    assert_eq!(length(&broker, &other), 0);
}
