//! The questions of a run.

use std::time::Duration;

use super::plan::{CLASSES, IDEMPOTENT, Plan};
use crate::rpc::core::question::{CallScope, Question, Target, Wanted};
use crate::simulation::chance::Chance;

/// Some question.
pub(super) fn draw(chance: &mut Chance, plan: &Plan) -> Question {
    let target = match chance.below(10) {
        0..4 => Target::Any(class(chance)),
        4..7 => Target::Instance(uid(chance, plan)),
        7..9 => Target::All(class(chance)),
        _ => Target::Everybody,
    };
    let method = match chance.below(12) {
        0 => "cuont",
        1 => "ping",
        2..7 => "peek",
        _ => "count",
    };
    let wanted = match target {
        _ if chance.one_in(6) => Wanted::Nothing,
        Target::Instance(_) | Target::Any(_) => Wanted::Answer,
        Target::All(_) | Target::Everybody if chance.one_in(3) => {
            Wanted::Answers(Some(chance.below(4)))
        }
        Target::All(_) | Target::Everybody => Wanted::Answers(None),
    };
    let millis = match chance.below(8) {
        0 if !plan.gentle => chance.next() % 3,
        1 => 60,
        2..5 => 700,
        _ => 5000,
    };
    let from = match chance.one_in(3) {
        true => CallScope::Lane,
        false => CallScope::Beside,
    };
    Question {
        target,
        idempotent: IDEMPOTENT.contains(&method),
        method: method.to_owned(),
        arguments: Vec::new(),
        timeout: Duration::from_millis(millis),
        wanted,
        from,
    }
}

fn class(chance: &mut Chance) -> String {
    let class = match chance.one_in(12) {
        true => "none",
        false => CLASSES[chance.below(CLASSES.len())],
    };
    class.to_owned()
}

fn uid(chance: &mut Chance, plan: &Plan) -> String {
    let uid = match chance.one_in(12) {
        true => "nobody",
        false => plan.places[chance.below(plan.places.len())].uid,
    };
    uid.to_owned()
}
