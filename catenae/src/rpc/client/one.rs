//! A call that is answered by one instance: asked once, or elsewhere when that cannot do harm.

use std::time::Duration;

use super::call::{Call, Sender, Stage};
use super::{Heard, Target};
use crate::rpc::answer::{Ending, Part};
use crate::rpc::desk::Wanted;
use crate::rpc::envelope::{Addressee, Reply, Said};
use crate::rpc::error::{CallError, CallErrorKind};
use crate::rpc::instances::{Choice, Instance, Instances};

/// One that was asked.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) uid: String,
    life: u64,
    at: Duration,
    fate: Fate,
    /// It has said goodbye, and what it said before may still come.
    is_leaving: bool,
}

#[derive(Debug)]
enum Fate {
    /// It has said nothing yet.
    Silent,
    /// It said no, or was not reached.
    Refused(CallError),
    /// It is gone. Its answer may still be on its way.
    Lost(&'static str),
}

impl Asked {
    pub(super) fn is_silent(&self) -> bool {
        matches!(self.fate, Fate::Silent)
    }

    /// Whether it may still answer.
    fn is_open(&self) -> bool {
        !matches!(self.fate, Fate::Refused(_))
    }
}

impl Call {
    fn asked(&self) -> &[Asked] {
        match &self.stage {
            Stage::One(asked) => asked,
            Stage::Waiting | Stage::Many(_) => &[],
        }
    }

    fn asked_mut(&mut self) -> &mut [Asked] {
        match &mut self.stage {
            Stage::One(asked) => asked,
            Stage::Waiting | Stage::Many(_) => &mut [],
        }
    }

    /// Asks this one.
    pub(super) fn ask(
        &mut self,
        found: &Instance,
        sender: &mut Sender,
        now: Duration,
    ) -> Option<Ending> {
        let to = Addressee::One(found.uid().to_owned());
        self.send(found.class(), to, Some(found.life()), sender);
        if self.wanted == Wanted::Nothing {
            return Some(Ok(Vec::new()));
        }
        let asked = Asked {
            uid: found.uid().to_owned(),
            life: found.life(),
            at: now,
            fate: Fate::Silent,
            is_leaving: false,
        };
        match &mut self.stage {
            Stage::One(before) => before.push(asked),
            Stage::Waiting | Stage::Many(_) => self.stage = Stage::One(vec![asked]),
        }
        if self.idempotent && matches!(self.target, Target::Any(_)) {
            self.next_look = Some(now.saturating_add(self.patience));
        }
        None
    }

    /// Asks another one, if there is one that was not asked.
    pub(super) fn ask_elsewhere(
        &mut self,
        sender: &mut Sender,
        instances: &Instances,
        now: Duration,
    ) {
        let Target::Any(class) = &self.target else {
            return;
        };
        // A new life of one that was asked is another instance.
        let is_asked = |asked: &&Asked| {
            let life = instances.get(&asked.uid).map(Instance::life);
            life == Some(asked.life)
        };
        let asked = self.asked().iter().filter(is_asked);
        let mut except: Vec<&str> = asked.map(|asked| asked.uid.as_str()).collect();
        if self.needs_itself(sender) {
            except.push(&sender.me.uid);
        }
        if let Choice::Chosen(found) = instances.choose(class, &self.method, &except, self.draw) {
            self.ask(found, sender, now);
        }
    }

    pub(super) fn hear_one(
        &mut self,
        reply: Reply,
        sender: &mut Sender,
        instances: &mut Instances,
        now: Duration,
    ) -> Heard {
        let mut known = self
            .asked()
            .iter()
            .filter(|asked| asked.uid == reply.from)
            .peekable();
        if known.peek().is_none() {
            return Heard::Unasked;
        }
        if !known.any(Asked::is_open) {
            return Heard::Repeated;
        }
        instances.answered(&reply.from);
        let uid = reply.from;
        match reply.said {
            Said::Value { value, .. } => {
                self.blame_slow(instances, now);
                let said = Ok(value);
                Heard::End(Ok(vec![Part { uid, said }]))
            }
            Said::Refusal { kind, detail } => {
                let kind = CallErrorKind::of_word(&kind);
                let error = self.error(kind, self.by(&uid, &detail), now);
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
        let mut open = self.asked_mut().iter_mut().rev();
        if let Some(asked) = open.find(|asked| asked.uid == uid && asked.is_open()) {
            asked.fate = Fate::Refused(error);
        }
    }

    /// Those who were asked long ago and let another one answer have not answered.
    fn blame_slow(&self, instances: &mut Instances, now: Duration) {
        for asked in self.asked().iter().filter(|asked| asked.is_silent()) {
            if asked.at.saturating_add(self.patience) <= now {
                instances.timed_out(&asked.uid, now);
            }
        }
    }

    pub(super) fn miss_one(
        &mut self,
        sender: &mut Sender,
        instances: &Instances,
        now: Duration,
    ) -> Option<Ending> {
        let (mut is_missed, mut again) = (false, None::<Duration>);
        for asked in self
            .asked_mut()
            .iter_mut()
            .filter(|asked| asked.is_silent())
        {
            let why = match instances.get(&asked.uid).map(Instance::life) {
                Some(life) if life == asked.life => continue,
                Some(_) => "it has started anew",
                None if let Some(settles) = instances.settles(&asked.uid, now) => {
                    again = again.into_iter().chain([settles]).min();
                    is_missed |= !std::mem::replace(&mut asked.is_leaving, true);
                    continue;
                }
                None if instances.has_said_goodbye(&asked.uid, now) => "it has stopped",
                None => "it is not heard of any more",
            };
            asked.fate = Fate::Lost(why);
            is_missed |= !asked.is_leaving;
        }
        self.look_again = again;
        if is_missed && self.idempotent {
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
    ) -> Option<Ending> {
        let error = self.error(kind, self.by(uid, detail), now);
        self.refuse(uid, error);
        self.verdict(now)
    }

    /// The ending, when nobody who was asked is left. That one is lost weighs more than that another
    /// one refused: it may have run.
    fn verdict(&self, now: Duration) -> Option<Ending> {
        if self.asked().iter().any(Asked::is_silent) {
            return None;
        }
        let lost = self.asked().iter().find_map(|asked| match asked.fate {
            Fate::Lost(why) => Some(self.error(CallErrorKind::Lost, self.by(&asked.uid, why), now)),
            Fate::Silent | Fate::Refused(_) => None,
        });
        let refusals = self
            .asked()
            .iter()
            .rev()
            .find_map(|asked| match &asked.fate {
                Fate::Refused(error) => Some(error.clone()),
                Fate::Silent | Fate::Lost(_) => None,
            });
        Some(Err(lost.or(refusals)?))
    }

    /// A detail, and whose it is where the target does not say.
    fn by(&self, uid: &str, detail: &str) -> String {
        match &self.target {
            Target::Instance(_) => detail.to_owned(),
            _ if detail.is_empty() => format!("instance `{uid}`"),
            _ => format!("instance `{uid}`: {detail}"),
        }
    }

    /// Who was asked, where the target does not say.
    pub(super) fn whom(&self) -> String {
        if matches!(self.target, Target::Instance(_)) {
            return String::new();
        }
        let uids: Vec<&str> = self
            .asked()
            .iter()
            .map(|asked| asked.uid.as_str())
            .collect();
        format!("asked `{}`", uids.join("`, `"))
    }
}
