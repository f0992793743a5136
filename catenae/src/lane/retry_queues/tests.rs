//! The retry queues against a naive model: order per key, due times, bounds.

use proptest::prelude::*;

use super::*;

const P: PartitionId = PartitionId(0);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn a_key_waits_with_its_followers_and_others_do_not() {
    let mut retry_queues = RetryQueues::new();
    retry_queues.park(P, Some(b"a"), "a1", 10, seconds(5));
    let queue = retry_queues
        .queue_of(P, Some(b"a"))
        .expect("the key stands");
    retry_queues.follow(queue, "a2", 10);
    assert_eq!(retry_queues.queue_of(P, Some(b"b")), None);
    assert_eq!(
        retry_queues.queue_of(PartitionId(1), Some(b"a")),
        None,
        "a key of another partition"
    );
    assert_eq!(retry_queues.take_due(seconds(4)), None);
    assert_eq!(retry_queues.next_due(), Some(seconds(5)));
    let (id, first, bytes) = retry_queues.take_due(seconds(5)).expect("due");
    assert_eq!((first, bytes), ("a1", 10));
    assert_eq!(
        retry_queues.take_due(seconds(9)),
        None,
        "a2 is behind what is in hand"
    );
    assert_eq!(
        retry_queues.queue_of(P, Some(b"a")),
        Some(queue),
        "the key stands meanwhile"
    );
    retry_queues.again(id, first, bytes, seconds(7));
    assert_eq!(retry_queues.take_due(seconds(6)), None);
    let (id, first, _) = retry_queues.take_due(seconds(7)).expect("due again");
    assert_eq!(first, "a1");
    retry_queues.over(id, seconds(7));
    let (id, second, _) = retry_queues.take_due(seconds(7)).expect("due at once");
    assert_eq!(second, "a2");
    retry_queues.over(id, seconds(7));
    assert!(retry_queues.is_empty());
    assert_eq!(
        retry_queues.queue_of(P, Some(b"a")),
        None,
        "the key flows again"
    );
    assert_eq!(retry_queues.next_due(), None);
}

#[test]
fn electrons_without_a_key_wait_alone() {
    let mut retry_queues = RetryQueues::new();
    retry_queues.park(P, None, 1, 0, seconds(2));
    retry_queues.park(P, None, 2, 0, seconds(1));
    assert_eq!(retry_queues.queue_of(P, None), None);
    let order: Vec<i32> = std::iter::from_fn(|| {
        retry_queues
            .take_due(seconds(3))
            .map(|(_, electron, _)| electron)
    })
    .collect();
    assert_eq!(order, [2, 1]);
}

#[test]
fn it_is_full_by_number_and_by_bytes() {
    let mut retry_queues = RetryQueues::new();
    for electron in 0..MAX_ELECTRONS {
        assert!(!retry_queues.is_full());
        retry_queues.park(P, None, electron, 0, seconds(0));
    }
    assert!(retry_queues.is_full());
    assert!(retry_queues.take_due(seconds(0)).is_some());
    assert!(!retry_queues.is_full());
    let mut retry_queues = RetryQueues::new();
    retry_queues.park(P, None, 0, MAX_BYTES, seconds(0));
    assert!(retry_queues.is_full());
}

#[test]
fn what_is_taken_out_lets_its_key_flow() {
    let mut retry_queues = RetryQueues::new();
    retry_queues.park(P, Some(b"a"), 1, 1, seconds(1));
    retry_queues.park(PartitionId(1), Some(b"a"), 2, 1, seconds(1));
    let queue = retry_queues.queue_of(P, Some(b"a")).expect("stands");
    retry_queues.follow(queue, 3, 1);
    assert_eq!(retry_queues.take_if(|electron| *electron != 2), [1, 3]);
    assert_eq!(retry_queues.queue_of(P, Some(b"a")), None);
    assert_eq!(retry_queues.waiting(), 1);
    assert_eq!(
        retry_queues
            .take_due(seconds(1))
            .map(|(_, electron, _)| electron),
        Some(2)
    );
}

#[derive(Clone, Debug)]
enum Step {
    /// One more of a key; with a bad first attempt when no queue stands for it.
    Come { key: u8, bad: bool },
    /// Time goes on, and what is due is tried: so many are bad again.
    Wait { seconds: u64, bad: u8 },
    /// Everything of one partition goes.
    Purge { partition: u32 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..6_u8, any::<bool>()).prop_map(|(key, bad)| Step::Come { key, bad }),
        3 => (0..4_u64, 0..3_u8).prop_map(|(seconds, bad)| Step::Wait { seconds, bad }),
        1 => (0..2_u32).prop_map(|partition| Step::Purge { partition }),
    ]
}

proptest! {
    #[test]
    fn every_key_keeps_its_order(steps in prop::collection::vec(step(), 1..200)) {
        // Keys 0 to 2 are of partition 0, 3 to 5 of partition 1.
        let partition = |key: u8| PartitionId(u32::from(key / 3));
        let mut retry_queues: RetryQueues<(u8, u32)> = RetryQueues::new();
        let mut now = Duration::ZERO;
        let mut came: HashMap<u8, u32> = HashMap::new();
        let mut done: Vec<(u8, u32)> = Vec::new();
        let mut purged: Vec<(u8, u32)> = Vec::new();
        for step in steps {
            match step {
                Step::Come { key, bad } => {
                    let number = came.entry(key).or_default();
                    *number += 1;
                    let electron = (key, *number);
                    let bytes = [key];
                    match retry_queues.queue_of(partition(key), Some(&bytes)) {
                        Some(queue) => retry_queues.follow(queue, electron, 1),
                        None if bad => {
                            retry_queues.park(partition(key), Some(&bytes), electron, 1, now + seconds(2));
                        }
                        None => done.push(electron),
                    }
                }
                Step::Wait { seconds: more, bad } => {
                    now += seconds(more);
                    let mut bad = bad;
                    while let Some((queue, electron, bytes)) = retry_queues.take_due(now) {
                        if bad > 0 {
                            bad -= 1;
                            retry_queues.again(queue, electron, bytes, now + seconds(1));
                        } else {
                            done.push(electron);
                            retry_queues.over(queue, now);
                        }
                    }
                    prop_assert!(retry_queues.next_due().is_none_or(|due| due > now));
                }
                Step::Purge { partition: gone } => {
                    purged.extend(retry_queues.take_if(|(key, _)| partition(*key) == PartitionId(gone)));
                }
            }
            let all: u32 = came.values().sum();
            prop_assert_eq!(retry_queues.waiting() + done.len() + purged.len(), all as usize);
            prop_assert_eq!(retry_queues.bytes, retry_queues.waiting());
            prop_assert_eq!(retry_queues.is_empty(), retry_queues.waiting() == 0);
        }
        for key in 0..6 {
            let of = |list: &[(u8, u32)]| -> Vec<u32> {
                list.iter().filter(|(one, _)| *one == key).map(|(_, number)| *number).collect()
            };
            for list in [of(&done), of(&purged)] {
                prop_assert!(list.is_sorted(), "key {key}: {list:?}");
            }
        }
    }
}
