//! Calls that many instances answer.

use super::*;

fn quorum(answers: usize) -> Do {
    let mut question = all();
    question.wanted = Wanted::Answers(Some(answers));
    Do::Ask(question)
}

/// Two instances of `counter` that have the method, and one that has not.
fn class() -> impl Iterator<Item = Do> {
    [come("a"), come("b"), Do::Come("z", "counter", 1, &[])].into_iter()
}

#[track_caller]
fn check_class(script: impl IntoIterator<Item = Do>, expected: &str) {
    check(class().chain(script), &["1 > counter/all", expected]);
}

#[test]
fn all_answer_in_the_order_in_which_they_do() {
    check(
        class().chain([Do::Ask(all()), Do::Value("b", 1)]),
        &["1 > counter/all"],
    );
    check_class(
        [Do::Ask(all()), Do::Value("b", 1), Do::Value("a", 1)],
        "1 = b, a",
    );
    // Who was not known to be there may answer, too; that it has no such method is no news.
    check_class(
        [
            Do::Ask(all()),
            Do::Value("new", 1),
            Do::Value("new", 1),
            Do::No("z", 1, "unknown_method"),
            Do::No("newer", 1, "busy"),
            Do::Value("a", 1),
            Do::Value("a", 1),
            Do::Value("b", 1),
        ],
        "1 = new, a, b, no newer (busy: why)",
    );
}

#[test]
fn who_is_missing_is_told_with_the_reason() {
    check_class(
        [
            Do::Ask(all()),
            Do::No("b", 1, "busy"),
            Do::No("b", 1, "busy"),
            Do::Value("a", 1),
        ],
        "1 = a, no b (busy: why)",
    );
    check_class(
        [
            Do::Ask(all()),
            Do::Value("b", 1),
            Do::Bye("a"),
            Do::Wait(500),
        ],
        "1 = b, no a (lost)",
    );
    check_class(
        [
            Do::Ask(all()),
            Do::Value("b", 1),
            Do::Bye("a"),
            Do::Wait(499),
            Do::Value("a", 1),
        ],
        "1 = b, a",
    );
    let again = Do::Come("a", "counter", 2, COUNT);
    check_class(
        [Do::Ask(all()), again, Do::Value("b", 1)],
        "1 = b, no a (lost)",
    );
    check_class(
        [Do::Ask(all()), Do::Bye("a"), Do::Bye("b"), Do::Wait(500)],
        "1 = no a (lost), no b (lost)",
    );
    check_class(
        [Do::Ask(all()), Do::Value("b", 1), Do::Wait(3000)],
        "1 = b, no a (timeout)",
    );
    check_class(
        [Do::Ask(all()), Do::Unsent(1, "counter", None)],
        "1 = no a (too_large: why), no b (too_large: why)",
    );
    // The answer of one that is gone was on its way.
    check_class(
        [
            Do::Ask(all()),
            Do::Bye("a"),
            Do::Value("a", 1),
            Do::Value("b", 1),
        ],
        "1 = a, b",
    );
}

#[test]
fn a_quorum_of_answers_is_enough() {
    check_class(
        [quorum(1), Do::No("b", 1, "busy"), Do::Value("a", 1)],
        "1 = a, no b (busy: why)",
    );
    check_class(
        [quorum(1), Do::Value("b", 1)],
        "1 = b, no a (timeout: enough others had answered)",
    );
    check_class(
        [quorum(9), Do::Value("b", 1), Do::Value("a", 1)],
        "1 = b, a",
    );
    let rest =
        "no a (timeout: enough others had answered), no b (timeout: enough others had answered)";
    check_class([quorum(0)], &format!("1 = {rest}"));
    // Those whose answers were not waited for are as good as before.
    let script = class().chain([quorum(1), Do::Value("b", 1), Do::Ask(any())]);
    let bench = Bench::run(script);
    assert_eq!(bench.said[2], "2 > counter/a#1");
}

#[test]
fn everybody_who_has_it_is_asked_class_by_class() {
    let script = || {
        let mover = [
            Do::Come("m", "mover", 1, COUNT),
            Do::Come("n", "other", 1, &[]),
        ];
        class()
            .chain(mover)
            .chain([Do::Ask(question(Target::Everybody))])
    };
    let sent = ["1 > counter/all", "1 > mover/all"];
    check(script(), &sent);
    let answers = [Do::Value("m", 1), Do::Value("a", 1), Do::Value("b", 1)];
    check(script().chain(answers), &[sent[0], sent[1], "1 = m, a, b"]);
    let unsent = [Do::Unsent(1, "counter", None), Do::Value("m", 1)];
    let expected = "1 = m, no a (too_large: why), no b (too_large: why)";
    check(script().chain(unsent), &[sent[0], sent[1], expected]);
}

#[test]
fn somebody_is_waited_for_and_a_method_that_nobody_has_is_not() {
    check(
        [Do::Ask(all()), Do::Wait(10), come("a")],
        &["1 > counter/all"],
    );
    check(
        [Do::Ask(all()), Do::Wait(3000)],
        &["1 ! no_instance: no instance is known"],
    );
    let everybody = || question(Target::Everybody);
    check(
        [Do::Ask(everybody()), Do::Wait(3000)],
        &["1 ! no_instance: no instance is known"],
    );
    let unknown = &["! unknown_method: there are `count`"];
    check([come("a"), of_method(all(), "cuont")], unknown);
    // Of everybody, somebody who has it may come yet.
    let late = [
        come("a"),
        of_method(everybody(), "move"),
        Do::Wait(10),
        Do::Come("m", "mover", 1, &["move"]),
    ];
    check(late, &["1 > mover/all"]);
    check(
        [come("a"), of_method(everybody(), "cuont"), Do::Wait(3000)],
        &["1 ! unknown_method: there are `count`"],
    );
    check(
        [come("a"), of_method(everybody(), "ping")],
        &["1 > counter/all"],
    );
}

#[test]
fn a_function_does_not_wait_for_itself_among_others() {
    let me = || Do::Come("me", "asker", 5, COUNT);
    let other = || Do::Come("other", "asker", 1, COUNT);
    let of_own = || question(Target::All("asker".to_owned()));
    check([me(), from_lane(of_own())], &["1 = no me (itself)"]);
    check(
        [me(), other(), from_lane(of_own()), Do::Value("other", 1)],
        &["1 > asker/others", "1 = other, no me (itself)"],
    );
    check(
        [
            me(),
            come("a"),
            from_lane(question(Target::Everybody)),
            Do::Value("a", 1),
        ],
        &["1 > counter/all", "1 = a, no me (itself)"],
    );
    check([me(), other(), Do::Ask(of_own())], &["1 > asker/all"]);
    let mut later = of_own();
    later.wanted = Wanted::Nothing;
    check(
        [me(), other(), from_lane(later)],
        &["1 > asker/all silently", "1 = "],
    );
}

#[test]
fn those_who_do_not_answer_are_asked_last() {
    let script = class().chain([
        Do::Ask(all()),
        Do::Value("b", 1),
        Do::Wait(3000),
        Do::Ask(any()),
    ]);
    assert_eq!(Bench::run(script).said[2], "2 > counter/b#1");
}
