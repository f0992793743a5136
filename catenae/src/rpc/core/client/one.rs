//! A call that is answered by one instance: asked once, or elsewhere when that cannot do harm.

use std::time::Duration;

use super::Heard;
use super::call::{CallStage, PendingCall};
use super::details::CallDefaults;
use crate::rpc::core::envelope::{Addressee, Reply, ReplyBody};
use crate::rpc::core::error::{CallError, CallErrorKind};
use crate::rpc::core::instances::{Choice, Instance, Instances};
use crate::rpc::core::question::Target;
use crate::rpc::core::question::Wanted;
use crate::rpc::core::question::{CallOutcome, InstanceAnswer};

/// One that was asked.
#[derive(Debug)]
pub(super) struct AskedInstance {
    pub(super) uid: String,
    incarnation: u64,
    at: Duration,
    fate: AskedFate,
    /// It has said goodbye, and what it said before may still come.
    is_leaving: bool,
}

#[derive(Debug)]
enum AskedFate {
    /// It has said nothing yet.
    Silent,
    /// It said no, or was not reached.
    Refused(CallError),
    /// It is gone. Its answer may still be on its way.
    Lost(&'static str),
}

impl AskedInstance {
    pub(super) fn is_silent(&self) -> bool {
        matches!(self.fate, AskedFate::Silent)
    }

    /// Whether it may still answer.
    fn is_open(&self) -> bool {
        !matches!(self.fate, AskedFate::Refused(_))
    }
}

impl PendingCall {
    /// Asks this one.
    pub(super) fn ask(
        &mut self,
        found: &Instance,
        sender: &mut CallDefaults,
        now: Duration,
    ) -> Option<CallOutcome> {
        let to = Addressee::One(found.uid().to_owned());
        self.details
            .send(found.class(), to, Some(found.incarnation()), sender);
        if self.details.wanted == Wanted::Nothing {
            return Some(Ok(Vec::new()));
        }
        let asked = AskedInstance {
            uid: found.uid().to_owned(),
            incarnation: found.incarnation(),
            at: now,
            fate: AskedFate::Silent,
            is_leaving: false,
        };
        match &mut self.stage {
            CallStage::One(before) => before.push(asked),
            CallStage::Waiting | CallStage::Many(_) => self.stage = CallStage::One(vec![asked]),
        }
        if self.details.idempotent && matches!(self.details.target, Target::Any(_)) {
            self.next_look = Some(now.saturating_add(self.details.patience));
        }
        None
    }

    /// Asks another one, if there is one that was not asked.
    pub(super) fn ask_elsewhere(
        &mut self,
        sender: &mut CallDefaults,
        instances: &Instances,
        now: Duration,
    ) {
        let Target::Any(class) = &self.details.target else {
            return;
        };
        // A new incarnation of one that was asked is another instance.
        let is_asked = |asked: &&AskedInstance| {
            let incarnation = instances.get(&asked.uid).map(Instance::incarnation);
            incarnation == Some(asked.incarnation)
        };
        let asked = self.stage.asked().iter().filter(is_asked);
        let mut except: Vec<&str> = asked.map(|asked| asked.uid.as_str()).collect();
        if self.details.needs_itself(sender) {
            except.push(&sender.me.uid);
        }
        if let Choice::Chosen(found) =
            instances.choose(class, &self.details.method, &except, self.details.draw)
        {
            self.ask(found, sender, now);
        }
    }

    pub(super) fn hear_one(
        &mut self,
        reply: Reply,
        sender: &mut CallDefaults,
        instances: &mut Instances,
        now: Duration,
    ) -> Heard {
        let mut known = self
            .stage
            .asked()
            .iter()
            .filter(|asked| asked.uid == reply.from)
            .peekable();
        if known.peek().is_none() {
            return Heard::Unasked;
        }
        if !known.any(AskedInstance::is_open) {
            return Heard::Repeated;
        }
        instances.answered(&reply.from);
        let uid = reply.from;
        match reply.said {
            ReplyBody::Value { value, .. } => {
                self.blame_slow(instances, now);
                let said = Ok(value);
                Heard::End(Ok(vec![InstanceAnswer { uid, said }]))
            }
            ReplyBody::Refusal { kind, detail } => {
                let kind = CallErrorKind::of_word(&kind);
                let error = self
                    .details
                    .error(kind, self.details.by(&uid, &detail), now);
                if !kind.is_certain() {
                    return Heard::End(Err(error));
                }
                // It did not run there; whether it ran at all only the others can say.
                self.refuse(&uid, error);
                if matches!(kind, CallErrorKind::Busy | CallErrorKind::Stopping) {
                    self.ask_elsewhere(sender, instances, now);
                }
                self.verdict(now).map_or(Heard::Taken, Heard::End)
            }
        }
    }

    fn refuse(&mut self, uid: &str, error: CallError) {
        let mut open = self.stage.asked_mut().iter_mut().rev();
        if let Some(asked) = open.find(|asked| asked.uid == uid && asked.is_open()) {
            asked.fate = AskedFate::Refused(error);
        }
    }

    /// Those who were asked long ago and let another one answer have not answered.
    fn blame_slow(&self, instances: &mut Instances, now: Duration) {
        for asked in self.stage.asked().iter().filter(|asked| asked.is_silent()) {
            if asked.at.saturating_add(self.details.patience) <= now {
                instances.timed_out(&asked.uid, now);
            }
        }
    }

    pub(super) fn miss_one(
        &mut self,
        sender: &mut CallDefaults,
        instances: &Instances,
        now: Duration,
    ) -> Option<CallOutcome> {
        let (mut is_missed, mut again) = (false, None::<Duration>);
        for asked in self
            .stage
            .asked_mut()
            .iter_mut()
            .filter(|asked| asked.is_silent())
        {
            let why = match instances.get(&asked.uid).map(Instance::incarnation) {
                Some(incarnation) if incarnation == asked.incarnation => continue,
                Some(_) => "it was started again",
                None if let Some(settles) = instances.settles(&asked.uid, now) => {
                    again = again.into_iter().chain([settles]).min();
                    is_missed |= !std::mem::replace(&mut asked.is_leaving, true);
                    continue;
                }
                None if instances.has_said_goodbye(&asked.uid, now) => "it has stopped",
                None => "it no longer announces itself",
            };
            asked.fate = AskedFate::Lost(why);
            is_missed |= !asked.is_leaving;
        }
        self.look_again = again;
        if is_missed && self.details.idempotent {
            self.ask_elsewhere(sender, instances, now);
        }
        self.verdict(now)
    }

    pub(super) fn unsent_one(
        &mut self,
        uid: &str,
        kind: CallErrorKind,
        detail: &str,
        now: Duration,
    ) -> Option<CallOutcome> {
        let error = self.details.error(kind, self.details.by(uid, detail), now);
        self.refuse(uid, error);
        self.verdict(now)
    }

    /// The ending, when nobody who was asked is left. That one is lost weighs more than that another
    /// one refused: it may have run.
    fn verdict(&self, now: Duration) -> Option<CallOutcome> {
        if self.stage.asked().iter().any(AskedInstance::is_silent) {
            return None;
        }
        let lost = self
            .stage
            .asked()
            .iter()
            .find_map(|asked| match asked.fate {
                AskedFate::Lost(why) => Some(self.details.error(
                    CallErrorKind::Lost,
                    self.details.by(&asked.uid, why),
                    now,
                )),
                AskedFate::Silent | AskedFate::Refused(_) => None,
            });
        let refusals = self
            .stage
            .asked()
            .iter()
            .rev()
            .find_map(|asked| match &asked.fate {
                AskedFate::Refused(error) => Some(error.clone()),
                AskedFate::Silent | AskedFate::Lost(_) => None,
            });
        Some(Err(lost.or(refusals)?))
    }

    /// Who was asked, where the target does not say.
    pub(super) fn whom(&self) -> String {
        if matches!(self.details.target, Target::Instance(_)) {
            return String::new();
        }
        let uids: Vec<&str> = self
            .stage
            .asked()
            .iter()
            .map(|asked| asked.uid.as_str())
            .collect();
        format!("asked `{}`", uids.join("`, `"))
    }
}
