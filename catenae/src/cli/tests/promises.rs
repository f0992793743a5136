//! What is promised: what excludes what, and what a topology's links can keep.

use std::time::Duration;

use crate::cli::topology::{self, Parsed, TopologyLink};
use crate::outcome::{OnError, OnErrors, RetryWait};
use crate::spec::delivery::DeliveryMode;
use crate::spec::modes::Order;

use super::*;

#[path = "../../../../catenae-macros/src/link/choices.rs"]
mod choices;

use choices::{Choice, Place};

const LEAF: LinkSpec = LinkSpec::new("reducer").inputs(&[StreamRef::named("words")]);
const SOURCE: LinkSpec = LinkSpec::new("streamer").outputs(&[StreamRef::named("lines")]);

#[test]
fn delivery() {
    let bad = "`often` is not accepted: write `at-least-once`, `at-most-once` or `exactly-once`";
    check(
        "--delivery",
        "CATENAE_DELIVERY",
        |config, _| config.delivery,
        DeliveryMode::AtLeastOnce,
        &[
            ("at-least-once", DeliveryMode::AtLeastOnce),
            ("at_least_once", DeliveryMode::AtLeastOnce),
        ],
        &[],
    );
    refused(
        mapper("--delivery often", &[]),
        &format!("`--delivery`: {bad}"),
    );
    let env = [("CATENAE_DELIVERY", "often")];
    refused(mapper("", &env), &format!("`CATENAE_DELIVERY`: {bad}"));
    let declared = SINGLE
        .delivery(DeliveryMode::ExactlyOnce)
        .commit_interval_millis(250);
    let check = |line: &str, delivery: DeliveryMode, millis: u64| {
        let config = run(&declared, line).ok().unwrap();
        let interval = Duration::from_millis(millis);
        assert_eq!(
            (config.delivery, config.commit_interval),
            (delivery, interval),
            "{line}"
        );
    };
    check("", DeliveryMode::ExactlyOnce, 250);
    check("--commit-interval 1", DeliveryMode::ExactlyOnce, 1000);
    check("--delivery at-least-once", DeliveryMode::AtLeastOnce, 250);
    check("--delivery at-most-once", DeliveryMode::AtMostOnce, 250);
    check("--delivery at_most_once", DeliveryMode::AtMostOnce, 250);
}

/// The flags that make these choices.
fn line_of(chosen: &[Choice]) -> String {
    let flags = chosen.iter().filter_map(|choice| match choice {
        Choice::NoInput | Choice::NoOutput | Choice::Lanes => None,
        Choice::AtLeastOnce => Some("--delivery at-least-once"),
        Choice::AtMostOnce => Some("--delivery at-most-once"),
        Choice::ExactlyOnce => Some("--delivery exactly-once"),
        Choice::Sequential => Some("--seq"),
        Choice::Synchronous => Some("--sync"),
        Choice::InPlace => Some("--retry max=3"),
        Choice::Park => Some("--retry max=3,park"),
        Choice::Delayed => Some("--retry max=3,delayed"),
        Choice::Skip => Some("--on-error skip"),
        Choice::Cap => Some("--give-up-cap run=5"),
        Choice::Parity => Some("--input-mode parity"),
        Choice::Exp => Some("--input-mode exp"),
        Choice::Strict => Some("--input-mode strict"),
        Choice::Reserve => Some("--reserve 10%"),
        Choice::Each => Some("--random-consumer-group"),
    });
    let flags: Vec<&str> = flags.collect();
    format!("-k kafka:9092 {}", flags.join(" "))
}

#[test]
fn what_excludes_each_other_is_refused_and_nothing_else() {
    choices::compare(Place::Start, |chosen| {
        let has = |choice| chosen.contains(&choice);
        let spec = match (has(Choice::NoInput), has(Choice::NoOutput)) {
            (true, _) => SOURCE,
            (_, true) => LEAF,
            _ => SINGLE,
        };
        let spec = match has(Choice::Lanes) {
            // No attribute says so.
            true if has(Choice::NoInput) => return None,
            true => spec.lanes(4),
            false => spec,
        };
        Some(run(&spec, &line_of(chosen)).is_err())
    });
}

#[test]
fn what_excludes_exactly_once() {
    let check = |spec: &LinkSpec, line: &str, expected: &str| refused(run(spec, line), expected);
    let flag = "--delivery exactly-once";
    check(
        &SOURCE,
        flag,
        "`streamer`: `--delivery exactly-once` is not possible here: a transaction commits inputs",
    );
    check(
        &LEAF,
        flag,
        "`reducer`: `--delivery exactly-once` is not possible here: what a link without output streams",
    );
    check(
        &MAPPER,
        flag,
        "`Mapper`: `--delivery exactly-once` and `lanes = 4` in its attribute exclude each other: \
         a transaction commits a prefix of each partition, so the link runs on one lane: add `--seq`",
    );
    assert!(run(&MAPPER, "--delivery exactly-once --seq").is_ok());
    let declared = SINGLE.delivery(DeliveryMode::ExactlyOnce);
    check(
        &declared,
        "--sync",
        "`delivery = exactly_once` in its attribute and `--sync` exclude each other: each electron",
    );
    check(
        &SINGLE.retry(5, 1, 1).retry_waiting(RetryWait::Parked),
        flag,
        "`--delivery exactly-once` and `retry(…, park)` in its attribute exclude each other",
    );
    check(
        &declared,
        "--retry max=5,delayed",
        "`delivery = exactly_once` in its attribute and `--retry max=5,delayed` exclude each other",
    );
    check(
        &declared,
        "--kafka isolation.level=read_uncommitted",
        "`Mapper`: `isolation.level=read_uncommitted` and `delivery = exactly_once` in its attribute \
         exclude each other: an electron of an aborted transaction",
    );
    check(
        &declared,
        "--kafka transaction.timeout.ms=2000 --commit-interval 2",
        "`transaction.timeout.ms=2000` and `delivery = exactly_once` in its attribute exclude each \
         other: Kafka would abort",
    );
    assert!(run(&SINGLE, "--kafka isolation.level=read_uncommitted").is_ok());
}

#[test]
fn what_else_is_excluded() {
    let check = |spec: &LinkSpec, line: &str, expected: &str| refused(run(spec, line), expected);
    check(
        &MAPPER,
        "--retry max=5,park --seq",
        "`--retry max=5,park` and `--seq` exclude each other: while a parked electron waits",
    );
    check(
        &MAPPER.order(Order::Sequential).lanes(1),
        "--retry max=5,park",
        "`--retry max=5,park` and `order = seq` in its attribute exclude each other",
    );
    assert!(run(&MAPPER, "--retry max=5,delayed --seq").is_ok());
    for waiting in ["park", "delayed"] {
        check(
            &MAPPER,
            &format!("--delivery at-most-once --retry max=5,{waiting}"),
            &format!("`--delivery at-most-once` and `--retry max=5,{waiting}` exclude each other"),
        );
    }
    check(
        &MAPPER,
        "--delivery at-most-once",
        "`--delivery at-most-once` and `lanes = 4` in its attribute exclude each other",
    );
    assert!(run(&MAPPER, "--delivery at-most-once --seq").is_ok());
    for line in [
        "--delivery at-most-once",
        "--retry max=5",
        "--on-error skip",
        "--give-up-cap run=1",
    ] {
        let expected = format!("`streamer`: `{line}` is not possible here: a source has no input");
        check(&SOURCE, line, &expected);
    }
    let harmless = "--delivery at-least-once --retry none --on-error fail --commit-interval 1";
    assert!(run(&SOURCE, harmless).is_ok());
    let env = [
        ("CATENAE_DELIVERY", "at-most-once"),
        ("CATENAE_RETRY", "max=1,park"),
    ];
    refused(
        mapper("", &env),
        "`CATENAE_DELIVERY=at-most-once` and `CATENAE_RETRY=max=1,park` exclude each other",
    );
}

#[test]
fn settings_of_the_attribute() {
    let spec = SINGLE.kafka(&["linger.ms=50", "sasl.password=a=b", "client.rack=x"]);
    let config = run(&spec, "--kafka linger.ms=1").ok().unwrap();
    let expected = [
        ("sasl.password", "a=b"),
        ("client.rack", "x"),
        ("linger.ms", "1"),
    ];
    assert_eq!(config.kafka.iter().collect::<Vec<_>>(), expected);
    refused(
        run(&SINGLE.kafka(&["acks=1"]), ""),
        "`kafka` in the attribute of `Mapper`: the setting `acks` cannot be set this way",
    );
}

#[test]
fn the_contract_names_settings_without_their_values() {
    let spec = SINGLE
        .delivery(DeliveryMode::ExactlyOnce)
        .commit_interval_millis(250)
        .order(Order::Sequential)
        .retry(5, 100, 10_000)
        .retry_jitter()
        .retry_waiting(RetryWait::Delayed)
        .on_panic(OnError::DeadLetter)
        .cap(7, 3)
        .kafka(&["sasl.password=hunter2", "linger.ms=5"]);
    let (text, _) = printed(&run(&spec, "describe").err().unwrap());
    assert!(!text.contains("hunter2"), "{text}");
    let contract: serde_json::Value = serde_json::from_str(&text).unwrap();
    let expected = serde_json::json!({
        "delivery": "exactly-once",
        "commit_interval_ms": 250,
        "order": "seq",
        "retry": { "max": 5, "backoff_ms": [100, 10_000], "jitter": true, "waiting": "delayed" },
        "on_error": { "decode": "fail", "handler": "fail", "panic": "dead_letter" },
        "cap": { "run": 7, "percent": 3 },
        "kafka": ["sasl.password", "linger.ms"],
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&contract[key], value, "{key}");
    }
}

#[test]
fn the_help_shows_the_defaults_of_the_attribute() {
    let spec = SINGLE
        .delivery(DeliveryMode::AtMostOnce)
        .commit_interval_millis(250)
        .retry(5, 1000, 1000)
        .on_decode(OnError::Skip)
        .cap(7, 3);
    let (text, _) = printed(&run(&spec, "--help").err().unwrap());
    for default in [
        "[default: at-most-once]",
        "[default: 0.25]",
        "[default: max=5,backoff=1s]",
        "[default: decode=skip]",
        "[default: run=7,percent=3]",
    ] {
        assert!(text.contains(default), "{default} is not in {text}");
    }
}

fn chain(specs: &[LinkSpec], line: &str) -> Result<Parsed, Stop> {
    let link = |spec: &LinkSpec| TopologyLink {
        spec: *spec,
        types: wiring(ArgsSpec::none()).types,
        args: ArgsSpec::none(),
        methods: Vec::new,
    };
    let links: Vec<_> = specs.iter().map(link).collect();
    let line = words(&format!("chain {line}"));
    topology::parse("chain", "", "", &links, line, &lookup(&[]))
}

#[test]
fn a_topology_promises_what_its_links_can_keep() {
    let specs = [SOURCE, SINGLE, LEAF.delivery(DeliveryMode::AtMostOnce)];
    let line = "-k kafka:9092 --delivery exactly-once --retry max=1 --on-error skip";
    let parsed = chain(&specs, line).ok().unwrap();
    let found: Vec<_> = parsed
        .members
        .iter()
        .map(|member| {
            let policy = member.config.policy;
            (
                member.config.delivery,
                policy.retry.is_some(),
                policy.on_error,
            )
        })
        .collect();
    let expected = [
        (DeliveryMode::AtLeastOnce, false, OnErrors::default()),
        (DeliveryMode::ExactlyOnce, true, every(OnError::Skip)),
        (DeliveryMode::AtMostOnce, true, every(OnError::Skip)),
    ];
    assert_eq!(found, expected);
    let said = "`--delivery exactly-once` holds for `Mapper`; `streamer` stays at-least-once (it is \
                a source), `reducer` stays at-most-once (it has no output stream)";
    assert_eq!(parsed.promise.as_deref(), Some(said));
    let parsed = chain(&specs, "--delivery at-least-once").ok().unwrap();
    assert_eq!(parsed.promise, None);
}

#[test]
fn a_cap_reaches_the_links_that_give_up() {
    let caps = |specs: &[LinkSpec], line: &str| -> Vec<u32> {
        let members = chain(specs, line).ok().unwrap().members;
        members
            .iter()
            .map(|member| member.config.policy.cap.run)
            .collect()
    };
    let line = "--give-up-cap run=3";
    let specs = [SOURCE, SINGLE.on_decode(OnError::Skip), LEAF];
    assert_eq!(caps(&specs, line), [100, 3, 100]);
    let line = "--give-up-cap run=3 --on-error decode=skip";
    assert_eq!(caps(&[SOURCE, SINGLE, LEAF], line), [100, 3, 3]);
}

#[test]
fn what_no_link_of_a_topology_can_keep() {
    refused(
        chain(&[SOURCE, LEAF], "--give-up-cap run=3"),
        "`--give-up-cap run=3`: no link of this topology has an `on-error` other than `fail`, so \
         it would change nothing: leave it out",
    );
    for line in [
        "--retry max=1",
        "--on-error skip",
        "--delivery at-most-once",
    ] {
        let expected = format!("`{line}`: no link of this topology has an input stream");
        refused(chain(&[SOURCE], line), &expected);
    }
    assert!(chain(&[SOURCE], "--retry none --on-error fail").is_ok());
    refused(
        chain(&[SOURCE, LEAF], "-k kafka:9092 --delivery exactly-once"),
        "`--delivery exactly-once`: no link of this topology has both input and output streams",
    );
    refused(
        chain(&[SOURCE, SINGLE], "--delivery exactly-once"),
        "`Mapper`: `--delivery exactly-once` is not possible here: the embedded broker does not keep \
         transactions: start it with `-k host:port`",
    );
    refused(
        chain(&[SINGLE.delivery(DeliveryMode::ExactlyOnce)], ""),
        "`delivery = exactly_once` in its attribute is not possible here: the embedded broker",
    );
    refused(
        chain(&[SOURCE, MAPPER], "-k kafka:9092 --delivery exactly-once"),
        "`Mapper`: `--delivery exactly-once` and `lanes = 4` in its attribute exclude each other",
    );
}
