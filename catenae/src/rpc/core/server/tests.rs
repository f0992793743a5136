//! What is admitted, and what is remembered.

use super::seen::{LONGEST, MAX_SEEN, SLACK};
use super::*;
use crate::rpc::Caller;
use crate::rpc::core::envelope::VERSION;

const WALL: u64 = 1_000_000;
const NOW: Duration = Duration::from_secs(100);

/// A request of the caller `c` in its incarnation 5 to the instance `a` in its incarnation 7.
fn request() -> Request {
    let mut caller = Caller::new("c", "asker");
    caller.incarnation = 5;
    Request {
        v: VERSION,
        id: 1,
        caller,
        to: Addressee::One("a".to_owned()),
        to_incarnation: Some(7),
        method: "count".to_owned(),
        deadline: WALL + 5000,
        reply: Some(0),
        arguments: bytes::Bytes::new(),
    }
}

fn server() -> Server {
    limited(2, 1000)
}

fn limited(calls: usize, bytes: usize) -> Server {
    let methods = ["count".to_owned(), "reset".to_owned()];
    Server::new("a", 7, methods, ServerLimits { calls, bytes })
}

/// What an instance does that has run `request()` already, with a second one that is changed so.
fn second(
    change: impl FnOnce(&mut Request),
    known_incarnation: Option<u64>,
) -> (Admission, ServerCounters) {
    let mut server = server();
    assert_eq!(server.admit(&request(), None, WALL, NOW), Admission::Run);
    let mut request = request();
    request.id = 2;
    change(&mut request);
    let admission = server.admit(&request, known_incarnation, WALL, NOW);
    (admission, server.counters())
}

#[test]
fn a_request_is_judged_by_whom_it_is_for_when_and_whose_it_is() {
    let check = |what: &str, change: &dyn Fn(&mut Request), expected: Admission| {
        let (admission, counters) = second(change, None);
        assert_eq!(admission, expected, "{what}");
        let counted = match expected {
            Admission::NotForMe => counters.not_for_me + counters.other_incarnation,
            Admission::Expired => counters.expired,
            Admission::Duplicate => counters.duplicates,
            Admission::OldIncarnation => counters.old_incarnations,
            Admission::Refuse(..) => counters.refused,
            Admission::Run => 1,
        };
        assert_eq!(counted, 1, "{what}");
    };
    check("another", &|_| {}, Admission::Run);
    check("to all", &|r| r.to = Addressee::All, Admission::Run);
    check("to others", &|r| r.to = Addressee::Others, Admission::Run);
    check(
        "to others, of itself",
        &|r| {
            r.to = Addressee::Others;
            r.caller.uid = "a".to_owned();
        },
        Admission::NotForMe,
    );
    check(
        "to another",
        &|r| r.to = Addressee::One("b".to_owned()),
        Admission::NotForMe,
    );
    check(
        "to an earlier incarnation",
        &|r| r.to_incarnation = Some(6),
        Admission::NotForMe,
    );
    check(
        "to a later incarnation",
        &|r| r.to_incarnation = Some(8),
        Admission::NotForMe,
    );
    check(
        "to whichever incarnation",
        &|r| r.to_incarnation = None,
        Admission::Run,
    );
    check("past", &|r| r.deadline = WALL, Admission::Expired);
    check("almost past", &|r| r.deadline = WALL + 1, Admission::Run);
    check(
        "at the beginning of time",
        &|r| r.deadline = 0,
        Admission::Expired,
    );
    check(
        "at the end of time",
        &|r| r.deadline = u64::MAX,
        Admission::Run,
    );
    check("again", &|r| r.id = 1, Admission::Duplicate);
    check(
        "again, to all",
        &|r| {
            r.id = 1;
            r.to = Addressee::All;
        },
        Admission::Duplicate,
    );
    check(
        "of an older incarnation",
        &|r| r.caller.incarnation = 4,
        Admission::OldIncarnation,
    );
    check(
        "of a newer incarnation with the same number",
        &|r| {
            r.id = 1;
            r.caller.incarnation = 6;
        },
        Admission::Run,
    );
    check(
        "of another with the same number",
        &|r| {
            r.id = 1;
            r.caller.uid = "d".to_owned();
            r.caller.incarnation = 1;
        },
        Admission::Run,
    );
    check(
        "a built-in one",
        &|r| r.method = "ping".to_owned(),
        Admission::Run,
    );
    let detail = "it has `count`, `reset`".to_owned();
    check(
        "an unknown one",
        &|r| r.method = "cuont".to_owned(),
        Admission::Refuse(CallErrorKind::UnknownMethod, detail),
    );
}

#[test]
fn a_newer_incarnation_that_the_registry_knows_ends_an_older_one() {
    let check = |known, expected| assert_eq!(second(|_| {}, known).0, expected);
    check(Some(4), Admission::Run);
    check(Some(5), Admission::Run);
    check(Some(6), Admission::OldIncarnation);
}

#[test]
fn what_is_past_the_limit_is_refused_and_never_runs() {
    let mut server = server();
    let over = request();
    let admit = |server: &mut Server, id| {
        let request = Request { id, ..request() };
        server.admit(&request, None, WALL, NOW)
    };
    assert_eq!(admit(&mut server, 1), Admission::Run);
    assert_eq!(admit(&mut server, 2), Admission::Run);
    let detail = "2 are under way, which is the limit".to_owned();
    let busy = Admission::Refuse(CallErrorKind::Busy, detail);
    assert_eq!(admit(&mut server, 3), busy);
    server.count(Done::Ran);
    server.release(&over);
    assert_eq!(server.in_flight(), 1);
    // Its caller has asked another instance meanwhile.
    assert_eq!(admit(&mut server, 3), Admission::Duplicate);
    assert_eq!(admit(&mut server, 4), Admission::Run);
    server.count(Done::Expired);
    server.release(&over);
    server.stopping();
    let stopping = Admission::Refuse(CallErrorKind::Stopping, String::new());
    assert_eq!(admit(&mut server, 5), stopping);
    assert_eq!(server.in_flight(), 1, "what is under way goes on");
    server.count(Done::Refused);
    server.release(&over);
    let expected = ServerCounters {
        expired: 1,
        duplicates: 1,
        refused: 3,
        ran: 1,
        ..ServerCounters::default()
    };
    assert_eq!(server.counters(), expected);
}

#[test]
fn the_bytes_under_way_have_a_limit_too() {
    let mut server = limited(1000, 100);
    let of = |id, method: &str, bytes: usize| Request {
        id,
        method: method.to_owned(),
        arguments: vec![0; bytes].into(),
        ..request()
    };
    let admit = |server: &mut Server, request: &Request| {
        let admission = server.admit(request, None, WALL, NOW);
        match &admission {
            Admission::Refuse(CallErrorKind::Busy, detail) => {
                assert!(detail.contains("bytes, and the limit is 100"), "{detail}");
                false
            }
            other => *other == Admission::Run,
        }
    };
    // One that is alone runs whatever its size: the broker has let it pass.
    let huge = of(1, "count", 500);
    assert!(admit(&mut server, &huge));
    assert!(!admit(&mut server, &of(2, "count", 1)));
    server.count(Done::Ran);
    server.release(&huge);
    assert!(admit(&mut server, &of(3, "count", 60)));
    assert!(admit(&mut server, &of(4, "count", 40)));
    assert!(!admit(&mut server, &of(5, "count", 1)));
    // Whoever looks after it has more room, but not any.
    assert!(admit(&mut server, &of(6, "log_level", 100)));
    assert!(!admit(&mut server, &of(7, "log_level", 1)));
}

#[test]
fn a_request_is_remembered_until_a_while_after_its_deadline() {
    let check = |deadline: u64, remembered: Duration| {
        let mut server = server();
        let mut request = request();
        request.deadline = WALL + deadline;
        server.admit(&request, None, WALL, NOW);
        let end = NOW + remembered + SLACK;
        assert_eq!(server.remembered(end - Duration::from_millis(1)), 1);
        assert_eq!(server.remembered(end), 0);
        assert!(server.seen.is_empty());
    };
    check(1, Duration::from_millis(1));
    check(5000, Duration::from_secs(5));
    check(3_600_000, LONGEST);
    check(3_600_001, LONGEST);
    check(u64::MAX - WALL, LONGEST);
}

#[test]
fn the_memory_is_bounded_and_forgets_the_nearest_deadline() {
    let mut server = limited(usize::MAX, 1000);
    let mut request = request();
    let mut admit = |id: u64, deadline| {
        request.id = id;
        request.deadline = WALL + deadline;
        server.admit(&request, None, WALL, NOW)
    };
    let last = u64::try_from(MAX_SEEN).expect("fits");
    for id in 0..=last {
        let deadline = if id == 7 { 1000 } else { 5000 };
        assert_eq!(admit(id, deadline), Admission::Run);
    }
    assert_eq!(admit(8, 5000), Admission::Duplicate);
    assert_eq!(admit(7, 5000), Admission::Run, "it was forgotten");
    assert_eq!(server.remembered(NOW), MAX_SEEN);
}
