//! The registry: incarnations, goodbyes, silence, and the choice.

use proptest::prelude::*;

use super::former::MAX_FORMER;
use super::*;
use crate::rpc::core::envelope::{AnnouncedMethod, VERSION};

/// What the instance `uid` says of itself.
pub(crate) fn announcement(uid: &str, class: &str, number: u64, methods: &[&str]) -> Announcement {
    let method = |name: &&str| AnnouncedMethod {
        name: (*name).to_owned(),
        arguments: Vec::new(),
        returned: "u64".to_owned(),
        takes_state: false,
        idempotent: false,
    };
    Announcement {
        v: VERSION,
        uid: uid.to_owned(),
        class: class.to_owned(),
        group: class.to_owned(),
        host: "here".to_owned(),
        incarnation: number,
        every_ms: 1000,
        version: "1.2.3".to_owned(),
        catenae: "0.1.0".to_owned(),
        inputs: vec!["words".to_owned()],
        outputs: Vec::new(),
        methods: methods.iter().map(method).collect(),
    }
}

const FRESH: Duration = Duration::ZERO;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A registry in which these have been heard, as `uid class incarnation`, at zero.
fn heard(all: &[(&str, &str, u64)]) -> Instances {
    let mut instances = Instances::default();
    for (uid, class, incarnation) in all {
        let said = announcement(uid, class, *incarnation, &["count"]);
        assert!(instances.hear(said, FRESH, FRESH).matters());
    }
    instances
}

fn uids(instances: &Instances) -> Vec<String> {
    let all = instances.snapshot();
    all.iter()
        .map(|instance| format!("{}/{}", instance.class(), instance.uid()))
        .collect()
}

#[test]
fn an_announcement_changes_what_it_says() {
    let check = |class: &str, number: u64, method: &str, age: u64, expected: InstanceChange| {
        let mut instances = heard(&[("a", "counter", 5)]);
        instances.timed_out("a", FRESH);
        let said = announcement("a", class, number, &[method]);
        assert_eq!(instances.hear(said, seconds(age), FRESH), expected);
        let timeouts = match expected {
            InstanceChange::Went => None,
            InstanceChange::Replaced => Some(0),
            _ => Some(1),
        };
        let live = instances.live.get("a").map(|live| live.timeouts);
        assert_eq!(live, timeouts, "{expected:?}");
    };
    check("counter", 5, "count", 0, InstanceChange::Stayed);
    check("counter", 5, "other", 0, InstanceChange::Updated);
    check("counter", 6, "count", 0, InstanceChange::Replaced);
    check("mover", 6, "count", 0, InstanceChange::Replaced);
    check("counter", 4, "count", 0, InstanceChange::Ignored);
    // Four seconds after its last word nobody believes that it is there.
    check("counter", 6, "count", 3, InstanceChange::Replaced);
    check("counter", 5, "count", 4, InstanceChange::Ignored);
    // But that it was there ends the incarnation before it.
    check("counter", 6, "count", 4, InstanceChange::Went);
}

#[test]
fn an_instance_moves_with_its_class() {
    let mut instances = heard(&[("a", "counter", 5), ("b", "counter", 1)]);
    instances.hear(announcement("a", "mover", 6, &[]), FRESH, FRESH);
    assert_eq!(uids(&instances), ["counter/b", "mover/a"]);
    assert_eq!(
        instances.withdraw("b", None, FRESH, FRESH),
        InstanceChange::Went
    );
    assert_eq!(instances.classes().collect::<Vec<_>>(), ["mover"]);
}

#[test]
fn what_is_silent_for_three_intervals_and_a_second_is_gone() {
    let mut instances = heard(&[("a", "counter", 5)]);
    assert_eq!(instances.next_due(), Some(seconds(4)));
    assert_eq!(
        instances.expire(seconds(4) - Duration::from_millis(1)),
        InstanceChange::Stayed
    );
    let again = announcement("a", "counter", 5, &["count"]);
    // Written two seconds ago, and so no later than what was heard of it before.
    assert_eq!(
        instances.hear(again, seconds(2), seconds(2)),
        InstanceChange::Stayed
    );
    assert_eq!(instances.next_due(), Some(seconds(4)));
    assert_eq!(instances.expire(seconds(4)), InstanceChange::Went);
    assert_eq!(uids(&instances), [] as [&str; 0]);
    assert_eq!(instances.next_due(), None);
    assert_eq!(instances.latest_incarnation("a"), Some(5), "remembered");
    assert!(!instances.has_said_goodbye("a", seconds(4)));
}

#[test]
fn who_hears_nobody_takes_nobody_for_gone() {
    let mut instances = heard(&[("a", "counter", 5), ("b", "counter", 5)]);
    let say = |instances: &mut Instances, now| {
        instances.hear(announcement("a", "counter", 5, &["count"]), FRESH, now)
    };
    instances.heard_itself(seconds(1));
    // Cut off for ten minutes, it keeps looking, but not in a hurry.
    for now in [7, 10, 600] {
        assert_eq!(
            instances.expire(seconds(now)),
            InstanceChange::Stayed,
            "{now}"
        );
        assert_eq!(instances.next_due(), Some(seconds(now + 1)));
    }
    // It hears again: now they have their time to say that they are there.
    instances.heard_itself(seconds(601));
    assert_eq!(instances.expire(seconds(604)), InstanceChange::Stayed);
    say(&mut instances, seconds(604));
    instances.heard_itself(seconds(604));
    assert_eq!(instances.expire(seconds(605)), InstanceChange::Went);
    assert_eq!(uids(&instances), ["counter/a"]);
    // Nothing is due before its time, and what is due is not late.
    assert_eq!(instances.next_due(), Some(seconds(608)));
}

#[test]
fn an_interval_that_is_absurd_is_not_believed() {
    let mut instances = Instances::default();
    let mut said = announcement("a", "counter", 1, &[]);
    said.every_ms = u64::MAX;
    instances.hear(said, FRESH, FRESH);
    assert_eq!(instances.next_due(), Some(seconds(181)));
}

#[test]
fn a_goodbye_is_believed_for_a_while_and_an_older_incarnation_does_not_come_back() {
    let mut instances = heard(&[("a", "counter", 5)]);
    assert_eq!(
        instances.withdraw("a", None, FRESH, FRESH),
        InstanceChange::Went
    );
    assert_eq!(
        instances.withdraw("a", None, FRESH, FRESH),
        InstanceChange::Ignored
    );
    assert!(instances.has_said_goodbye("a", seconds(59)));
    assert!(!instances.has_said_goodbye("a", seconds(60)));
    assert_eq!(instances.latest_incarnation("a"), Some(5));
    let mut hear = |incarnation| {
        let said = announcement("a", "counter", incarnation, &["count"]);
        instances.hear(said, FRESH, seconds(1))
    };
    assert_eq!(hear(4), InstanceChange::Ignored);
    // A goodbye bears no incarnation: it may have been the older one's, behind the newer one's first word.
    assert_eq!(hear(5), InstanceChange::Came);
    assert_eq!(hear(6), InstanceChange::Replaced);
    assert!(
        !instances.has_said_goodbye("a", seconds(1)),
        "it is there again"
    );
}

#[test]
fn a_goodbye_from_long_ago_says_nothing_about_now() {
    let mut instances = Instances::default();
    instances.withdraw("a", None, seconds(61), FRESH);
    assert!(!instances.has_said_goodbye("a", FRESH));
    assert_eq!(instances.latest_incarnation("a"), None, "never heard");
    instances.withdraw("b", None, seconds(50), FRESH);
    assert!(instances.has_said_goodbye("b", seconds(9)));
    assert!(!instances.has_said_goodbye("b", seconds(10)));
}

#[test]
fn the_choice_is_among_those_with_the_fewest_timeouts() {
    let mut instances = heard(&[
        ("a", "counter", 1),
        ("b", "counter", 1),
        ("c", "counter", 1),
    ]);
    instances.hear(announcement("d", "counter", 1, &["other"]), FRESH, FRESH);
    let check = |instances: &Instances, except: &[&str], expected: &str| {
        let chosen = (0..6).map(
            |draw| match instances.choose("counter", "count", except, draw) {
                Choice::Chosen(instance) => instance.uid(),
                _ => "-",
            },
        );
        assert_eq!(chosen.collect::<String>(), expected);
    };
    check(&instances, &[], "abcabc");
    check(&instances, &["b"], "acacac");
    check(&instances, &["a", "b", "c"], "------");
    instances.timed_out("a", seconds(1));
    check(&instances, &[], "bcbcbc");
    instances.timed_out("b", seconds(1));
    instances.timed_out("b", seconds(1));
    instances.timed_out("c", seconds(1));
    check(&instances, &[], "acacac");
    check(&instances, &["a", "c"], "bbbbbb");
    instances.answered("b");
    check(&instances, &[], "bbbbbb");
    // Nothing is held against anybody for ever; only who is not heard of is gone.
    for uid in ["a", "b", "c"] {
        let said = announcement(uid, "counter", 1, &["count"]);
        instances.hear(said, FRESH, seconds(30));
    }
    instances.expire(seconds(30));
    check(&instances, &["b"], "acacac");
    instances.expire(seconds(31));
    check(&instances, &[], "abcabc");
}

#[test]
fn the_choice_says_why_there_is_none() {
    let mut instances = heard(&[("a", "counter", 1)]);
    instances.hear(
        announcement("b", "counter", 1, &["reset", "count"]),
        FRESH,
        FRESH,
    );
    let check = |class: &str, method: &str, except: &[&str], expected: Choice<'_>| {
        assert_eq!(instances.choose(class, method, except, 0), expected);
    };
    check("nobody", "count", &[], Choice::NobodyOfClass);
    let there = vec!["count".to_owned(), "reset".to_owned()];
    check("counter", "cuont", &[], Choice::NobodyHasMethod(there));
    check("counter", "count", &["b", "a"], Choice::AllExcepted);
    let a = instances.get("a").expect("is live");
    for method in BUILT_IN {
        check("counter", method, &["b"], Choice::Chosen(a));
    }
    let having = |method: &'static str| instances.all().filter(move |one| one.has(method));
    let uids: Vec<&str> = having("reset").map(Instance::uid).collect();
    assert_eq!(uids, ["b"]);
    assert_eq!(having("ping").count(), 2);
}

#[test]
fn the_memory_of_those_who_are_gone_is_bounded() {
    let mut instances = Instances::default();
    for number in 0..=MAX_FORMER {
        let uid = number.to_string();
        instances.hear(announcement(&uid, "counter", 7, &[]), FRESH, FRESH);
        instances.withdraw(&uid, None, FRESH, FRESH);
    }
    assert_eq!(instances.formers.len(), MAX_FORMER);
    assert_eq!(instances.latest_incarnation("0"), None);
    assert_eq!(instances.latest_incarnation("1"), Some(7));
}

#[test]
fn an_instance_tells_what_it_announced() {
    let instances = heard(&[("a", "counter", 5_000_001)]);
    let a = instances.get("a").expect("is live");
    assert_eq!(
        (
            a.uid(),
            a.class(),
            a.group(),
            a.host(),
            a.version(),
            a.catenae()
        ),
        ("a", "counter", "counter", "here", "1.2.3", "0.1.0")
    );
    assert_eq!((a.inputs().len(), a.outputs().len()), (1, 0));
    assert_eq!(a.started(), Duration::from_micros(5_000_001));
    let count = &a.methods()[0];
    assert_eq!((count.name(), count.returned()), ("count", "u64"));
    assert!(count.arguments().is_empty() && !count.takes_state() && !count.is_idempotent());
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Hear {
        uid: u8,
        incarnation: u64,
        class: u8,
        age: u64,
    },
    Withdraw {
        uid: u8,
    },
    Wait {
        seconds: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..4_u8, 1..4_u64, 0..2_u8, 0..6_u64)
            .prop_map(|(uid, incarnation, class, age)| Step::Hear { uid, incarnation, class, age }),
        1 => (0..4_u8).prop_map(|uid| Step::Withdraw { uid }),
        3 => (0..4_u64).prop_map(|seconds| Step::Wait { seconds }),
    ]
}

proptest! {
    /// The naive model: per uid the newest incarnation heard, and until when it is live.
    #[test]
    fn who_is_live_is_what_a_naive_model_says(steps in prop::collection::vec(step(), 1..80)) {
        let mut instances = Instances::default();
        let mut newest: HashMap<u8, u64> = HashMap::new();
        let mut live: BTreeMap<(u8, u8), (u64, u64)> = BTreeMap::new();
        let mut now = 0;
        for step in steps {
            match step {
                Step::Hear { uid, incarnation, class, age } => {
                    let said = announcement(&uid.to_string(), &class.to_string(), incarnation, &[]);
                    let change = instances.hear(said, seconds(age), seconds(now));
                    if newest.get(&uid).is_none_or(|known| *known <= incarnation) && age < 4 {
                        let before = live.iter().find(|((_, of), _)| *of == uid);
                        let before = before.map(|(key, value)| (*key, *value));
                        let kept = before.filter(|(_, (known, _))| *known == incarnation);
                        let until = kept.map_or(0, |(_, (_, until))| until).max(now + 4 - age);
                        prop_assert_eq!(change == InstanceChange::Came, before.is_none());
                        prop_assert_eq!(
                            change == InstanceChange::Replaced,
                            before.is_some() && kept.is_none()
                        );
                        live.retain(|(_, of), _| *of != uid);
                        live.insert((class, uid), (incarnation, until));
                        newest.insert(uid, incarnation);
                    } else {
                        // Too old, or too late: it only ends what began before it.
                        let newer = newest.get(&uid).is_none_or(|known| *known < incarnation);
                        let before = live.len();
                        if newer {
                            newest.insert(uid, incarnation);
                            live.retain(|(_, of), _| *of != uid);
                        }
                        prop_assert_eq!(change == InstanceChange::Went, live.len() < before);
                        prop_assert_eq!(change.matters(), live.len() < before);
                    }
                }
                Step::Withdraw { uid } => {
                    let was = live.keys().any(|(_, of)| *of == uid);
                    let change = instances.withdraw(&uid.to_string(), None, FRESH, seconds(now));
                    prop_assert_eq!(change == InstanceChange::Went, was);
                    live.retain(|(_, of), _| *of != uid);
                }
                Step::Wait { seconds: more } => {
                    now += more;
                    let before = live.len();
                    live.retain(|_, (_, until)| *until > now);
                    let change = instances.expire(seconds(now));
                    prop_assert_eq!(change.matters(), live.len() < before);
                }
            }
            let expected: Vec<String> =
                live.keys().map(|(class, uid)| format!("{class}/{uid}")).collect();
            prop_assert_eq!(uids(&instances), expected);
            for uid in 0..4 {
                let known = newest.get(&uid).copied();
                prop_assert_eq!(instances.latest_incarnation(&uid.to_string()), known);
            }
        }
    }
}

#[test]
fn a_goodbye_that_is_read_late_is_not_the_newer_incarnations() {
    let mut instances = Instances::default();
    instances.hear(announcement("a", "mapper", 2, &[]), FRESH, FRESH);
    assert_eq!(
        instances.withdraw("a", Some(1), FRESH, FRESH),
        InstanceChange::Ignored
    );
    assert!(instances.get("a").is_some());
    assert_eq!(
        instances.withdraw("a", Some(2), FRESH, FRESH),
        InstanceChange::Went
    );
    assert!(instances.get("a").is_none());
}
