//! The flags of Kafka: address, group, settings, and no password shown.

use crate::config::Broker;

use super::*;

#[test]
fn kafka_bootstrap_server() {
    let address = |text: &str| Broker::Address(text.to_owned());
    check(
        "--kafka-bootstrap-server",
        "CATENAE_KAFKA_BOOTSTRAP_SERVER",
        |config, _| config.broker.clone(),
        address("localhost:9092"),
        &[
            ("kafka:9092", address("kafka:9092")),
            ("a:1,b:2", address("a:1,b:2")),
        ],
        &[
            ("a:1,b:x", "`b:x` is not accepted: `x` is not a port"),
            (
                "ssl://a:1",
                "`ssl://a:1` is not accepted: the protocol is not part of an address",
            ),
            ("['a:1']", "`['a:1']` is not accepted: it has `'` in it"),
        ],
    );
    assert_eq!(mapper("-k k:1", &[]).unwrap().0.broker, address("k:1"));
}

#[test]
fn consumer_group() {
    check(
        "--consumer-group",
        "CATENAE_CONSUMER_GROUP",
        |config, _| config.group.clone(),
        "catenae_mapper".to_owned(),
        &[("Team-A", "Team-A".to_owned())],
        &[(
            "\t",
            "`\t` is not accepted: write the name of a consumer group",
        )],
    );
    let check = |spec: &LinkSpec, line: &str, env: &[(&str, &str)], expected: &str| {
        let parsed = parse(
            spec,
            &wiring(ArgsSpec::none()),
            &format!("--uid u {line}"),
            env,
        );
        assert_eq!(parsed.ok().unwrap().0.group, expected, "`{line}` {env:?}");
    };
    let random = [("CATENAE_RANDOM_CONSUMER_GROUP", "1")];
    let named = [("CATENAE_CONSUMER_GROUP", "g")];
    check(&MAPPER.group("declared"), "", &[], "declared");
    check(&MAPPER.group("declared"), "", &named, "g");
    check(&MAPPER.group("declared"), "", &random, "catenae_u");
    check(&MAPPER, "-g flag", &random, "flag");
    check(&MAPPER, "--random-consumer-group", &named, "catenae_u");
    let each = MAPPER.group("each");
    check(&each, "", &[], "catenae_u");
    check(&each, "", &named, "g");
    check(&each, "-g each", &[], "each");
    check(
        &each,
        "--random-consumer-group=false",
        &[],
        "catenae_mapper",
    );
    check(&MAPPER, "--random-consumer-group=false", &named, "g");
    check(
        &MAPPER,
        "--random-consumer-group=false",
        &random,
        "catenae_mapper",
    );
    refused(
        mapper("-g g --random-consumer-group", &[]),
        "`--consumer-group` and `--random-consumer-group` exclude each other",
    );
    refused(
        mapper("", &[random[0], named[0]]),
        "`CATENAE_CONSUMER_GROUP` and `CATENAE_RANDOM_CONSUMER_GROUP` exclude each other",
    );
}

#[test]
fn random_consumer_group() {
    check(
        "--random-consumer-group",
        "CATENAE_RANDOM_CONSUMER_GROUP",
        |config, _| config.group == format!("catenae_{}", config.uid),
        false,
        &[("true", true), ("yes", true), ("0", false)],
        &[(
            "perhaps",
            "`perhaps` is not accepted: write `true` or `false`",
        )],
    );
}

#[test]
fn kafka() {
    let check = |line: &str, env: &str, expected: &[(&str, &str)]| {
        let (config, _) = mapper(line, &[("CATENAE_KAFKA", env)]).unwrap();
        assert_eq!(
            config.kafka.iter().collect::<Vec<_>>(),
            expected,
            "`{line}` {env:?}"
        );
    };
    check("", "", &[]);
    check(
        "--kafka linger.ms=1 --kafka debug=broker,topic",
        "",
        &[("linger.ms", "1"), ("debug", "broker,topic")],
    );
    check(
        "",
        "linger.ms=1,acks=all",
        &[("linger.ms", "1"), ("acks", "all")],
    );
    check(
        "--kafka linger.ms=2",
        "linger.ms=1,acks=all",
        &[("acks", "all"), ("linger.ms", "2")],
    );
    check(
        "--kafka sasl.password=a,b=c",
        "",
        &[("sasl.password", "a,b=c")],
    );
    check("", "sasl.password=a,b=c\n", &[("sasl.password", "a,b=c")]);
    refused(
        mapper("--kafka linger.ms", &[]),
        "`--kafka`: pair 1 is not of the form `key=value`",
    );
    let env = [("CATENAE_KAFKA", "a.b=1\nhunter2")];
    refused(
        mapper("", &env),
        "`CATENAE_KAFKA`: pair 2 is not of the form",
    );
    refused(
        mapper("--kafka group.id=g", &[]),
        "`--kafka`: the setting `group.id` cannot be set this way: write `--consumer-group` (`-g`)",
    );
    refused(
        mapper("", &[("CATENAE_KAFKA", "acks=1")]),
        "`CATENAE_KAFKA`: the setting `acks`",
    );
}

#[test]
fn passwords_are_in_no_debug_output() {
    let line = "--kafka sasl.password=hunter2 --kafka sasl.username=anna";
    let (config, _) = mapper(line, &[("CATENAE_KAFKA", "ssl.key.password=hunter2")]).unwrap();
    let shown = format!("{config:?}");
    assert!(
        !shown.contains("hunter2") && shown.contains("anna"),
        "{shown}"
    );
}

#[test]
fn a_member_of_the_new_protocol_is_not_told_what_the_broker_decides() {
    let new = "--kafka group.protocol=consumer";
    assert!(mapper(new, &[]).is_ok());
    for setting in [
        "session.timeout.ms=9000",
        "heartbeat.interval.ms=100",
        "partition.assignment.strategy=range",
    ] {
        let classic = format!("--kafka {setting} --kafka group.protocol=classic");
        assert!(mapper(&classic, &[]).is_ok(), "{setting}");
        let (name, _) = setting.split_once('=').unwrap();
        let expected = format!(
            "`{name}` and `group.protocol=consumer` exclude each other: with that protocol the broker"
        );
        refused(mapper(&format!("{new} --kafka {setting}"), &[]), &expected);
    }
}

#[test]
fn a_word_without_its_flag_is_named() {
    for line in ["extra", "-k a:1 extra", "extra -k a:1", "--seq extra"] {
        refused(
            mapper(line, &[]),
            "unexpected word `extra`: apart from `describe`",
        );
    }
    // That one is a command, in a place where it cannot be.
    refused(mapper("-k a:1 describe", &[]), "describe");
}
