//! Tables of looks and what they say, and the sentences.

use super::*;

const LIMIT: Duration = Duration::from_secs(30);

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A partition whose electron at `mark` is being delivered.
fn view(mark: i64, end: i64) -> PartitionView {
    PartitionView {
        stream: StreamName::from("in"),
        partition: 3,
        mark: Some(mark),
        end: Some(end),
        oldest: (mark < end).then_some(FlightStage::Started(2)),
        intake: Intaking::Open,
    }
}

fn hand(offset: i64, since: u64, doing: Doing) -> Hand {
    Hand {
        thread: "worker-lane-0".to_owned(),
        stream: StreamName::from("in"),
        partition: 3,
        offset,
        since: at(since),
        doing,
    }
}

/// Looks at these times; returns when it was said that the partition stands, or moves.
fn told(looks: impl IntoIterator<Item = (u64, PartitionView)>) -> Vec<(u64, &'static str)> {
    let mut liveness = Liveness::new(LIMIT);
    let mut told = Vec::new();
    for (second, view) in looks {
        let (news, _) = liveness.look(at(second), &[view], &Conditions::default());
        told.extend(news.iter().map(|news| match news {
            StallEvent::Stands(_) => (second, "stands"),
            StallEvent::Moves { .. } => (second, "moves"),
        }));
    }
    told
}

#[test]
fn a_partition_that_stands_is_told_at_doubling_times_and_when_it_moves() {
    let stands = (0..300).map(|second| (second, view(7, 9)));
    let moves = (300..400).map(|second| (second, view(8, 9)));
    assert_eq!(
        told(stands.chain(moves)),
        [
            (30, "stands"),
            (60, "stands"),
            (120, "stands"),
            (240, "stands"),
            (300, "moves"),
            (330, "stands"),
            (360, "stands"),
        ]
    );
}

#[test]
fn what_moves_in_time_and_what_has_no_lag_is_never_told() {
    let check = |name: &str, view_at: &dyn Fn(u64) -> PartitionView| {
        let looks = (0..200).map(|second| (second, view_at(second)));
        assert_eq!(told(looks), [], "{name}");
    };
    check("idle", &|_| view(7, 7));
    check("slow", &|second| view(second as i64 / 25, 100));
    check("a delayed retry", &|_| PartitionView {
        intake: Intaking::NotDue,
        ..view(7, 9)
    });
    check("paused before the first answer", &|_| PartitionView {
        intake: Intaking::Held,
        end: None,
        oldest: None,
        ..view(7, 9)
    });
    check("an empty partition without an offset", &|_| PartitionView {
        mark: None,
        ..view(0, 0)
    });
}

#[test]
fn idle_time_does_not_count_and_the_end_of_the_lag_is_a_move() {
    let idle = (0..100).map(|second| (second, view(7, 7)));
    let behind = (100..140).map(|second| (second, view(7, 8)));
    let done = (140..180).map(|second| (second, view(8, 8)));
    let looks = idle.chain(behind).chain(done);
    assert_eq!(told(looks), [(130, "stands"), (140, "moves")]);
}

#[test]
fn a_partition_that_went_to_another_instance_is_forgotten() {
    let mut liveness = Liveness::new(LIMIT);
    for second in 0..=30 {
        let _ = liveness.look(at(second), &[view(7, 9)], &Conditions::default());
    }
    assert_eq!(
        liveness.look(at(31), &[], &Conditions::default()),
        (Vec::new(), Vec::new())
    );
    let (news, stalls) = liveness.look(at(32), &[view(7, 9)], &Conditions::default());
    assert!(
        news.is_empty() && stalls.is_empty(),
        "its time starts again"
    );
}

#[test]
fn a_look_that_comes_late_tells_once() {
    let looks = [(0, view(7, 9)), (500, view(7, 9)), (501, view(7, 9))];
    assert_eq!(told(looks), [(500, "stands")]);
}

#[test]
fn stalls_are_all_that_stand_at_the_limit() {
    let mut liveness = Liveness::new(LIMIT);
    let other = PartitionView {
        partition: 4,
        ..view(1, 2)
    };
    let _ = liveness.look(at(0), &[view(7, 9)], &Conditions::default());
    let _ = liveness.look(at(10), &[view(7, 9), other.clone()], &Conditions::default());
    let (_, stalls) = liveness.look(at(35), &[view(7, 9), other.clone()], &Conditions::default());
    assert_eq!(stalls.len(), 1);
    assert_eq!((stalls[0].partition, stalls[0].lasted), (3, at(35)));
    let (_, stalls) = liveness.look(at(40), &[view(7, 9), other], &Conditions::default());
    assert_eq!(stalls.len(), 2);
}

#[test]
fn what_it_waits_for_is_named() {
    let now = at(100);
    let check = |view: &PartitionView, way: &Conditions, expected: &str| {
        assert_eq!(cause(now, view, way).to_string(), expected);
    };
    let none = Conditions::default();
    let with = |hand: Hand| Conditions {
        hands: vec![hand],
        ..Conditions::default()
    };
    let handling = with(hand(7, 60, Doing::Handling));
    let named = "the link's function, which has had stream `in`, partition 3, offset 7 in hand for \
                 40 s on thread `worker-lane-0`";
    let started = view(7, 9);
    let unstarted = PartitionView {
        oldest: Some(FlightStage::Unstarted),
        ..view(5, 9)
    };
    let nothing = PartitionView {
        oldest: None,
        ..view(7, 9)
    };
    let held = PartitionView {
        intake: Intaking::Held,
        ..nothing.clone()
    };
    check(&started, &none, "Kafka to confirm 2 outputs");
    check(&started, &handling, named);
    check(
        &started,
        &with(hand(8, 60, Doing::Handling)),
        "Kafka to confirm 2 outputs",
    );
    check(
        &started,
        &Conditions {
            crowd: Some(Blocked::Undelivered(50_000)),
            ..handling.clone()
        },
        "Kafka to confirm 50000 outputs",
    );
    check(
        &PartitionView {
            oldest: Some(FlightStage::Started(0)),
            ..view(7, 9)
        },
        &none,
        "Kafka to take the commit of a settled electron",
    );
    let retrying = Doing::Retrying(at(104));
    check(
        &started,
        &with(hand(7, 60, retrying)),
        "the next attempt at an electron that failed, in 4 s",
    );
    check(
        &PartitionView {
            oldest: Some(FlightStage::Waiting),
            ..view(7, 9)
        },
        &Conditions {
            next_retry: Some(at(103)),
            ..Conditions::default()
        },
        "the next attempt at an electron that failed, in 3 s",
    );
    check(
        &unstarted,
        &with(hand(4, 60, Doing::Committing)),
        "Kafka to take the commit of a settled electron",
    );
    check(&unstarted, &handling, named);
    let turn = "its turn: the lanes are busy with other partitions or inputs";
    check(&unstarted, &none, turn);
    check(&unstarted, &with(hand(6, 99, Doing::Handling)), turn);
    check(&held, &none, "room among the electrons in flight");
    check(&held, &handling, named);
    check(
        &nothing,
        &none,
        "the broker, which delivers nothing from this partition",
    );
    check(
        &nothing,
        &Conditions {
            outside: true,
            ..handling
        },
        "the consumer group to readmit this instance",
    );
}

#[test]
fn a_stall_is_one_sentence() {
    let mut stall = Stall {
        stream: StreamName::from("in"),
        partition: 3,
        offset: Some(7),
        lag: Some(2),
        lasted: Duration::from_millis(31_900),
        waits_for: WaitsFor::Delivery { outputs: 1 },
    };
    assert_eq!(
        stall.to_string(),
        "stream `in`, partition 3, has been stalled at offset 7 for 31 s (lag 2) and waits for Kafka to \
         confirm 1 output"
    );
    (stall.offset, stall.lag) = (None, None);
    assert_eq!(
        stall.to_string(),
        "stream `in`, partition 3, has been stalled at its beginning for 31 s and waits for Kafka to \
         confirm 1 output"
    );
}
