//! What a foreign producer writes: replies that belong to nothing, requests of nobody.

use super::plan::Plan;
use super::streams::Message;
use crate::rpc::Caller;
use crate::rpc::core::envelope::{Addressee, Reply, ReplyBody, Request, VERSION};
use crate::simulation::chance::Chance;

/// A reply to a process that differs from a true one in one thing at least: no room can tell one that
/// does not.
pub(super) fn reply(chance: &mut Chance, uid: &str, incarnation: u64, open: &[u64]) -> Reply {
    let id = match open {
        [] => 1,
        open => open[chance.below(open.len())],
    };
    // No incarnation is even, and no run has so many calls.
    let (to, incarnation, id, from) = match chance.below(4) {
        0 => ("stranger", incarnation, id, "a"),
        1 => (uid, incarnation - 1, id, "b"),
        2 => (uid, incarnation, [0, u64::MAX, 1000][chance.below(3)], "c"),
        _ => (uid, incarnation, id, "stranger"),
    };
    let said = match chance.one_in(3) {
        true => ReplyBody::Refusal {
            kind: ["busy", "stopping", "panicked", "of later times"][chance.below(4)].to_owned(),
            detail: "forged".to_owned(),
        },
        false => ReplyBody::Value {
            value: "forged".to_owned().into(),
            is_err: false,
        },
    };
    Reply {
        v: VERSION,
        id,
        to: to.to_owned(),
        incarnation,
        from: from.to_owned(),
        said,
    }
}

/// A request of nobody.
pub(super) fn request(chance: &mut Chance, plan: &Plan) -> Message {
    let place = plan.places[chance.below(plan.places.len())];
    let mut caller = Caller::new("stranger", "strangers");
    caller.incarnation = chance.next() % 3;
    let to = match chance.below(3) {
        0 => Addressee::All,
        1 => Addressee::Others,
        _ => Addressee::One(place.uid.to_owned()),
    };
    let request = Request {
        v: VERSION,
        id: chance.next() % 5,
        caller,
        to,
        to_incarnation: None,
        method: ["count", "peek", "cuont", ""][chance.below(4)].to_owned(),
        deadline: [0, 1_700_000_001_000, u64::MAX][chance.below(3)],
        reply: [None, Some(0), Some(-1), Some(99)][chance.below(4)],
        arguments: "forged".to_owned().into(),
    };
    Message::Request {
        class: place.class.to_owned(),
        request,
    }
}
