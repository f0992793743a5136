//! One call: what was asked, of whom, and until when.

use std::collections::BTreeMap;
use std::time::Duration;

use super::details::{CallDefaults, CallDetails};
use super::gather::AnswerSet;
use super::one::AskedInstance;
use super::{CallId, Heard};
use crate::rpc::core::envelope::{Addressee, Reply};
use crate::rpc::core::error::CallErrorKind;
use crate::rpc::core::instances::{Choice, Instance, Instances, listed};
use crate::rpc::core::question::Target;
use crate::rpc::core::question::{CallOutcome, InstanceAnswer};
use crate::rpc::core::question::{Question, Wanted};

/// A call that has not ended.
#[derive(Debug)]
pub(super) struct PendingCall {
    pub(super) details: CallDetails,
    pub(super) stage: CallStage,
    /// When it has to be looked at before its deadline.
    pub(super) next_look: Option<Duration>,
    /// When it has to look around again: one that was asked has said goodbye, and may have answered before.
    pub(super) look_again: Option<Duration>,
}

/// How far a call has come.
#[derive(Debug)]
pub(super) enum CallStage {
    /// There is nobody to ask yet.
    Waiting,
    /// One was asked, or one after the other.
    One(Vec<AskedInstance>),
    /// Many were asked.
    Many(AnswerSet),
}

impl CallStage {
    pub(super) fn asked(&self) -> &[AskedInstance] {
        match self {
            Self::One(asked) => asked,
            Self::Waiting | Self::Many(_) => &[],
        }
    }

    pub(super) fn asked_mut(&mut self) -> &mut [AskedInstance] {
        match self {
            Self::One(asked) => asked,
            Self::Waiting | Self::Many(_) => &mut [],
        }
    }
}

impl PendingCall {
    pub(super) fn new(id: CallId, question: Question, now: Duration, wall: u64, draw: u64) -> Self {
        // Rounded up, so that what has any time at all is not expired when it arrives.
        let millis = question.timeout.as_micros().div_ceil(1000);
        let millis = u64::try_from(millis).unwrap_or(u64::MAX).max(1);
        let details = CallDetails {
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
        };
        Self {
            details,
            stage: CallStage::Waiting,
            next_look: None,
            look_again: None,
        }
    }

    /// When it has to be looked at.
    pub(super) fn due(&self) -> Duration {
        let looks = self.next_look.into_iter().chain(self.look_again);
        looks.fold(self.details.deadline, Duration::min)
    }

    /// Asks, if there is somebody to ask.
    pub(super) fn begin(
        &mut self,
        sender: &mut CallDefaults,
        instances: &Instances,
        now: Duration,
    ) -> Option<CallOutcome> {
        let needs_itself = self.details.needs_itself(sender);
        if needs_itself && self.details.target == Target::Instance(sender.me.uid.clone()) {
            return self.details.over(CallErrorKind::Itself, "", now);
        }
        // What wants no answer waits too: who there is, is known only then.
        sender.reply?;
        match self.details.target.clone() {
            Target::Instance(uid) => match instances.get(&uid) {
                Some(found) if found.has(&self.details.method) => self.ask(found, sender, now),
                Some(found) => {
                    let methods = listed(std::iter::once(found));
                    self.details
                        .over(CallErrorKind::UnknownMethod, has(&methods), now)
                }
                None if instances.has_said_goodbye(&uid, now) => {
                    self.details
                        .over(CallErrorKind::NoInstance, "it has stopped", now)
                }
                None => None,
            },
            Target::Any(class) => {
                let itself = needs_itself.then_some(sender.me.uid.as_str());
                let except: Vec<&str> = itself.into_iter().collect();
                match instances.choose(&class, &self.details.method, &except, self.details.draw) {
                    Choice::Chosen(found) => self.ask(found, sender, now),
                    Choice::NobodyOfClass => None,
                    Choice::NobodyHasMethod(methods) => {
                        self.details
                            .over(CallErrorKind::UnknownMethod, has(&methods), now)
                    }
                    Choice::AllExcepted => {
                        self.details
                            .over(CallErrorKind::Itself, "there is no other instance", now)
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

    fn ask_all(
        &mut self,
        found: &[&Instance],
        sender: &mut CallDefaults,
        now: Duration,
    ) -> Option<CallOutcome> {
        if found.is_empty() {
            return None;
        }
        let mut able: Vec<&Instance> = found.to_vec();
        able.retain(|instance| instance.has(&self.details.method));
        if able.is_empty() && self.details.target == Target::Everybody {
            // Somebody who has it may come, as somebody of a class may.
            return None;
        }
        if able.is_empty() {
            let methods = listed(found.iter().copied());
            return self
                .details
                .over(CallErrorKind::UnknownMethod, has(&methods), now);
        }
        let needs_itself = self.details.needs_itself(sender);
        let me = sender.me.clone();
        let mut missing = Vec::new();
        if needs_itself && able.iter().any(|instance| instance.uid() == me.uid) {
            able.retain(|instance| instance.uid() != me.uid);
            missing.push(InstanceAnswer {
                uid: me.uid.clone(),
                said: Err(self.details.error(CallErrorKind::Itself, "", now)),
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
            self.details.send(class, to, None, sender);
        }
        if self.details.wanted == Wanted::Nothing {
            return Some(Ok(Vec::new()));
        }
        let quorum = match self.details.wanted {
            Wanted::Answers(quorum) => quorum,
            Wanted::Answer | Wanted::Nothing => None,
        };
        let awaited = classes.into_values().flatten();
        self.stage = CallStage::Many(AnswerSet::new(awaited, missing, quorum));
        self.gathered(now)
    }

    /// Takes a reply.
    pub(super) fn hear(
        &mut self,
        reply: Reply,
        sender: &mut CallDefaults,
        instances: &mut Instances,
        now: Duration,
    ) -> Heard {
        match &self.stage {
            CallStage::Waiting => Heard::Unasked,
            CallStage::One(_) => self.hear_one(reply, sender, instances, now),
            CallStage::Many(_) => self.hear_many(reply, instances, now),
        }
    }

    /// Sees who came and who is gone.
    pub(super) fn look_around(
        &mut self,
        sender: &mut CallDefaults,
        instances: &Instances,
        now: Duration,
    ) -> Option<CallOutcome> {
        match &self.stage {
            // The next tick ends it; nobody would run what is sent now.
            _ if self.details.deadline <= now => None,
            CallStage::Waiting => self.begin(sender, instances, now),
            CallStage::One(_) => self.miss_one(sender, instances, now),
            CallStage::Many(_) => self.miss_many(instances, now),
        }
    }

    /// Ends at the deadline; before it, asks elsewhere.
    pub(super) fn tick(
        &mut self,
        sender: &mut CallDefaults,
        instances: &mut Instances,
        now: Duration,
    ) -> Option<CallOutcome> {
        if self.details.deadline <= now {
            return Some(self.time_out(sender, instances, now));
        }
        if self.next_look.is_some_and(|look| look <= now) {
            self.next_look = Some(now.saturating_add(self.details.patience));
            self.ask_elsewhere(sender, instances, now);
        }
        if self.look_again.take_if(|look| *look <= now).is_some() {
            return self.look_around(sender, instances, now);
        }
        None
    }

    fn time_out(
        &mut self,
        sender: &CallDefaults,
        instances: &mut Instances,
        now: Duration,
    ) -> CallOutcome {
        match &self.stage {
            CallStage::Waiting if sender.reply.is_none() => {
                let detail = "the reading position on the streams of calls was not found in time";
                Err(self.details.error(CallErrorKind::Unsent, detail, now))
            }
            CallStage::Waiting
                if self.details.target == Target::Everybody && instances.len() > 0 =>
            {
                let methods = listed(instances.all());
                Err(self
                    .details
                    .error(CallErrorKind::UnknownMethod, has(&methods), now))
            }
            CallStage::Waiting => {
                let detail = self.details.known(instances);
                Err(self.details.error(CallErrorKind::NoInstance, detail, now))
            }
            CallStage::One(asked) => {
                for silent in asked.iter().filter(|asked| asked.is_silent()) {
                    instances.timed_out(&silent.uid, now);
                }
                Err(self.details.error(CallErrorKind::Timeout, self.whom(), now))
            }
            CallStage::Many(gather) => {
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
    ) -> Option<CallOutcome> {
        match (&self.stage, to) {
            (CallStage::One(_), Addressee::One(uid)) => self.unsent_one(uid, kind, detail, now),
            (CallStage::Many(_), Addressee::All | Addressee::Others) => {
                self.unsent_many(class, kind, detail, now)
            }
            _ => None,
        }
    }

    /// Ends because its caller stops.
    pub(super) fn abandon(&mut self, now: Duration) -> CallOutcome {
        let why = "this micromodule has stopped";
        match &self.stage {
            CallStage::Waiting => Err(self.details.error(CallErrorKind::Stopping, why, now)),
            CallStage::One(_) => Err(self.details.error(CallErrorKind::Timeout, why, now)),
            CallStage::Many(_) => self.close(why, now),
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
