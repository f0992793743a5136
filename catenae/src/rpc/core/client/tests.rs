//! Calls, each told as a script and what came of it.

mod elsewhere;
mod limits;
mod many;
mod one;

use super::*;
use crate::rpc::core::envelope::{ReplyBody, VERSION};
use crate::rpc::core::instances::tests::announcement;
use crate::rpc::core::question::Target;
use crate::rpc::core::question::{CallScope, Wanted};

const WALL: u64 = 1_000_000;

/// One step of a script. The caller is `me` of the class `asker`, in its incarnation 5; its own method
/// `count` takes the state of its link.
#[derive(Clone, Debug)]
enum Do {
    /// The instance comes, in this incarnation and with these methods.
    Come(&'static str, &'static str, u64, &'static [&'static str]),
    Bye(&'static str),
    /// So many milliseconds pass.
    Wait(u64),
    Ask(Question),
    /// The instance answers the call.
    Value(&'static str, u64),
    /// It refuses it, with this word.
    No(&'static str, u64, &'static str),
    /// The request to the class, to the instance or to all, could not be sent.
    Unsent(u64, &'static str, Option<&'static str>),
    Shutdown,
}

const COUNT: &[&str] = &["count"];

/// An instance of `counter` in its first incarnation, which has `count`.
fn come(uid: &'static str) -> Do {
    Do::Come(uid, "counter", 1, COUNT)
}

/// A question that waits three seconds for its answer.
fn question(target: Target) -> Question {
    let wanted = match target {
        Target::Instance(_) | Target::Any(_) => Wanted::Answer,
        Target::All(_) | Target::Everybody => Wanted::Answers(None),
    };
    Question {
        target,
        method: "count".to_owned(),
        arguments: vec![0x80],
        timeout: Duration::from_secs(3),
        wanted,
        idempotent: false,
        from: CallScope::Beside,
    }
}

fn at(uid: &str) -> Question {
    question(Target::Instance(uid.to_owned()))
}

fn any() -> Question {
    question(Target::Any("counter".to_owned()))
}

fn all() -> Question {
    question(Target::All("counter".to_owned()))
}

fn twice(mut question: Question) -> Do {
    question.idempotent = true;
    Do::Ask(question)
}

fn from_lane(mut question: Question) -> Do {
    question.from = CallScope::Lane;
    Do::Ask(question)
}

fn told(mut question: Question) -> Do {
    question.wanted = Wanted::Nothing;
    Do::Ask(question)
}

fn of_method(mut question: Question, method: &str) -> Do {
    method.clone_into(&mut question.method);
    Do::Ask(question)
}

/// A caller with its registry and its clock.
struct Bench {
    client: Client,
    instances: Instances,
    now: Duration,
    said: Vec<String>,
}

impl Bench {
    fn new() -> Self {
        let mut me = Caller::new("me", "asker");
        me.incarnation = 5;
        let mut client = Client::new(me, ["count".to_owned()]);
        let instances = Instances::default();
        client.set_reply_partition(3, &instances, Duration::ZERO);
        Self {
            client,
            instances,
            now: Duration::ZERO,
            said: Vec::new(),
        }
    }

    fn step(&mut self, step: Do) {
        let Self {
            client,
            instances,
            now,
            said,
        } = self;
        match step {
            Do::Come(uid, class, incarnation, methods) => {
                let mut said = announcement(uid, class, incarnation, methods);
                said.every_ms = 60_000;
                assert!(instances.hear(said, Duration::ZERO, *now).matters());
                client.on_instances(instances, *now);
            }
            Do::Bye(uid) => {
                assert!(
                    instances
                        .withdraw(uid, None, Duration::ZERO, *now)
                        .matters()
                );
                client.on_instances(instances, *now);
            }
            Do::Wait(millis) => {
                *now += Duration::from_millis(millis);
                if instances.expire(*now).matters() {
                    client.on_instances(instances, *now);
                }
                client.on_tick(instances, *now);
            }
            Do::Ask(question) => {
                let wall = WALL + u64::try_from(now.as_millis()).expect("small");
                if let Err(error) = client.open(question, instances, *now, wall, 0) {
                    said.push(format!("! {}", in_short(&error)));
                }
            }
            Do::Value(from, id) => client.on_reply(value(from, id), instances, *now),
            Do::No(from, id, word) => client.on_reply(refusal(from, id, word), instances, *now),
            Do::Unsent(id, class, uid) => {
                let to = uid.map_or(Addressee::All, |uid| Addressee::One(uid.to_owned()));
                client.unsent(CallId(id), class, &to, CallErrorKind::TooLarge, "why", *now);
            }
            Do::Shutdown => client.shutdown(*now),
        }
        let effects = client.take_effects();
        said.extend(effects.into_iter().map(|effect| tell(effect, *now)));
        // What is due is looked at: nothing is left behind the clock.
        assert!(client.next_due().is_none_or(|due| due > *now));
        assert_eq!(client.next_due().is_none(), client.open_calls() == 0);
        assert_eq!(client.due.len(), client.calls.len());
    }

    fn run(script: impl IntoIterator<Item = Do>) -> Self {
        let mut bench = Self::new();
        for step in script {
            bench.step(step);
        }
        bench
    }
}

fn value(from: &str, id: u64) -> Reply {
    let said = ReplyBody::Value {
        value: from.to_owned().into(),
        is_err: false,
    };
    reply(from, id, said)
}

fn refusal(from: &str, id: u64, word: &str) -> Reply {
    let said = ReplyBody::Refusal {
        kind: word.to_owned(),
        detail: "why".to_owned(),
    };
    reply(from, id, said)
}

fn reply(from: &str, id: u64, said: ReplyBody) -> Reply {
    Reply {
        v: VERSION,
        id,
        to: "me".to_owned(),
        incarnation: 5,
        from: from.to_owned(),
        said,
    }
}

fn in_short(error: &CallError) -> String {
    let word = error.kind().word();
    match error.detail() {
        "" => word.to_owned(),
        detail => format!("{word}: {detail}"),
    }
}

/// An effect in short: `1 > counter/a#1`, `1 = a`, `1 = a, no b (timeout)`, `1 ! timeout`.
fn tell(effect: Effect, now: Duration) -> String {
    match effect {
        Effect::Send { class, request } => {
            let id = request.id;
            assert_eq!(
                (
                    request.v,
                    request.caller.incarnation,
                    &request.arguments[..]
                ),
                (VERSION, 5, &[0x80_u8][..])
            );
            let left = Duration::from_millis(request.deadline - WALL).saturating_sub(now);
            assert!(left > Duration::ZERO && left <= Duration::from_secs(3));
            let to = match (request.to, request.to_incarnation) {
                (Addressee::One(uid), Some(incarnation)) => format!("{uid}#{incarnation}"),
                (Addressee::All, None) => "all".to_owned(),
                (Addressee::Others, None) => "others".to_owned(),
                other => format!("{other:?}"),
            };
            let told = match request.reply {
                Some(3) => "",
                Some(_) => " to a wrong partition",
                None => " silently",
            };
            format!("{id} > {class}/{to}{told}")
        }
        Effect::End {
            id: CallId(id),
            ending: Err(error),
        } => format!("{id} ! {}", in_short(&error)),
        Effect::End {
            id: CallId(id),
            ending: Ok(parts),
        } => {
            let parts: Vec<String> = parts
                .into_iter()
                .map(|part| match part.said {
                    Ok(said) => {
                        assert_eq!(&said[..], part.uid.as_bytes());
                        part.uid
                    }
                    Err(error) => format!("no {} ({})", part.uid, in_short(&error)),
                })
                .collect();
            format!("{id} = {}", parts.join(", "))
        }
    }
}

#[track_caller]
fn check(script: impl IntoIterator<Item = Do>, expected: &[&str]) {
    let bench = Bench::run(script);
    assert_eq!(bench.said, expected);
}
