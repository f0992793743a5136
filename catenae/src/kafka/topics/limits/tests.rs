//! What fits, and what settings of a stream say.

use super::*;
use crate::config::{Broker, Uid};
use crate::spec::LinkSpec;

const SIZE: StreamTakes = StreamTakes {
    bytes: None,
    compacted: false,
    timestamps: Timestamps::Any,
};

fn limits(own: Option<&str>, streams: &[(&str, usize)]) -> (StreamLimits, ClientConfig) {
    let spec = LinkSpec::new("link");
    let uid: Uid = "uid".parse().expect("a uid");
    let mut config = Config::new(&spec, uid, Broker::Embedded).expect("sound");
    let mut client = ClientConfig::new();
    if let Some(own) = own {
        config.kafka.set("message.max.bytes", own).expect("sound");
        client.set("message.max.bytes", own);
    }
    let takes = |limit| StreamTakes {
        bytes: Some(limit),
        compacted: limit == 50_000_000,
        ..SIZE
    };
    let streams = streams
        .iter()
        .map(|(name, limit)| ((*name).to_owned(), takes(*limit)));
    let limits = StreamLimits::new(&mut client, &config, streams.collect());
    (limits, client)
}

#[test]
fn an_electron_fits_the_producer_and_its_own_stream() {
    let (limits, client) = limits(None, &[("small", 5000), ("large", 50_000_000)]);
    let largest = limits.producer - MESSAGE;
    let check = |stream: &str, size: usize, expected: Option<&str>| {
        let said = limits.check(stream, size, Some(b"")).err();
        let fits = match (&said, expected) {
            (None, None) => true,
            (Some(Misfit::Large(said)), Some(expected)) => said.contains(expected),
            _ => false,
        };
        assert!(fits, "{stream}, {size}: {said:?}");
    };
    check("small", 5000 - FRAME, None);
    check("small", 5001 - FRAME, Some("more than the stream takes"));
    check("large", largest, None);
    check("unknown", largest, None);
    check("large", largest + 1, Some("more than `message.max.bytes`"));
    check("small", largest + 1, Some("more than `message.max.bytes`"));
    assert_eq!(client.get("batch.size"), Some("5000"));
}

#[test]
fn a_compacted_stream_takes_nothing_without_a_key() {
    let (limits, _) = limits(None, &[("small", 5000), ("compacted", 50_000_000)]);
    assert_eq!(limits.check("small", 1, None), Ok(()));
    assert_eq!(limits.check("unknown", 1, None), Ok(()));
    assert_eq!(limits.check("compacted", 1, None), Err(Misfit::Keyless));
    assert_eq!(limits.check("compacted", 1, Some(b"")), Ok(()));
}

#[test]
fn streams_that_take_more_than_the_producer_change_nothing() {
    let (limits, client) = limits(None, &[("usual", 1_048_588)]);
    assert_eq!(limits.least, limits.producer - MESSAGE);
    assert_eq!(client.get("batch.size"), None);
}

#[test]
fn a_limit_of_the_users_own_is_the_only_one() {
    let (limits, client) = limits(Some("2000000"), &[("small", 5000)]);
    let largest = 2_000_000 - MESSAGE;
    assert!(limits.check_size("small", largest).is_ok());
    assert!(limits.check_size("small", largest + 1).is_err());
    assert_eq!(client.get("batch.size"), Some("5000"));
}

#[test]
fn the_settings_of_a_stream_say_what_it_takes() {
    let check = |settings: &[(&str, &'static str)], expected: StreamTakes| {
        let get = |name: &str| {
            let found = settings.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| *value)
        };
        assert_eq!(StreamTakes::read(get), expected, "{settings:?}");
    };
    check(&[], SIZE);
    let before = "message.timestamp.before.max.ms";
    let after = "message.timestamp.after.max.ms";
    let within = |before, after| StreamTakes {
        timestamps: Timestamps::Within { before, after },
        ..SIZE
    };
    check(
        &[
            (before, "9223372036854775807"),
            (after, "9223372036854775807"),
        ],
        SIZE,
    );
    check(&[(before, "1000")], within(1000, i64::MAX));
    check(&[(before, "1000"), (after, "10")], within(1000, 10));
    check(
        &[("message.timestamp.difference.max.ms", "7")],
        within(7, 7),
    );
    check(
        &[
            (before, "1000"),
            ("message.timestamp.type", "LogAppendTime"),
        ],
        SIZE,
    );
    let compacted = StreamTakes {
        bytes: Some(5),
        compacted: true,
        ..SIZE
    };
    for policy in ["compact", "delete,compact"] {
        check(
            &[("cleanup.policy", policy), ("max.message.bytes", "5")],
            compacted,
        );
    }
    check(&[("cleanup.policy", "delete")], SIZE);
}

#[test]
fn timestamps_are_held_against_the_time_of_writing() {
    let limits = Timestamps::Within {
        before: 100,
        after: i64::MAX,
    };
    let check = |timestamp: i64, allowed: bool| {
        assert_eq!(limits.allow(timestamp, 1000), allowed, "{timestamp}");
    };
    check(900, true);
    check(899, false);
    check(i64::MIN, false);
    check(i64::MAX, true);
}
