//! The flags of behavior: order, delivery, times, the id.

use std::time::Duration;

use crate::spec::modes::{OnRecreate, Order};

use super::*;

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
fn either_flag_of_order_takes_the_place_of_the_attribute() {
    let check = |declared: Order, line: &str, env: &[(&str, &str)], expected: (Order, u32)| {
        let spec = MAPPER.lanes(1).order(declared);
        let config = parse(&spec, &wiring(ArgsSpec::none()), line, env)
            .ok()
            .unwrap()
            .0;
        assert_eq!((config.order, config.lanes), expected, "`{line}` {env:?}");
    };
    let (seq, sync) = ((Order::Sequential, 1), (Order::Synchronous, 1));
    let lanes = parse(
        &MAPPER.order(Order::Sequential),
        &wiring(ArgsSpec::none()),
        "",
        &[],
    );
    assert_eq!(lanes.ok().unwrap().0.lanes, 1);
    check(Order::Sequential, "", &[], seq);
    check(Order::Synchronous, "", &[], sync);
    check(Order::Synchronous, "--seq", &[], seq);
    check(Order::Sequential, "--sync", &[], sync);
    check(
        Order::Synchronous,
        "--seq=false",
        &[],
        (Order::Pipelined, 1),
    );
    check(
        Order::Sequential,
        "",
        &[("CATENAE_SEQ", "0")],
        (Order::Pipelined, 1),
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
        "--stall-timeout",
        "CATENAE_STALL_TIMEOUT",
        |config, _| config.stall_timeout,
        secs(30),
        cases,
        bad,
    );
    check(
        "--commit-interval",
        "CATENAE_COMMIT_INTERVAL",
        |config, _| config.commit_interval,
        Duration::from_millis(100),
        &cases[..2],
        bad,
    );
    refused(mapper("--commit-interval 60.1", &[]), "at most 60");
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
fn on_recreate() {
    check(
        "--on-recreate",
        "CATENAE_ON_RECREATE",
        |config, _| config.on_recreate,
        OnRecreate::Fail,
        &[
            ("from-beginning", OnRecreate::FromBeginning),
            ("from_beginning", OnRecreate::FromBeginning),
            ("fail", OnRecreate::Fail),
        ],
        &[
            (
                "beginning",
                "`beginning` is not accepted: write `fail` or `from-beginning`",
            ),
            ("1", "`1` is not accepted: write `fail` or `from-beginning`"),
        ],
    );
}
