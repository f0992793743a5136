//! Which settings are taken, which are refused, and how lists of them are cut.

use proptest::prelude::*;

use super::*;

fn list(text: &str) -> Result<KafkaSettings, ConfigError> {
    let mut settings = KafkaSettings::default();
    settings.set_list(text).map(|()| settings)
}

#[test]
fn lists_are_cut_where_a_name_follows() {
    let check = |text: &str, expected: &[(&str, &str)]| {
        let settings = list(text).unwrap();
        assert_eq!(settings.iter().collect::<Vec<_>>(), expected, "{text:?}");
    };
    check("", &[]);
    check("linger.ms=5", &[("linger.ms", "5")]);
    check(
        "linger.ms=5,acks=all",
        &[("linger.ms", "5"), ("acks", "all")],
    );
    check(
        "linger.ms=5, acks=all,",
        &[("linger.ms", "5"), ("acks", "all")],
    );
    check(
        "debug=broker,topic,linger.ms=1",
        &[("debug", "broker,topic"), ("linger.ms", "1")],
    );
    check("sasl.password=a,B=c,d", &[("sasl.password", "a,B=c,d")]);
    check("sasl.password=a,b=c\n", &[("sasl.password", "a,b=c")]);
    check(
        "a.b=1\n\n c.d=x,e.f=2 \n",
        &[("a.b", "1"), ("c.d", "x,e.f=2 ")],
    );
    check("a.b=1,a.b=2", &[("a.b", "2")]);
    check("a.b=x=y", &[("a.b", "x=y")]);
}

#[test]
fn a_bad_pair_is_named_by_its_place_not_its_text() {
    let check = |text: &str, position| {
        assert_eq!(list(text), Err(ConfigError::Pair { position }), "{text:?}");
    };
    check("hunter2", 1);
    check("=hunter2", 1);
    check("a.b=1\nhunter2", 2);
}

#[test]
fn settings_that_would_break_a_promise_are_refused() {
    let check = |key: &str, value: &str, good: bool| {
        let result = KafkaSettings::default().set(key, value);
        assert_eq!(result.is_ok(), good, "{key}={value}: {result:?}");
    };
    for key in [
        "bootstrap.servers",
        "metadata.broker.list",
        "group.id",
        "transactional.id",
    ] {
        check(key, "x", false);
    }
    check("enable.auto.commit", "true", false);
    check("enable.auto.offset.store", "true", false);
    check("enable.auto.offset.store", "false", true);
    check("enable.idempotence", "false", false);
    check("enable.idempotence", "true", true);
    check("acks", "1", false);
    check("acks", "all", true);
    check("acks", "-1", true);
    check("request.required.acks", "0", false);
    check("auto.offset.reset", "latest", false);
    check("auto.offset.reset", "earliest", true);
    check("max.poll.interval.ms", "1000", false);
    check("max.in.flight", "6", false);
    check("max.in.flight.requests.per.connection", "1000000", false);
    check("max.in.flight", "5", true);
    check("retries", "0", false);
    check("message.send.max.retries", "0", false);
    check("retries", "1", true);
    for key in ["delivery.timeout.ms", "message.timeout.ms"] {
        check(key, "999", false);
        check(key, "1000", true);
        check(key, "0", true);
    }
    check("queuing.strategy", "lifo", false);
    check("queuing.strategy", "fifo", true);
    check("delivery.report.only.error", "true", false);
    check("auto.commit.interval.ms", "0", false);
    check("auto.commit.interval.ms", "200", true);
    check("transaction.timeout.ms", "10000", true);
    check("group.protocol", "consumer", true);
    check("security.protocol", "sasl_ssl", true);
    check("sasl.mechanisms", "SCRAM-SHA-512", true);
    check("test.mock.num.brokers", "1", false);
    check("isolation.level", "read_uncommitted", true);
    check("linger.ms", "5", true);
    check("no.such.setting", "x", true);
}

#[test]
fn what_exactly_once_refuses() {
    let check = |pair: &str, seconds: u64, good: bool| {
        let (settings, interval) = (list(pair).unwrap(), Duration::from_secs(seconds));
        let found = settings.against_exactly_once(interval);
        assert_eq!(found.is_none(), good, "{pair} {seconds} s: {found:?}");
    };
    check("isolation.level=read_uncommitted", 1, false);
    check("isolation.level=read_committed", 1, true);
    check("transaction.timeout.ms=5000", 1, true);
    check("transaction.timeout.ms=5000", 3, false);
    check("transaction.timeout.ms=5000", 2, true);
    check("linger.ms=1", 1, true);
}

#[test]
fn later_settings_take_the_place_of_earlier_ones() {
    let mut settings = list("a.b=1,c.d=2").unwrap();
    settings.extend(&list("e.f=3,a.b=4").unwrap());
    let expected = [("c.d", "2"), ("e.f", "3"), ("a.b", "4")];
    assert_eq!(settings.iter().collect::<Vec<_>>(), expected);
}

#[test]
fn a_setting_with_two_names_is_one() {
    let settings = list("linger.ms=1,retries=3,queue.buffering.max.ms=2").unwrap();
    let expected = [("message.send.max.retries", "3"), ("linger.ms", "2")];
    assert_eq!(settings.iter().collect::<Vec<_>>(), expected);
}

#[test]
fn passwords_are_not_shown() {
    let check = |key: &str, hidden: bool| {
        let shown = format!("{:?}", list(&format!("{key}=hunter2\n")).unwrap());
        assert_eq!(!shown.contains("hunter2"), hidden, "{shown}");
        assert!(shown.contains(key), "{shown}");
    };
    for key in [
        "sasl.password",
        "ssl.key.password",
        "ssl.keystore.password",
        "ssl.key.pem",
        "sasl.jaas.config",
        "sasl.oauthbearer.client.secret",
        "sasl.oauthbearer.client.credentials.client.secret",
        "sasl.oauthbearer.assertion.private.key.passphrase",
        "sasl.oauthbearer.config",
    ] {
        check(key, true);
    }
    check("sasl.username", false);
    check("linger.ms", false);
}

proptest! {
    #[test]
    fn lines_hold_any_value(value in "[^\\r\\n]*", other in "[^\\r\\n]*") {
        let settings = list(&format!("sasl.password={value}\na.b={other}\n")).unwrap();
        let expected = [("sasl.password", value.as_str()), ("a.b", other.as_str())];
        prop_assert_eq!(settings.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_comma_between_pairs_separates_them(value in "[^=\\r\\n]*[^=\\r\\n,]", other in "[^,\\n]*") {
        let settings = list(&format!("x.y={value},a.b={other}")).unwrap();
        let expected = [("x.y", value.as_str()), ("a.b", other.as_str())];
        prop_assert_eq!(settings.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn no_text_panics_or_is_shown(text in ".*") {
        let shown = format!("{:?}", list(&format!("sasl.password=hunter2,{text}")));
        prop_assert!(!shown.contains("hunter2"), "{}", shown);
    }
}
