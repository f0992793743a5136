//! One table per flag: flag, environment, which wins, default, refusal.

use std::fmt::Debug;
use std::time::Duration;

use crate::codec::Codec;
use crate::config::{Broker, Config, Delivery, InputMode, LogConfig, LogFormat, LogLevel, Order};

use super::*;

/// One flag with its variable: `cases` are texts and what becomes of them, `bad` are texts and a
/// part of the refusal.
#[track_caller]
fn check<T: PartialEq + Debug>(
    flag: &str,
    env: &str,
    read: impl Fn(&Config, &LogConfig) -> T,
    default: T,
    cases: &[(&str, T)],
    bad: &[(&str, &str)],
) {
    let value = |line: &str, env: &[(&str, &str)]| match mapper(line, env) {
        Ok((config, log)) => read(&config, &log),
        Err(stop) => panic!("`{line}` {env:?}: {}", printed(&stop).0),
    };
    assert_eq!(value("", &[]), default, "default");
    assert_eq!(
        value("", &[(env, "")]),
        default,
        "an empty variable says nothing"
    );
    for (text, expected) in cases {
        assert_eq!(
            value(&format!("{flag}={text}"), &[]),
            *expected,
            "{flag}={text}"
        );
        assert_eq!(value("", &[(env, text)]), *expected, "{env}={text}");
    }
    // The flag wins over the environment, even over one that would be refused.
    for (other, _) in cases {
        let (first, expected) = &cases[0];
        assert_eq!(
            value(&format!("{flag}={first}"), &[(env, other)]),
            *expected,
            "precedence"
        );
    }
    for (text, expected) in bad {
        let (first, kept) = &cases[0];
        assert_eq!(
            value(&format!("{flag}={first}"), &[(env, text)]),
            *kept,
            "precedence"
        );
        refused(
            mapper(&format!("{flag}={text}"), &[]),
            &format!("`{flag}`: {expected}"),
        );
        refused(mapper("", &[(env, text)]), &format!("`{env}`: {expected}"));
    }
}

fn streams(list: &[(&str, Codec)]) -> Vec<(crate::stream::StreamName, Codec)> {
    list.iter()
        .map(|(name, codec)| ((*name).into(), *codec))
        .collect()
}

#[test]
fn input() {
    check(
        "--input",
        "CATENAE_INPUT",
        |config, _| config.inputs.clone(),
        streams(&[("lines", Codec::Text)]),
        &[
            ("a,b", streams(&[("a", Codec::Text), ("b", Codec::Text)])),
            (
                "words,lines",
                streams(&[("words", Codec::Json), ("lines", Codec::Text)]),
            ),
        ],
        &[
            ("a,,b", "a stream name is missing"),
            ("a/b", "`a/b` cannot be a stream name"),
            ("a,a", "the stream `a` is named twice"),
        ],
    );
    let (config, _) = mapper("-i a", &[]).unwrap();
    assert_eq!(config.inputs, streams(&[("a", Codec::Text)]));
    refused(mapper("-i a -i b", &[]), "cannot be used multiple times");
}

#[test]
fn output() {
    check(
        "--output",
        "CATENAE_OUTPUT",
        |config, _| config.outputs.clone(),
        streams(&[("words", Codec::Json), ("rest", Codec::Auto)]),
        &[(
            "rest,words",
            streams(&[("rest", Codec::Auto), ("words", Codec::Json)]),
        )],
        &[
            ("a:b", "`a:b` cannot be a stream name"),
            ("a,a", "the stream `a` is named twice"),
        ],
    );
    let (config, _) = mapper("-o a", &[]).unwrap();
    assert_eq!(config.outputs, streams(&[("a", Codec::Auto)]));
}

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
        &[("a:1,b:x", "`b:x` is not accepted: write `host:port`")],
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
fn uid() {
    let uid = |line: &str, env: &[(&str, &str)]| mapper(line, env).unwrap().0.uid.to_string();
    let docker = [("CATENAE_DOCKER", "false"), ("HOSTNAME", "3f2a")];
    let is_random = |uid: String| uid.len() == 12 && uid.chars().all(|c| c.is_ascii_hexdigit());
    assert!(is_random(uid("", &[])));
    assert!(is_random(uid("", &docker[1..])), "not in a container");
    assert!(
        is_random(uid("", &[("CATENAE_DOCKER", ""), docker[1]])),
        "not in a container"
    );
    assert!(
        is_random(uid("", &docker[..1])),
        "a container without a host name"
    );
    assert_ne!(uid("", &[]), uid("", &[]));
    assert_eq!(uid("", &docker), "3f2a");
    assert_eq!(
        uid("", &[docker[0], docker[1], ("CATENAE_UID", "env")]),
        "env"
    );
    assert_eq!(
        uid(
            "--uid flag",
            &[docker[0], docker[1], ("CATENAE_UID", "env")]
        ),
        "flag"
    );
    refused(
        mapper("--uid a/b", &[]),
        "`--uid`: `a/b` is not accepted: write 1 to 128",
    );
    refused(
        mapper("", &[("CATENAE_UID", "a b")]),
        "`CATENAE_UID`: `a b` is not accepted",
    );
    refused(
        mapper("", &[docker[0], ("HOSTNAME", "a b")]),
        "`HOSTNAME`: `a b` is not accepted",
    );
}

#[test]
fn seq() {
    check(
        "--seq",
        "CATENAE_SEQ",
        |config, _| (config.order, config.lanes),
        (Order::Pipelined, 4),
        &[
            ("true", (Order::Sequential, 1)),
            ("false", (Order::Pipelined, 4)),
        ],
        &[("2", "`2` is not accepted: write `true` or `false`")],
    );
    assert_eq!(mapper("--seq", &[]).unwrap().0.order, Order::Sequential);
}

#[test]
fn sync() {
    check(
        "--sync",
        "CATENAE_SYNC",
        |config, _| (config.order, config.lanes),
        (Order::Pipelined, 4),
        &[
            ("true", (Order::Synchronous, 1)),
            ("off", (Order::Pipelined, 4)),
        ],
        &[("2", "`2` is not accepted: write `true` or `false`")],
    );
    assert_eq!(
        mapper("--sync --seq", &[]).unwrap().0.order,
        Order::Synchronous
    );
    let synchronous = mapper("--seq=false", &[("CATENAE_SYNC", "1")])
        .unwrap()
        .0
        .order;
    assert_eq!(synchronous, Order::Synchronous, "sync implies seq");
}

#[test]
fn delivery() {
    check(
        "--delivery",
        "CATENAE_DELIVERY",
        |config, _| config.delivery,
        Delivery::AtLeastOnce,
        &[("at-least-once", Delivery::AtLeastOnce)],
        &[
            (
                "exactly-once",
                "`exactly-once` is not yet available: write `at-least-once`",
            ),
            (
                "at-most-once",
                "`at-most-once` is not yet available: write `at-least-once`",
            ),
            ("often", "`often` is not accepted: write `at-least-once`"),
        ],
    );
}

#[test]
fn input_mode() {
    check(
        "--input-mode",
        "CATENAE_INPUT_MODE",
        |config, _| config.input_mode,
        InputMode::Parity,
        &[
            ("exp", InputMode::Exp),
            ("strict", InputMode::Strict),
            ("parity", InputMode::Parity),
        ],
        &[(
            "fair",
            "`fair` is not accepted: write `parity`, `exp` or `strict`",
        )],
    );
}

#[test]
fn seconds() {
    let secs = Duration::from_secs;
    let bad = &[
        (
            "0",
            "`0` is not accepted: write seconds, above 0 and at most",
        ),
        ("-1", "`-1` is not accepted: write seconds, above 0"),
        ("0.0001", "`0.0001` is not accepted"),
        ("5m", "`5m` is not accepted"),
        ("nan", "`nan` is not accepted"),
        ("inf", "`inf` is not accepted"),
        ("1e300", "`1e300` is not accepted"),
    ];
    let cases = &[
        ("60", secs(60)),
        ("0.5", Duration::from_millis(500)),
        ("86400", secs(86_400)),
    ];
    check(
        "--consumer-timeout",
        "CATENAE_CONSUMER_TIMEOUT",
        |config, _| config.consumer_timeout,
        secs(300),
        cases,
        bad,
    );
    refused(mapper("--consumer-timeout 86401", &[]), "at most 86400");
    check(
        "--exp-window-size",
        "CATENAE_EXP_WINDOW_SIZE",
        |config, _| config.exp_window_size,
        secs(900),
        cases,
        bad,
    );
    check(
        "--shutdown-timeout",
        "CATENAE_SHUTDOWN_TIMEOUT",
        |config, _| config.shutdown_timeout,
        secs(8),
        cases,
        bad,
    );
}

#[test]
fn partitions() {
    check(
        "--partitions",
        "CATENAE_PARTITIONS",
        |config, _| config.partitions,
        10,
        &[("1", 1), ("64", 64), ("2147483647", 2_147_483_647)],
        &[
            (
                "0",
                "`0` is not accepted: write a whole number from 1 to 2147483647",
            ),
            ("2147483648", "`2147483648` is not accepted"),
            ("ten", "`ten` is not accepted"),
        ],
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
        &[("linger.ms", "2"), ("acks", "all")],
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
        "`--kafka`: the setting `group.id` is not yours to set: write `--consumer-group` (`-g`)",
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
fn log_level() {
    check(
        "--log-level",
        "CATENAE_LOG_LEVEL",
        |_, log| log.level,
        LogLevel::Info,
        &[
            ("trace", LogLevel::Trace),
            ("debug", LogLevel::Debug),
            ("INFO", LogLevel::Info),
            ("warn", LogLevel::Warn),
            ("warning", LogLevel::Warn),
            ("error", LogLevel::Error),
            ("critical", LogLevel::Error),
            ("off", LogLevel::Off),
            ("librdkafka=debug", LogLevel::Info),
        ],
        &[
            ("loud", "`loud` is not accepted: write `trace`, `debug`"),
            (
                "info,debug",
                "`info,debug` is not accepted: write one level",
            ),
            ("info,x=loud", "`loud` is not accepted"),
            ("=info", "`=info` is not accepted: write one level"),
        ],
    );
    let (_, log) = mapper("--log-level warn,librdkafka=debug", &[]).unwrap();
    assert_eq!(log.targets, [("librdkafka".to_owned(), LogLevel::Debug)]);
    assert_eq!(log.level, LogLevel::Warn);
}

#[test]
fn log_format() {
    check(
        "--log-format",
        "CATENAE_LOG_FORMAT",
        |_, log| log.format,
        LogFormat::Text,
        &[("json", LogFormat::Json), ("text", LogFormat::Text)],
        &[("xml", "`xml` is not accepted: write `text` or `json`")],
    );
    let (_, log) = mapper("--log-format json --log-level debug", &[]).unwrap();
    assert_eq!((log.level, log.format), (LogLevel::Debug, LogFormat::Json));
}
