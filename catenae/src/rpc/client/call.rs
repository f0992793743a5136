//! One call: what was asked, of whom, and until when.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use bytes::Bytes;

use super::gather::Gather;
use super::one::Asked;
use super::{CallId, Effect, Heard, Target};
use crate::rpc::Caller;
use crate::rpc::answer::{Ending, Part};
use crate::rpc::desk::{Question, Standpoint, Wanted};
use crate::rpc::envelope::{Addressee, Reply, Request, VERSION};
use crate::rpc::error::{CallError, CallErrorKind};
use crate::rpc::instances::{Choice, Instance, Instances, listed};

/// So many instances or classes are named in an error.
const NAMED: usize = 5;

/// What all calls of a micromodule have in common.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) me: Caller,
    /// The own methods that take the state of the link.
    pub(super) of_lane: HashSet<String>,
    pub(super) reply: Option<i32>,
    pub(super) effects: Vec<Effect>,
}

/// A call that has not ended.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) id: CallId,
    pub(super) target: Target,
    pub(super) method: String,
    arguments: Bytes,
    pub(super) wanted: Wanted,
    pub(super) idempotent: bool,
    from: Standpoint,
    opened: Duration,
    /// After so long without an answer, what may run twice is asked elsewhere.
    pub(super) patience: Duration,
    pub(super) deadline: Duration,
    /// The deadline by the wall clock, for those who are asked.
    deadline_wall: u64,
    pub(super) draw: u64,
    pub(super) stage: Stage,
    /// When it has to be looked at before its deadline.
    pub(super) next_look: Option<Duration>,
    /// When it has to look around again: one that was asked has said goodbye, and may have answered before.
    pub(super) look_again: Option<Duration>,
}

/// How far a call has come.
#[derive(Debug)]
pub(super) enum Stage {
    /// There is nobody to ask yet.
    Waiting,
    /// One was asked, or one after the other.
    One(Vec<Asked>),
    /// Many were asked.
    Many(Gather),
}

impl Call {
    pub(super) fn new(id: CallId, question: Question, now: Duration, wall: u64, draw: u64) -> Self {
        // Rounded up, so that what has any time at all is not expired when it arrives.
        let millis = question.timeout.as_micros().div_ceil(1000);
        let millis = u64::try_from(millis).unwrap_or(u64::MAX).max(1);
        Self {
            id,
            target: question.target,
            method: question.method,
            arguments: question.arguments.into(),
            wanted: question.wanted,
            idempotent: question.idempotent,
            from: question.from,
            opened: now,
            patience: (question.timeout / 3).max(Duration::from_millis(1)),
            deadline: now.saturating_add(question.timeout),
            deadline_wall: wall.saturating_add(millis),
            draw,
            stage: Stage::Waiting,
            next_look: None,
            look_again: None,
        }
    }

    /// The bytes that it holds.
    pub(super) fn held(&self) -> usize {
        self.arguments.len()
    }

    /// When it has to be looked at.
    pub(super) fn due(&self) -> Duration {
        let looks = self.next_look.into_iter().chain(self.look_again);
        looks.fold(self.deadline, Duration::min)
    }

    /// Asks, if there is somebody to ask.
    pub(super) fn begin(
        &mut self,
        sender: &mut Sender,
        instances: &Instances,
        now: Duration,
    ) -> Option<Ending> {
        let needs_itself = self.needs_itself(sender);
        if needs_itself && self.target == Target::Instance(sender.me.uid.clone()) {
            return self.over(CallErrorKind::Itself, "", now);
        }
        // What wants no answer waits too: who there is, is known only then.
        sender.reply?;
        match self.target.clone() {
            Target::Instance(uid) => match instances.get(&uid) {
                Some(found) if found.has(&self.method) => self.ask(found, sender, now),
                Some(found) => {
                    let methods = listed(std::iter::once(found));
                    self.over(CallErrorKind::UnknownMethod, has(&methods), now)
                }
                None if instances.has_said_goodbye(&uid, now) => {
                    self.over(CallErrorKind::NoInstance, "it has stopped", now)
                }
                None => None,
            },
            Target::Any(class) => {
                let itself = needs_itself.then_some(sender.me.uid.as_str());
                let except: Vec<&str> = itself.into_iter().collect();
                match instances.choose(&class, &self.method, &except, self.draw) {
                    Choice::Chosen(found) => self.ask(found, sender, now),
                    Choice::NobodyOfClass => None,
                    Choice::NobodyHasMethod(methods) => {
                        self.over(CallErrorKind::UnknownMethod, has(&methods), now)
                    }
                    Choice::AllExcepted => {
                        self.over(CallErrorKind::Itself, "there is no other instance", now)
                    }
                }
            }
            Target::All(class) => {
                let found: Vec<&Instance> = instances.of_class(&class).collect();
                self.ask_all(&found, sender, now)
            }
            Target::Everybody => {
                let found: Vec<&Instance> = instances.all().collect();
                self.ask_all(&found, sender, now)
            }
        }
    }

    /// Whether the own instance cannot answer, because the function that asks holds its state and
    /// waits.
    pub(super) fn needs_itself(&self, sender: &Sender) -> bool {
        let waits = self.from == Standpoint::Lane && self.wanted != Wanted::Nothing;
        waits && sender.of_lane.contains(&self.method)
    }

    fn ask_all(
        &mut self,
        found: &[&Instance],
        sender: &mut Sender,
        now: Duration,
    ) -> Option<Ending> {
        if found.is_empty() {
            return None;
        }
        let mut able: Vec<&Instance> = found.to_vec();
        able.retain(|instance| instance.has(&self.method));
        if able.is_empty() && self.target == Target::Everybody {
            // Somebody who has it may come, as somebody of a class may.
            return None;
        }
        if able.is_empty() {
            let methods = listed(found.iter().copied());
            return self.over(CallErrorKind::UnknownMethod, has(&methods), now);
        }
        let needs_itself = self.needs_itself(sender);
        let me = sender.me.clone();
        let mut missing = Vec::new();
        if needs_itself && able.iter().any(|instance| instance.uid() == me.uid) {
            able.retain(|instance| instance.uid() != me.uid);
            missing.push(Part {
                uid: me.uid.clone(),
                said: Err(self.error(CallErrorKind::Itself, "", now)),
            });
        }
        let mut classes: BTreeMap<&str, Vec<&Instance>> = BTreeMap::new();
        for instance in able {
            classes.entry(instance.class()).or_default().push(instance);
        }
        for class in classes.keys() {
            let to = match needs_itself && *class == me.class {
                true => Addressee::Others,
                false => Addressee::All,
            };
            self.send(class, to, None, sender);
        }
        if self.wanted == Wanted::Nothing {
            return Some(Ok(Vec::new()));
        }
        let quorum = match self.wanted {
            Wanted::Answers(quorum) => quorum,
            Wanted::Answer | Wanted::Nothing => None,
        };
        let awaited = classes.into_values().flatten();
        self.stage = Stage::Many(Gather::new(awaited, missing, quorum));
        self.gathered(now)
    }

    /// Writes a request.
    pub(super) fn send(
        &self,
        class: &str,
        to: Addressee,
        to_life: Option<u64>,
        sender: &mut Sender,
    ) {
        let request = Request {
            v: VERSION,
            id: self.id.0,
            caller: sender.me.clone(),
            to,
            to_life,
            method: self.method.clone(),
            deadline: self.deadline_wall,
            reply: sender.reply.filter(|_| self.wanted != Wanted::Nothing),
            arguments: self.arguments.clone(),
        };
        sender.effects.push(Effect::Send {
            class: class.to_owned(),
            request,
        });
    }

    /// Takes a reply.
    pub(super) fn hear(
        &mut self,
        reply: Reply,
        sender: &mut Sender,
        instances: &mut Instances,
        now: Duration,
    ) -> Heard {
        match &self.stage {
            Stage::Waiting => Heard::Unasked,
            Stage::One(_) => self.hear_one(reply, sender, instances, now),
            Stage::Many(_) => self.hear_many(reply, instances, now),
        }
    }

    /// Sees who came and who is gone.
    pub(super) fn look_around(
        &mut self,
        sender: &mut Sender,
        instances: &Instances,
        now: Duration,
    ) -> Option<Ending> {
        match &self.stage {
            // The next tick ends it; nobody would run what is sent now.
            _ if self.deadline <= now => None,
            Stage::Waiting => self.begin(sender, instances, now),
            Stage::One(_) => self.miss_one(sender, instances, now),
            Stage::Many(_) => self.miss_many(instances, now),
        }
    }

    /// Ends at the deadline; before it, asks elsewhere.
    pub(super) fn tick(
        &mut self,
        sender: &mut Sender,
        instances: &mut Instances,
        now: Duration,
    ) -> Option<Ending> {
        if self.deadline <= now {
            return Some(self.time_out(sender, instances, now));
        }
        if self.next_look.is_some_and(|look| look <= now) {
            self.next_look = Some(now.saturating_add(self.patience));
            self.ask_elsewhere(sender, instances, now);
        }
        if self.look_again.take_if(|look| *look <= now).is_some() {
            return self.look_around(sender, instances, now);
        }
        None
    }

    fn time_out(&mut self, sender: &Sender, instances: &mut Instances, now: Duration) -> Ending {
        match &self.stage {
            Stage::Waiting if sender.reply.is_none() => {
                let detail = "the place on the streams of calls was not found in time";
                Err(self.error(CallErrorKind::Unsent, detail, now))
            }
            Stage::Waiting if self.target == Target::Everybody && instances.len() > 0 => {
                let methods = listed(instances.all());
                Err(self.error(CallErrorKind::UnknownMethod, has(&methods), now))
            }
            Stage::Waiting => {
                let detail = self.known(instances);
                Err(self.error(CallErrorKind::NoInstance, detail, now))
            }
            Stage::One(asked) => {
                for silent in asked.iter().filter(|asked| asked.is_silent()) {
                    instances.timed_out(&silent.uid, now);
                }
                Err(self.error(CallErrorKind::Timeout, self.whom(), now))
            }
            Stage::Many(gather) => {
                for uid in gather.silent() {
                    instances.timed_out(uid, now);
                }
                self.close("", now)
            }
        }
    }

    /// A request could not be sent.
    pub(super) fn unsent(
        &mut self,
        class: &str,
        to: &Addressee,
        kind: CallErrorKind,
        detail: &str,
        now: Duration,
    ) -> Option<Ending> {
        match (&self.stage, to) {
            (Stage::One(_), Addressee::One(uid)) => self.unsent_one(uid, kind, detail, now),
            (Stage::Many(_), Addressee::All | Addressee::Others) => {
                self.unsent_many(class, kind, detail, now)
            }
            _ => None,
        }
    }

    /// Ends because its caller stops.
    pub(super) fn abandon(&mut self, now: Duration) -> Ending {
        let why = "this micromodule has stopped";
        match &self.stage {
            Stage::Waiting => Err(self.error(CallErrorKind::Stopping, why, now)),
            Stage::One(_) => Err(self.error(CallErrorKind::Timeout, why, now)),
            Stage::Many(_) => self.close(why, now),
        }
    }

    pub(super) fn error(
        &self,
        kind: CallErrorKind,
        detail: impl Into<String>,
        now: Duration,
    ) -> CallError {
        let after = now.saturating_sub(self.opened);
        CallError::new(kind, &self.method, self.target.words(), after, detail)
    }

    pub(super) fn over(
        &self,
        kind: CallErrorKind,
        detail: impl Into<String>,
        now: Duration,
    ) -> Option<Ending> {
        Some(Err(self.error(kind, detail, now)))
    }

    /// Whom one could ask instead.
    fn known(&self, instances: &Instances) -> String {
        let names: Vec<String> = match &self.target {
            Target::Instance(_) => {
                let name = |known: &Instance| format!("`{}` of `{}`", known.uid(), known.class());
                instances.all().take(NAMED).map(name).collect()
            }
            _ => instances
                .classes()
                .take(NAMED)
                .map(|class| format!("`{class}`"))
                .collect(),
        };
        let all = match &self.target {
            Target::Instance(_) => instances.len(),
            _ => instances.classes().count(),
        };
        match all.saturating_sub(names.len()) {
            _ if names.is_empty() => "nobody is known".to_owned(),
            0 => format!("known: {}", names.join(", ")),
            more => format!("known: {} and {more} more", names.join(", ")),
        }
    }
}

/// Which methods there are instead.
fn has(methods: &[String]) -> String {
    match methods {
        [] => "there are only the built-in ones".to_owned(),
        methods => format!("there are `{}`", methods.join("`, `")),
    }
}
