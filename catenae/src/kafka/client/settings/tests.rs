//! That every client can be made, and what is left out of which.

use crate::spec::delivery::DeliveryMode;
use rdkafka::producer::BaseProducer;

use super::*;
use crate::codec::Codec;
use crate::config::Broker;
use crate::spec::LinkSpec;
use crate::stream::StreamRef;
use rdkafka::consumer::BaseConsumer;

#[test]
fn a_renewed_transactional_id_is_another_one_each_time() {
    let mut client = ClientConfig::new();
    client.set("transactional.id", "catenae-a~group-mapper-one");
    let mut renew = || {
        renew_transactional_id(&mut client).unwrap();
        client.get("transactional.id").unwrap().to_owned()
    };
    let (second, third) = (renew(), renew());
    assert_ne!(second, third);
    for id in [second, third] {
        let (first, unique) = id.rsplit_once(RENEWED).unwrap();
        assert_eq!((first, unique.len()), ("catenae-a~group-mapper-one", 12));
    }
}

#[test]
fn settings_that_the_protocol_of_a_group_does_not_know_are_left_out() {
    let client = |pairs: &'static [&'static str]| {
        let broker = Broker::Address("localhost:1".to_owned());
        let endpoint = Endpoint::of(&broker).unwrap();
        let spec = LinkSpec::new("mapper").kafka(pairs);
        let config = Config::new(&spec, Uid::random().unwrap(), broker).unwrap();
        consumer(&endpoint, &config)
    };
    let classic = client(&[]);
    assert_eq!(classic.get("session.timeout.ms"), Some("10000"));
    assert!(is_cooperative(&classic));
    let new = client(&["group.protocol=consumer"]);
    assert_eq!(new.get("session.timeout.ms"), None);
    assert!(is_cooperative(&new));
    assert!(new.create::<BaseConsumer>().is_ok());
    // What the user sets in spite of it librdkafka refuses by itself.
    let both = client(&["group.protocol=consumer", "session.timeout.ms=5000"]);
    assert!(both.create::<BaseConsumer>().is_err());
}

const STREAM: [StreamRef; 1] = [StreamRef {
    name: "stream",
    codec: Codec::Auto,
}];

/// Some are made in the middle of a run, when it is too late to say that one cannot be.
#[test]
fn every_client_of_a_micromodule_can_be_made() {
    let kinds: [&[&str]; 6] = [
        &[],
        &["group.protocol=consumer"],
        &["group.instance.id=one"],
        &["session.timeout.ms=6000", "heartbeat.interval.ms=2000"],
        &["partition.assignment.strategy=range", "fetch.min.bytes=10"],
        &["linger.ms=50", "batch.size=4096", "message.max.bytes=5000"],
    ];
    let modes = [
        DeliveryMode::AtLeastOnce,
        DeliveryMode::ExactlyOnce,
        DeliveryMode::AtMostOnce,
    ];
    let spec = LinkSpec::new("mapper").inputs(&STREAM).outputs(&STREAM);
    for (pairs, seconds) in kinds.iter().flat_map(|kind| [(kind, 6), (kind, 600)]) {
        for delivery in modes {
            let broker = Broker::Address("localhost:1".to_owned());
            let endpoint = Endpoint::of(&broker).unwrap();
            let spec = spec.kafka(pairs);
            let mut config = Config::new(&spec, Uid::random().unwrap(), broker).unwrap();
            config.consumer_timeout = Duration::from_secs(seconds);
            config.delivery = delivery;
            let what = format!("{pairs:?}, {seconds} s, {delivery:?}");
            for make in [admin, consumer, rereader, call_consumer] {
                let made = make(&endpoint, &config).create::<BaseConsumer>();
                assert!(made.is_ok(), "{what}: {:?}", made.err());
            }
            for make in [producer, call_producer] {
                let made = make(&endpoint, &config).create::<BaseProducer>();
                assert!(made.is_ok(), "{what}: {:?}", made.err());
            }
        }
    }
}
