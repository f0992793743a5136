//! Calls that one instance answers.

use super::*;

#[test]
fn an_instance_is_asked_and_answers() {
    check(
        [come("a"), Do::Ask(at("a")), Do::Value("a", 1)],
        &["1 > counter/a#1", "1 = a"],
    );
    check(
        [
            come("a"),
            Do::Ask(any()),
            Do::Ask(any()),
            Do::Value("a", 2),
            Do::Value("a", 1),
        ],
        &["1 > counter/a#1", "2 > counter/a#1", "2 = a", "1 = a"],
    );
    // A method of its own is asked beside the lane, and from it when it does not take the state.
    let me = || Do::Come("me", "asker", 5, &["count", "peek"]);
    check([me(), Do::Ask(at("me"))], &["1 > asker/me#5"]);
    let mut peek = at("me");
    peek.method = "peek".to_owned();
    check([me(), from_lane(peek)], &["1 > asker/me#5"]);
}

#[test]
fn one_that_is_not_known_is_waited_for() {
    check(
        [Do::Ask(at("a")), Do::Wait(1000), come("a")],
        &["1 > counter/a#1"],
    );
    check([Do::Ask(any()), come("a")], &["1 > counter/a#1"]);
    check([Do::Ask(at("a")), Do::Wait(2999)], &[]);
    check(
        [Do::Ask(at("a")), Do::Wait(3000)],
        &["1 ! no_instance: no instance is known"],
    );
    check(
        [come("b"), Do::Ask(at("a")), Do::Wait(3000)],
        &["1 ! no_instance: known: `b` of `counter`"],
    );
    let many = ["b", "c", "d", "e", "f", "g", "h"].map(come);
    let script = many.into_iter().chain([Do::Ask(at("a")), Do::Wait(3000)]);
    let detail = "known: `b` of `counter`, `c` of `counter`, `d` of `counter`, `e` of `counter`, \
                  `f` of `counter` and 2 more";
    check(script, &[&format!("1 ! no_instance: {detail}")]);
    let other = || Do::Come("x", "mover", 1, COUNT);
    check(
        [other(), Do::Ask(any()), Do::Wait(3000)],
        &["1 ! no_instance: known: `mover`"],
    );
}

#[test]
fn one_that_said_goodbye_is_not_waited_for() {
    check(
        [come("a"), Do::Bye("a"), Do::Ask(at("a"))],
        &["! no_instance: it has stopped"],
    );
    let again = Do::Come("a", "counter", 2, COUNT);
    check(
        [come("a"), Do::Bye("a"), again, Do::Ask(at("a"))],
        &["1 > counter/a#2"],
    );
    // Of the class another one may come.
    check(
        [come("a"), Do::Bye("a"), Do::Ask(any()), come("b")],
        &["1 > counter/b#1"],
    );
}

#[test]
fn a_method_that_nobody_has_is_said_at_once() {
    check(
        [come("a"), of_method(at("a"), "cuont")],
        &["! unknown_method: there are `count`"],
    );
    check(
        [come("a"), of_method(any(), "cuont")],
        &["! unknown_method: there are `count`"],
    );
    let bare = || Do::Come("a", "counter", 1, &[]);
    check(
        [bare(), Do::Ask(any())],
        &["! unknown_method: there are only the built-in ones"],
    );
    check([bare(), of_method(at("a"), "ping")], &["1 > counter/a#1"]);
    // Also when it comes later.
    check(
        [Do::Ask(at("a")), bare()],
        &["1 ! unknown_method: there are only the built-in ones"],
    );
    // One that has it is asked, whoever has not.
    check([bare(), come("b"), Do::Ask(any())], &["1 > counter/b#1"]);
}

#[test]
fn a_function_does_not_wait_for_itself() {
    let me = || Do::Come("me", "asker", 5, COUNT);
    let of_own = || question(Target::Any("asker".to_owned()));
    check([me(), from_lane(at("me"))], &["! itself"]);
    check([from_lane(at("me"))], &["! itself"]);
    check(
        [me(), from_lane(of_own())],
        &["! itself: there is no other instance"],
    );
    let other = || Do::Come("other", "asker", 1, COUNT);
    check([me(), other(), from_lane(of_own())], &["1 > asker/other#1"]);
    check(
        [
            me(),
            other(),
            from_lane(of_own()),
            Do::No("other", 1, "busy"),
        ],
        &["1 > asker/other#1", "1 ! busy: instance `other`: why"],
    );
    // It may tell itself what it does later.
    check([me(), told(at("me"))], &["1 > asker/me#5 silently", "1 = "]);
    let mut later = at("me");
    later.wanted = Wanted::Nothing;
    check(
        [me(), from_lane(later)],
        &["1 > asker/me#5 silently", "1 = "],
    );
}

#[test]
fn a_refusal_ends_the_call() {
    for word in [
        "busy",
        "stopping",
        "unknown_method",
        "arguments",
        "panicked",
    ] {
        check(
            [come("a"), Do::Ask(at("a")), Do::No("a", 1, word)],
            &["1 > counter/a#1", &format!("1 ! {word}: why")],
        );
    }
    for word in ["unknown_method", "arguments", "panicked", "too_large"] {
        check(
            [come("a"), come("b"), Do::Ask(any()), Do::No("a", 1, word)],
            &["1 > counter/a#1", &format!("1 ! {word}: instance `a`: why")],
        );
    }
}

#[test]
fn one_that_is_gone_is_not_waited_for() {
    let lost = |why: &str| format!("1 ! lost: {why}");
    let check = |step: Do, why: &str| {
        check(
            [come("a"), come("b"), Do::Ask(at("a")), step, Do::Wait(500)],
            &["1 > counter/a#1", &lost(why)],
        );
    };
    check(Do::Bye("a"), "it has stopped");
    check(Do::Come("a", "counter", 2, COUNT), "it was started again");
    // By silence.
    let mut long = at("a");
    long.timeout = Duration::from_secs(3600);
    let mut bench = Bench::run([come("a")]);
    let opened = bench
        .client
        .open(long, &bench.instances, bench.now, WALL, 0);
    assert_eq!(opened, Ok(CallId(1)));
    let _ = bench.client.take_effects();
    bench.step(Do::Wait(181_000));
    assert_eq!(bench.said, ["1 ! lost: it no longer announces itself"]);
    // Others are gone without harm.
    let mut bench = Bench::run([come("a"), come("b"), Do::Ask(at("a")), Do::Bye("b")]);
    assert_eq!(bench.said, ["1 > counter/a#1"]);
    // That it says something else of itself does not end its calls.
    bench.step(Do::Come("a", "counter", 1, &["other"]));
    assert_eq!(bench.said, ["1 > counter/a#1"]);
}

#[test]
fn a_call_ends_at_its_deadline() {
    check(
        [
            come("a"),
            Do::Ask(at("a")),
            Do::Wait(2999),
            Do::Wait(1),
            Do::Value("a", 1),
        ],
        &["1 > counter/a#1", "1 ! timeout"],
    );
    check(
        [come("a"), Do::Ask(any()), Do::Wait(5000)],
        &["1 > counter/a#1", "1 ! timeout: asked `a`"],
    );
    let mut none = any();
    none.timeout = Duration::ZERO;
    check(
        [come("a"), Do::Ask(none)],
        &["! timeout: its timeout was zero; nothing was sent"],
    );
    // The least time there is is some.
    let mut least = any();
    least.timeout = Duration::from_nanos(1);
    check([come("a"), Do::Ask(least)], &["1 > counter/a#1"]);
    let mut most = any();
    most.timeout = Duration::MAX;
    let mut bench = Bench::run([come("a")]);
    assert!(
        bench
            .client
            .open(most, &bench.instances, bench.now, u64::MAX, 0)
            .is_ok()
    );
}

#[test]
fn what_is_told_ends_when_it_is_sent() {
    check(
        [come("a"), told(at("a")), told(any())],
        &[
            "1 > counter/a#1 silently",
            "1 = ",
            "2 > counter/a#1 silently",
            "2 = ",
        ],
    );
    check(
        [told(any()), Do::Wait(10), come("a"), Do::Value("a", 1)],
        &["1 > counter/a#1 silently", "1 = "],
    );
    check(
        [told(any()), Do::Wait(3000)],
        &["1 ! no_instance: no instance is known"],
    );
}

#[test]
fn what_could_not_be_sent_ends_the_call() {
    check(
        [
            come("a"),
            Do::Ask(at("a")),
            Do::Unsent(1, "counter", Some("a")),
        ],
        &["1 > counter/a#1", "1 ! too_large: why"],
    );
    check(
        [
            come("a"),
            twice(any()),
            come("b"),
            Do::Wait(1000),
            Do::Unsent(1, "counter", Some("b")),
        ],
        &["1 > counter/a#1", "1 > counter/b#1"],
    );
    check(
        [come("a"), told(any()), Do::Unsent(1, "counter", Some("a"))],
        &["1 > counter/a#1 silently", "1 = "],
    );
}
