//! A call that is answered by many: who has answered, who is awaited, who is missing.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use super::Heard;
use super::call::{CallStage, PendingCall};
use crate::rpc::core::envelope::{Reply, ReplyBody};
use crate::rpc::core::error::CallErrorKind;
use crate::rpc::core::instances::{Instance, Instances};
use crate::rpc::core::question::{CallOutcome, InstanceAnswer};

/// So many may answer who were not known to be there: a foreign producer shall not fill the memory.
const MAX_UNEXPECTED: usize = 1024;

/// The answers of many.
#[derive(Debug)]
pub(super) struct AnswerSet {
    /// Those who have not answered, with their incarnations and classes.
    awaited: BTreeMap<String, (u64, String)>,
    answered: HashSet<String>,
    answers: Vec<InstanceAnswer>,
    missing: Vec<InstanceAnswer>,
    quorum: Option<usize>,
    unexpected: usize,
}

impl AnswerSet {
    pub(super) fn new<'i>(
        awaited: impl Iterator<Item = &'i Instance>,
        missing: Vec<InstanceAnswer>,
        quorum: Option<usize>,
    ) -> Self {
        let awaited = awaited.map(|instance| {
            let (uid, class) = (instance.uid().to_owned(), instance.class().to_owned());
            (uid, (instance.incarnation(), class))
        });
        Self {
            awaited: awaited.collect(),
            answered: HashSet::new(),
            answers: Vec::new(),
            missing,
            quorum,
            unexpected: 0,
        }
    }

    /// Those who have said nothing.
    pub(super) fn silent(&self) -> impl Iterator<Item = &str> {
        self.awaited.keys().map(String::as_str)
    }

    fn has_quorum(&self) -> bool {
        self.quorum
            .is_some_and(|quorum| self.answers.len() >= quorum)
    }

    fn is_missing(&self, uid: &str) -> bool {
        self.missing.iter().any(|part| part.uid == uid)
    }
}

impl PendingCall {
    pub(super) fn hear_many(
        &mut self,
        reply: Reply,
        instances: &mut Instances,
        now: Duration,
    ) -> Heard {
        let refusal = match &reply.said {
            ReplyBody::Value { .. } => None,
            ReplyBody::Refusal { kind, detail } => {
                let kind = CallErrorKind::of_word(kind);
                Some(self.details.error(kind, detail, now))
            }
        };
        let CallStage::Many(gather) = &mut self.stage else {
            return Heard::Unasked;
        };
        let uid = reply.from;
        if gather.answered.contains(&uid) {
            return Heard::Repeated;
        }
        let is_awaited = gather.awaited.remove(&uid).is_some();
        if !is_awaited && !gather.is_missing(&uid) {
            // Everybody of the class reads the request, also who was not known to be there.
            let has_no_such_method =
                |error: &crate::rpc::CallError| error.kind() == CallErrorKind::UnknownMethod;
            if refusal.as_ref().is_some_and(has_no_such_method)
                || gather.unexpected >= MAX_UNEXPECTED
            {
                return Heard::Unasked;
            }
            gather.unexpected += 1;
        } else if !is_awaited && refusal.is_some() {
            return Heard::Repeated;
        }
        instances.answered(&uid);
        match (refusal, reply.said) {
            (None, ReplyBody::Value { value, .. }) => {
                if !is_awaited {
                    // It was thought to be lost, and its answer was on its way.
                    gather.missing.retain(|part| part.uid != uid);
                }
                gather.answered.insert(uid.clone());
                let said = Ok(value);
                gather.answers.push(InstanceAnswer { uid, said });
            }
            (Some(error), _) => {
                let said = Err(error);
                gather.missing.push(InstanceAnswer { uid, said });
            }
            (None, ReplyBody::Refusal { .. }) => {}
        }
        self.gathered(now).map_or(Heard::Taken, Heard::End)
    }

    pub(super) fn miss_many(
        &mut self,
        instances: &Instances,
        now: Duration,
    ) -> Option<CallOutcome> {
        let is_gone = |uid: &str, incarnation: u64| {
            instances.get(uid).map(Instance::incarnation) != Some(incarnation)
        };
        let settles = |uid: &str| instances.settles(uid, now);
        let is_lost =
            |uid: &str, incarnation: u64| is_gone(uid, incarnation) && settles(uid).is_none();
        self.look_again = match &self.stage {
            CallStage::Many(gather) => gather.silent().filter_map(settles).min(),
            CallStage::Waiting | CallStage::One(_) => None,
        };
        self.miss_those(CallErrorKind::Lost, "", now, |uid, incarnation, _| {
            is_lost(uid, incarnation)
        });
        self.gathered(now)
    }

    pub(super) fn unsent_many(
        &mut self,
        class: &str,
        kind: CallErrorKind,
        detail: &str,
        now: Duration,
    ) -> Option<CallOutcome> {
        self.miss_those(kind, detail, now, |_, _, of_class| of_class == class);
        self.gathered(now)
    }

    fn miss_those(
        &mut self,
        kind: CallErrorKind,
        detail: &str,
        now: Duration,
        is_missed: impl Fn(&str, u64, &str) -> bool,
    ) {
        let error = self.details.error(kind, detail, now);
        let CallStage::Many(gather) = &mut self.stage else {
            return;
        };
        let missing = &mut gather.missing;
        gather.awaited.retain(|uid, (incarnation, class)| {
            let is_missed = is_missed(uid, *incarnation, class);
            if is_missed {
                let (uid, said) = (uid.clone(), Err(error.clone()));
                missing.push(InstanceAnswer { uid, said });
            }
            !is_missed
        });
    }

    /// The ending, when nobody is awaited any more, or enough have answered.
    pub(super) fn gathered(&mut self, now: Duration) -> Option<CallOutcome> {
        let CallStage::Many(gather) = &self.stage else {
            return None;
        };
        if gather.has_quorum() && !gather.awaited.is_empty() {
            return Some(self.close("enough others had answered", now));
        }
        gather.awaited.is_empty().then(|| self.close("", now))
    }

    /// Ends with what came.
    pub(super) fn close(&mut self, why: &str, now: Duration) -> CallOutcome {
        self.miss_those(CallErrorKind::Timeout, why, now, |_, _, _| true);
        let CallStage::Many(gather) = &mut self.stage else {
            return Ok(Vec::new());
        };
        let mut parts = std::mem::take(&mut gather.answers);
        parts.append(&mut gather.missing);
        Ok(parts)
    }
}
