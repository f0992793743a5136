//! Topologies and what is wrong with them.

use std::any::TypeId;

use super::*;
use crate::config::Config;
use crate::outcome::OnError;
use crate::topology::stages::tests::link;

/// One link of a topology on paper. The types stand for functions: different ones, different functions.
struct Paper {
    config: Config,
    link: TypeId,
    path: &'static str,
    instances: usize,
    takes_message: bool,
    returns: &'static str,
    methods: Vec<&'static str>,
}

struct One;
struct Other;

impl Paper {
    fn new(class: &'static str, inputs: &[&str], outputs: &[&str]) -> Self {
        let config = link(class, inputs, outputs);
        Self {
            config,
            link: TypeId::of::<One>(),
            path: class,
            instances: 1,
            takes_message: !inputs.is_empty(),
            returns: "()",
            methods: Vec::new(),
        }
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            link: self.link,
            path: self.path,
            instances: self.instances,
            config: &self.config,
            takes_message: self.takes_message,
            returns: self.returns,
            methods: self.methods.clone(),
        }
    }
}

/// What is said of these links, each mistake in its words.
fn said(links: &[Paper], external: &[(Direction, &str)], reach: Reach) -> Vec<String> {
    let mut declared = External::default();
    for (direction, stream) in external {
        declared.add(*direction, (*stream).into());
    }
    let facts: Vec<Facts<'_>> = links.iter().map(Paper::facts).collect();
    let found = mistakes(&facts, &declared, reach);
    found.iter().map(ToString::to_string).collect()
}

/// What is said begins with these words, mistake by mistake, and there is no other.
#[track_caller]
fn check(links: &[Paper], external: &[(Direction, &str)], expected: &[&str]) {
    let said = said(links, external, Reach::Alone);
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.contains(expected), "{said}\nhas no: {expected}");
    }
}

fn source() -> Paper {
    Paper::new("source", &[], &["words"])
}

fn show() -> Paper {
    Paper::new("show", &["words"], &[])
}

#[test]
fn a_whole_topology_has_no_mistakes() {
    check(&[source(), show()], &[], &[]);
    let mut four = show();
    four.instances = 4;
    check(&[four, source()], &[], &[]);
    // What a link sends to itself, and dead letters that another reads.
    let mut critic = Paper::new("critic", &["words", "again"], &["again"]);
    critic.config.policy.on_error.handler = OnError::DeadLetter;
    let undertaker = Paper::new("undertaker", &["words.critic.dlq"], &[]);
    check(&[source(), critic, undertaker], &[], &[]);
    // Two groups read one stream.
    check(
        &[source(), show(), Paper::new("count", &["words"], &[])],
        &[],
        &[],
    );
    let ticker = || {
        let mut ticker = Paper::new("ticker", &[], &[]);
        ticker.config.every = Some(std::time::Duration::from_secs(1));
        ticker
    };
    check(&[ticker()], &[], &[]);
}

#[test]
fn names_that_lead_nowhere() {
    check(
        &[source(), Paper::new("show", &["wrods"], &[])],
        &[],
        &[
            "`show` reads stream `wrods`, which no link here writes, and `source` writes `words`, \
           which no link here reads: is one of the two names misspelled?",
        ],
    );
    check(
        &[source(), show(), Paper::new("late", &["word"], &[])],
        &[],
        &[
            "`late` reads stream `word`, which no link here writes: did you mean `words`?; if others \
           write it, add `.external_input(\"word\")`",
        ],
    );
    check(
        &[source(), show(), Paper::new("late", &["orders"], &[])],
        &[],
        &["`late` reads stream `orders`, which no link here writes; if"],
    );
    check(
        &[Paper::new("source", &[], &["words", "Words"]), show()],
        &[],
        &[
            "`source` writes stream `Words`, which no link here reads: did you mean `words`?; if \
           others read it, add `.external_output(\"Words\")`",
        ],
    );
    // All at once, each once.
    check(
        &[
            source(),
            Paper::new("a", &["one"], &["two"]),
            Paper::new("b", &["three"], &[]),
        ],
        &[],
        &[
            "`a` reads stream `one`",
            "`b` reads stream `three`",
            "`source` writes",
            "`a` writes",
        ],
    );
    let critic = Paper::new("critic", &["words"], &[]);
    let undertaker = Paper::new("undertaker", &["words.critic.dlq"], &[]);
    check(
        &[source(), critic, undertaker],
        &[],
        &["the dead letters of `critic` go there only with `on_error = dead_letter`"],
    );
}

#[test]
fn streams_of_others_are_declared() {
    use Direction::{Input, Output};
    let middle = || Paper::new("middle", &["words"], &["counts"]);
    check(&[source(), middle()], &[(Output, "counts")], &[]);
    let two = Paper::new("two", &["words", "orders"], &[]);
    check(&[source(), two], &[(Input, "orders")], &[]);
    // In the other direction, or misspelled, it declares nothing.
    check(
        &[source(), middle()],
        &[(Input, "counts")],
        &[
            "`middle` writes stream `counts`",
            "`.external_input(\"counts\")`: no link here reads that stream",
        ],
    );
    check(
        &[source(), middle()],
        &[(Output, "count"), (Output, "counts")],
        &["`.external_output(\"count\")`: no link here writes that stream: did you mean `counts`?"],
    );
}

#[test]
fn each_class_is_there_once_and_has_somebody() {
    check(&[], &[], &["it has no links"]);
    let mut nobody = show();
    nobody.instances = 0;
    check(&[source(), nobody], &[], &["`show` has 0 instances"]);
    let mut three = show();
    three.instances = 3;
    check(
        &[source(), show(), three],
        &[],
        &["`show` is added 2 times: write `.instances::<show>(4)` once"],
    );
    let mut second = show();
    (second.link, second.path) = (TypeId::of::<Other>(), "n::show");
    check(
        &[source(), show(), second],
        &[],
        &["`show` and `n::show` are two functions of one class, `show`"],
    );
    // The group is the class in lower case.
    check(
        &[source(), show(), Paper::new("Show", &["words"], &[])],
        &[],
        &["`show` and `Show` read stream `words` in one consumer group, `catenae_show`"],
    );
    let mut other = Paper::new("other", &["words"], &[]);
    other.config.group = "mine".to_owned();
    let mut mine = show();
    mine.config.group = "mine".to_owned();
    check(
        &[source(), mine, other],
        &[],
        &["in one consumer group, `mine`"],
    );
}

#[test]
fn what_a_link_is_refused_for_on_its_own() {
    let mut deaf = Paper::new("deaf", &[], &[]);
    deaf.takes_message = true;
    check(
        &[source(), show(), deaf],
        &[],
        &["`deaf` takes a message but has no input"],
    );
    let mut full = show();
    full.returns = "u64";
    check(
        &[source(), full],
        &[],
        &["`show` returns values (`u64`) but has no output"],
    );
    let mut twice = show();
    twice.methods = vec!["count", "reset", "count"];
    check(
        &[source(), twice],
        &[],
        &["`show` serves two methods named `count`"],
    );
}

#[test]
fn on_a_broker_of_its_own_somebody_has_to_begin() {
    let cycle = || {
        [
            Paper::new("ping", &["a"], &["b"]),
            Paper::new("pong", &["b"], &["a"]),
        ]
    };
    check(
        &cycle(),
        &[],
        &["none of its links sends anything by itself"],
    );
    let mut clerk = Paper::new("clerk", &[], &[]);
    clerk.methods = vec!["ask"];
    check(
        &[clerk],
        &[],
        &["none of its links sends anything by itself"],
    );
    assert!(said(&cycle(), &[], Reach::Shared).is_empty());
}
