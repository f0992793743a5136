//! Consumers that are closed in the middle of a rebalance: each must end, and its group be left.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::consumer::Rebalance;

use super::*;
use crate::kafka::consumer::intake::testing::{STREAM, intake, settings};
use crate::kafka::embedded::EmbeddedBroker;
use crate::shutdown::{InstanceHandle, StopReason};

const DEADLINE: Duration = Duration::from_secs(20);
/// So many groups at once keep the machine busy, so that things meet that rarely do: without
/// `ClosingState` one of the first hundred and fifty hangs.
const GROUPS: usize = 30;
const ROUNDS: usize = 8;

fn broker() -> EmbeddedBroker {
    let broker = EmbeddedBroker::start().unwrap();
    broker.create_stream(STREAM, 8).unwrap();
    broker
}

/// The callbacks of a micromodule that stops.
fn stopped(settings: &ClientConfig) -> Intake {
    let instance = InstanceHandle::new("mapper/1");
    instance.stop(StopReason::Topology);
    intake(settings, Arc::new(instance), &Arc::default())
}

/// Ends many consumers that have been given partitions and have not been told yet: closing asks them
/// for the same partitions back. Every one has to be gone in time.
#[track_caller]
fn all_end(end: fn(BaseConsumer<Intake>)) {
    let broker = broker();
    for round in 0..ROUNDS {
        let (tell, told) = mpsc::channel();
        for number in 0..GROUPS {
            let settings = settings(&broker, &format!("group-{round}-{number}"));
            let mut consumer: BaseConsumer<Intake> =
                settings.create_with_context(stopped(&settings)).unwrap();
            let (ring, rung) = mpsc::channel();
            consumer.set_nonempty_callback(move || {
                let _ = ring.send(());
            });
            consumer.subscribe(&[STREAM]).unwrap();
            let tell = tell.clone();
            thread::spawn(move || {
                rung.recv_timeout(DEADLINE).unwrap();
                end(consumer);
                tell.send(()).unwrap();
            });
        }
        for gone in 0..GROUPS {
            told.recv_timeout(DEADLINE)
                .unwrap_or_else(|_| panic!("in round {round} only {gone} ended"));
        }
    }
}

#[test]
fn closing_ends_although_a_rebalance_was_not_served() {
    all_end(|consumer| drop(GroupMember::new(consumer)));
}

#[test]
fn leaving_serves_the_rebalance_first() {
    all_end(|consumer| {
        assert!(leave_alone(&consumer, MemberKind::Classic, |_| DEADLINE));
        // No callback is called any more.
        consumer.context().closing().closes();
        let context = Arc::clone(consumer.context());
        drop(consumer);
        assert_eq!(context.closing().owes(), RebalanceReply::Release);
    });
}

#[test]
fn a_member_of_each_kind_leaves_or_stays() {
    let broker = broker();
    let cases = [
        ("group.protocol", "classic", MemberKind::Classic, true),
        ("group.protocol", "consumer", MemberKind::Heartbeats, true),
        ("group.instance.id", "one", MemberKind::Static, false),
    ];
    for (number, (name, value, kind, leaves)) in cases.into_iter().enumerate() {
        let mut settings = settings(&broker, &format!("group-{number}"));
        if kind == MemberKind::Heartbeats {
            settings.remove("session.timeout.ms");
            settings.remove("heartbeat.interval.ms");
            settings.remove("partition.assignment.strategy");
        }
        settings.set(name, value);
        assert_eq!(MemberKind::of(&settings), kind);
        let consumer: BaseConsumer = settings.create().unwrap();
        consumer.subscribe(&[STREAM]).unwrap();
        let begun = Instant::now();
        while consumer.assignment().unwrap().count() == 0 {
            assert!(begun.elapsed() < DEADLINE, "{kind:?}: nothing is assigned");
            let _ = consumer.poll(STEP);
        }
        assert!(is_member(&consumer, kind), "{kind:?}");
        assert_eq!(
            leave_alone(&consumer, kind, |_| DEADLINE),
            leaves,
            "{kind:?}"
        );
        let left = consumer.assignment().unwrap().count() == 0;
        assert_eq!(left, leaves, "{kind:?}");
    }
}

#[test]
fn one_call_is_owed_to_a_client_that_closes() {
    let closing = ClosingState::default();
    assert!(!closing.has_committed());
    assert_eq!(closing.owes(), RebalanceReply::TheEvent);
    closing.commit_was_made();
    assert!(closing.has_committed());
    assert_eq!(closing.owes(), RebalanceReply::TheEvent);
    closing.closes();
    assert_eq!(closing.owes(), RebalanceReply::Release);
    assert_eq!(closing.owes(), RebalanceReply::Nothing);
    assert!(closing.has_committed());
    closing.closes();
    assert_eq!(closing.owes(), RebalanceReply::Nothing);
}

#[test]
fn leaving_leaves_the_time_that_closing_takes() {
    let cases = [
        (Holding::Nothing, 8000, 7500),
        (Holding::Partitions, 8000, 2500),
        (Holding::Nothing, 100, 0),
        (Holding::Partitions, 5000, 0),
    ];
    for (holding, left, expected) in cases {
        let spared = holding.spares(Duration::from_millis(left));
        assert_eq!(
            spared,
            Duration::from_millis(expected),
            "{holding:?}, {left} ms"
        );
    }
}

/// Counts the partitions that are assigned, and the rebalances.
#[derive(Default)]
struct Counts {
    partitions: AtomicUsize,
    rebalances: AtomicUsize,
}

impl ClientContext for Counts {}

impl ConsumerContext for Counts {
    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        self.rebalances.fetch_add(1, Ordering::SeqCst);
        if let Rebalance::Assign(list) = rebalance {
            self.partitions.fetch_add(list.count(), Ordering::SeqCst);
        }
    }
}

#[test]
fn members_that_stop_together_give_each_other_no_partitions() {
    const MEMBERS: usize = 4;
    const QUIET: Duration = Duration::from_secs(3);
    let broker = broker();
    for round in 0..3 {
        let group = format!("group-{round}");
        let join = || {
            let config = settings(&broker, &group);
            let member: BaseConsumer<Counts> =
                config.create_with_context(Counts::default()).unwrap();
            member.subscribe(&[STREAM]).unwrap();
            member
        };
        let members: Vec<_> = (0..MEMBERS).map(|_| join()).collect();
        let each_has_its_share = || {
            let shares = members.iter().map(|one| one.assignment().unwrap().count());
            shares.collect::<Vec<_>>() == [8 / MEMBERS; MEMBERS]
        };
        let begun = Instant::now();
        while !each_has_its_share() {
            assert!(begun.elapsed() < DEADLINE, "the group does not settle");
            members.iter().for_each(|one| drop(one.poll(STEP)));
        }
        // A rebalance that changes nothing may follow, and a member that leaves in the middle of one is given
        // what the others have left. It has ended, or begun, within some heartbeats.
        let rebalances = || {
            let each = members.iter();
            let each = each.map(|one| one.context().rebalances.load(Ordering::SeqCst));
            each.sum::<usize>()
        };
        let (mut seen, mut quiet) = (rebalances(), Instant::now());
        while quiet.elapsed() < QUIET {
            assert!(
                begun.elapsed() < DEADLINE,
                "the group does not come to rest"
            );
            members.iter().for_each(|one| drop(one.poll(STEP)));
            if rebalances() != seen {
                (seen, quiet) = (rebalances(), Instant::now());
            }
        }
        let given = || {
            members
                .iter()
                .map(|one| one.context().partitions.load(Ordering::SeqCst))
        };
        let before: usize = given().sum();
        let departures = departure::Departures::default();
        let instances: Vec<Arc<InstanceHandle>> = members
            .iter()
            .map(|_| Arc::new(InstanceHandle::new("mapper/1")))
            .collect();
        let departing: Vec<_> = instances
            .iter()
            .map(|instance| departures.member("mapper", &group, instance))
            .collect();
        instances
            .iter()
            .for_each(|one| one.stop(StopReason::Topology));
        thread::scope(|scope| {
            for (number, (member, departure)) in members.iter().zip(&departing).enumerate() {
                scope.spawn(move || {
                    // One is slower with what it has in hand than the others.
                    let done = Instant::now() + Duration::from_millis(200) * u32::from(number == 0);
                    while Instant::now() < done {
                        drop(member.poll(STEP));
                    }
                    assert!(leave(member, MemberKind::Classic, departure, |_| DEADLINE));
                });
            }
        });
        assert_eq!(
            given().sum::<usize>(),
            before,
            "partitions were moved for nothing"
        );
    }
}

/// librdkafka before 2.14.2 may crash where a member leaves, or closes, and its coordinator is gone.
#[test]
fn members_whose_only_broker_has_died_end() {
    for _ in 0..3 {
        let broker = broker();
        let consumers: Vec<BaseConsumer<Intake>> = (0..GROUPS)
            .map(|number| {
                let settings = settings(&broker, &format!("orphans-{number}"));
                let consumer: BaseConsumer<Intake> =
                    settings.create_with_context(stopped(&settings)).unwrap();
                consumer.subscribe(&[STREAM]).unwrap();
                consumer
            })
            .collect();
        let (tell, told) = mpsc::channel();
        // As many as have become members by then, and as many as have not.
        let begun = Instant::now();
        for consumer in consumers.iter().cycle() {
            drop(consumer.poll(Duration::from_millis(10)));
            let members = consumers.iter();
            let members = members.filter(|consumer| is_member(consumer, MemberKind::Classic));
            if members.count() >= GROUPS / 2 || begun.elapsed() > DEADLINE {
                break;
            }
        }
        drop(broker);
        for (number, consumer) in consumers.into_iter().enumerate() {
            let tell = tell.clone();
            thread::spawn(move || {
                // Some have the time to leave, the others close as they are.
                if number % 2 == 0 {
                    let patience = |_: Holding| Duration::from_millis(200);
                    leave_alone(&consumer, MemberKind::Classic, patience);
                }
                drop(GroupMember::new(consumer));
                tell.send(())
            });
        }
        for _ in 0..GROUPS {
            told.recv_timeout(DEADLINE).expect("one hangs");
        }
    }
}
