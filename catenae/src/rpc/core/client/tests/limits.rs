//! Replies that belong to nothing, bounds, and the end.

use super::*;

#[test]
fn a_reply_that_belongs_to_nothing_is_counted() {
    let check = |what: &str, change: &dyn Fn(&mut Reply), expected: ClientCounters| {
        // Call 1 has ended, 2 has asked `a`, 3 asks all and has heard `a`, 4 waits for somebody.
        let mut bench = Bench::run([
            come("a"),
            come("b"),
            Do::Ask(at("a")),
            Do::Value("a", 1),
            Do::Ask(at("a")),
            Do::Ask(all()),
            Do::Value("a", 3),
            Do::Ask(at("nobody")),
        ]);
        let said = bench.said.len();
        let mut reply = value("a", 2);
        change(&mut reply);
        bench
            .client
            .on_reply(reply, &mut bench.instances, bench.now);
        assert_eq!(bench.client.take_effects(), [], "{what}");
        assert_eq!(bench.client.counters(), expected, "{what}");
        bench.step(Do::Value("a", 2));
        bench.step(Do::Value("b", 3));
        assert_eq!(bench.said[said..], ["2 = a", "3 = a, b"], "{what}");
    };
    let none = ClientCounters::default();
    check(
        "to another",
        &|r| r.to = "you".to_owned(),
        ClientCounters {
            for_others: 1,
            ..none
        },
    );
    check(
        "to an older incarnation",
        &|r| r.incarnation = 4,
        ClientCounters {
            other_incarnation: 1,
            ..none
        },
    );
    check(
        "to a newer incarnation",
        &|r| r.incarnation = 6,
        ClientCounters {
            other_incarnation: 1,
            ..none
        },
    );
    check(
        "to a call that ended",
        &|r| r.id = 1,
        ClientCounters { late: 1, ..none },
    );
    check(
        "to no call",
        &|r| r.id = 5,
        ClientCounters { unknown: 1, ..none },
    );
    check(
        "to the zeroth call",
        &|r| r.id = 0,
        ClientCounters { unknown: 1, ..none },
    );
    check(
        "to the last call",
        &|r| r.id = u64::MAX,
        ClientCounters { unknown: 1, ..none },
    );
    check(
        "to a call that waits",
        &|r| r.id = 4,
        ClientCounters { unasked: 1, ..none },
    );
    check(
        "from another",
        &|r| r.from = "b".to_owned(),
        ClientCounters { unasked: 1, ..none },
    );
    check(
        "a second time",
        &|r| r.id = 3,
        ClientCounters {
            repeated: 1,
            ..none
        },
    );
}

#[test]
fn answers_of_strangers_are_bounded() {
    let mut bench = Bench::run([come("a"), Do::Ask(all())]);
    for number in 0..2000 {
        let stranger = value(&number.to_string(), 1);
        bench
            .client
            .on_reply(stranger, &mut bench.instances, bench.now);
    }
    assert_eq!(bench.client.counters().unasked, 2000 - 1024);
    bench.step(Do::Value("a", 1));
    assert_eq!(bench.client.open_calls(), 0);
}

#[test]
fn so_many_calls_are_open_at_once_and_no_more() {
    let mut bench = Bench::run([come("a")]);
    let open =
        |client: &mut Client| client.open(at("a"), &bench.instances, Duration::ZERO, WALL, 0);
    for _ in 0..MAX_OPEN {
        assert!(open(&mut bench.client).is_ok());
    }
    let kind = open(&mut bench.client).map_err(|error| error.kind());
    assert_eq!(kind, Err(CallErrorKind::Busy));
    let _ = bench.client.take_effects();
    bench.step(Do::Value("a", 1));
    bench.step(Do::Ask(at("a")));
    assert_eq!(
        bench.said,
        ["1 = a", &format!("{} > counter/a#1", MAX_OPEN + 1)]
    );
    bench.said.clear();
    bench.step(Do::Wait(3000));
    assert_eq!(bench.said.len(), MAX_OPEN);
    assert!(bench.client.calls.is_empty() && bench.client.due.is_empty());
}

#[test]
fn what_open_calls_hold_is_bounded() {
    let mut bench = Bench::run([come("a")]);
    let open = |bench: &mut Bench, bytes: usize| {
        let mut question = at("a");
        question.arguments = vec![0; bytes];
        let Bench {
            client, instances, ..
        } = bench;
        let opened = client.open(question, instances, Duration::ZERO, WALL, 0);
        opened.map_err(|error| error.kind())
    };
    // Alone it is as large as the broker lets it be.
    assert!(open(&mut bench, MAX_HELD + 1).is_ok());
    assert_eq!(open(&mut bench, 1), Err(CallErrorKind::Busy));
    let _ = bench.client.take_effects();
    bench.step(Do::Value("a", 1));
    assert!(open(&mut bench, MAX_HELD - 1).is_ok());
    assert!(open(&mut bench, 1).is_ok());
    assert_eq!(open(&mut bench, 1), Err(CallErrorKind::Busy));
    let _ = bench.client.take_effects();
    bench.step(Do::Wait(3000));
    assert_eq!(bench.client.held, 0);
}

#[test]
fn a_stop_ends_what_is_open() {
    check(
        [
            come("a"),
            Do::Ask(at("nobody")),
            Do::Ask(at("a")),
            Do::Ask(all()),
            Do::Shutdown,
            Do::Value("a", 2),
            Do::Ask(at("a")),
        ],
        &[
            "2 > counter/a#1",
            "3 > counter/all",
            "1 ! stopping: this micromodule has stopped",
            "2 ! timeout: this micromodule has stopped",
            "3 = no a (timeout: this micromodule has stopped)",
            "! stopping: this micromodule has stopped",
        ],
    );
}

#[test]
fn nothing_is_asked_before_it_is_known_where_the_answers_come() {
    let me = Caller::new("me", "asker");
    let mut client = Client::new(me, []);
    let mut instances = Instances::default();
    let now = Duration::ZERO;
    instances.hear(announcement("a", "counter", 1, COUNT), now, now);
    let mut open = |question: Question| {
        assert!(client.open(question, &instances, now, WALL, 0).is_ok());
        client.take_effects().len()
    };
    assert_eq!(open(any()), 0);
    let mut notice = any();
    notice.wanted = Wanted::Nothing;
    // Nor what wants no answer: others may be there who are not known yet.
    assert_eq!(open(notice), 0);
    client.set_reply_partition(3, &instances, now);
    let sent = client.take_effects();
    let replies = sent.iter().filter_map(|effect| match effect {
        Effect::Send { request, .. } => Some(request.reply),
        Effect::End { .. } => None,
    });
    assert_eq!(replies.collect::<Vec<_>>(), [Some(3), None]);
    // It may stay unknown.
    let mut client = Client::new(Caller::new("me", "asker"), []);
    assert!(client.open(any(), &instances, now, WALL, 0).is_ok());
    client.on_tick(&mut instances, Duration::from_secs(3));
    let effects = client.take_effects();
    let [
        Effect::End {
            ending: Err(error), ..
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}");
    };
    assert_eq!(error.kind(), CallErrorKind::Unsent);
    assert_eq!(error.after(), Duration::from_secs(3));
}
