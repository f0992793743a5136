//! When another one is asked, and which.

use super::*;

#[test]
fn one_that_is_busy_or_stopping_lets_another_one_do_it() {
    check(
        [
            come("a"),
            come("b"),
            Do::Ask(any()),
            Do::No("a", 1, "busy"),
            Do::Value("b", 1),
        ],
        &["1 > counter/a#1", "1 > counter/b#1", "1 = b"],
    );
    // Each is asked once; when all have refused the last one is the answer.
    check(
        [
            come("a"),
            come("b"),
            Do::Ask(any()),
            Do::No("a", 1, "stopping"),
            Do::No("a", 1, "stopping"),
            Do::No("b", 1, "busy"),
        ],
        &[
            "1 > counter/a#1",
            "1 > counter/b#1",
            "1 ! busy: instance `b`: why",
        ],
    );
    // What one that has refused says later is not heard.
    check(
        [
            come("a"),
            come("b"),
            Do::Ask(any()),
            Do::No("a", 1, "busy"),
            Do::Value("a", 1),
        ],
        &["1 > counter/a#1", "1 > counter/b#1"],
    );
    // One that is lost may have run it: nobody else is asked.
    check(
        [
            come("a"),
            come("b"),
            Do::Ask(any()),
            Do::Bye("a"),
            Do::Wait(500),
        ],
        &["1 > counter/a#1", "1 ! lost: instance `a`: it has stopped"],
    );
    // What it has said before its goodbye may be read behind it.
    let late = || {
        [
            come("a"),
            come("b"),
            Do::Ask(any()),
            Do::Bye("a"),
            Do::Wait(499),
        ]
        .into_iter()
    };
    check(
        late().chain([Do::No("a", 1, "stopping")]),
        &["1 > counter/a#1", "1 > counter/b#1"],
    );
    check(
        late().chain([Do::Value("a", 1)]),
        &["1 > counter/a#1", "1 = a"],
    );
    // A new incarnation is another instance.
    let again = Do::Come("a", "counter", 2, COUNT);
    check(
        [
            come("a"),
            come("b"),
            Do::Ask(any()),
            Do::No("a", 1, "stopping"),
            again,
            Do::No("b", 1, "busy"),
        ],
        &["1 > counter/a#1", "1 > counter/b#1", "1 > counter/a#2"],
    );
    // That one is lost is worse than that another one refused.
    check(
        [
            come("a"),
            come("b"),
            Do::Ask(any()),
            Do::No("a", 1, "busy"),
            Do::Bye("b"),
            Do::Wait(500),
        ],
        &[
            "1 > counter/a#1",
            "1 > counter/b#1",
            "1 ! lost: instance `b`: it has stopped",
        ],
    );
}

#[test]
fn what_may_run_twice_is_asked_elsewhere_after_a_third_of_its_time() {
    let two = || [come("a"), come("b")].into_iter();
    let check = |script: Vec<Do>, expected: &[&str]| check(two().chain(script), expected);
    check(vec![twice(any()), Do::Wait(999)], &["1 > counter/a#1"]);
    let both = ["1 > counter/a#1", "1 > counter/b#1"];
    check(vec![twice(any()), Do::Wait(1000)], &both);
    check(vec![Do::Ask(any()), Do::Wait(1000)], &both[..1]);
    check(vec![twice(at("a")), Do::Wait(1000)], &both[..1]);
    // The first answer is taken, whoever gives it.
    for first in ["a", "b"] {
        let expected = [both[0], both[1], &format!("1 = {first}")];
        check(
            vec![twice(any()), Do::Wait(1000), Do::Value(first, 1)],
            &expected,
        );
    }
    // A refusal of one of them leaves the other.
    check(
        vec![twice(any()), Do::Wait(1000), Do::No("a", 1, "busy")],
        &both,
    );
    let expected = [both[0], both[1], "1 = b"];
    check(
        vec![
            twice(any()),
            Do::Wait(1000),
            Do::No("a", 1, "busy"),
            Do::Value("b", 1),
        ],
        &expected,
    );
    for word in ["arguments", "unknown_method"] {
        check(
            vec![twice(any()), Do::Wait(1000), Do::No("a", 1, word)],
            &both,
        );
    }
    // That it panicked is an answer.
    let expected = [both[0], both[1], "1 ! panicked: instance `a`: why"];
    check(
        vec![twice(any()), Do::Wait(1000), Do::No("a", 1, "panicked")],
        &expected,
    );
    // Nobody is asked twice.
    let expected = [both[0], both[1], "1 ! timeout: asked `a`, `b`"];
    check(
        vec![twice(any()), Do::Wait(1000), Do::Wait(1000), Do::Wait(1000)],
        &expected,
    );
    // Whoever is lost is replaced at once, and its answer is taken if it was on its way.
    check(vec![twice(any()), Do::Bye("a")], &both);
    check(
        vec![twice(any()), Do::Bye("a"), Do::Wait(500), Do::Value("a", 1)],
        &[both[0], both[1], "1 = a"],
    );
    check(
        vec![twice(any()), Do::Bye("a"), Do::Bye("b"), Do::Wait(500)],
        &[both[0], both[1], "1 ! lost: instance `a`: it has stopped"],
    );
}

#[test]
fn those_who_do_not_answer_are_asked_last() {
    let mut bench = Bench::run([come("a"), come("b"), Do::Ask(any()), Do::Wait(3000)]);
    bench.step(Do::Ask(any()));
    bench.step(Do::No("b", 2, "panicked"));
    bench.step(Do::Ask(any()));
    assert_eq!(bench.said[2], "2 > counter/b#1");
    assert_eq!(
        bench.said[4], "3 > counter/b#1",
        "one that panics does answer"
    );
    // So is one for which another one had to answer.
    let mut bench = Bench::run([
        come("a"),
        come("b"),
        twice(any()),
        Do::Wait(1000),
        Do::Value("b", 1),
    ]);
    bench.step(Do::Ask(any()));
    assert_eq!(
        bench.said.last().map(String::as_str),
        Some("2 > counter/b#1")
    );
}
