//! What a process does with the requests that it reads.

use super::super::Mutant;
use super::super::ledger::Token;
use super::super::plan::OF_LANE;
use super::super::streams::{Message, Streams};
use super::super::world::Scene;
use super::{Process, Turn, Work};
use crate::rpc::core::envelope::{Reply, ReplyBody, Request, VERSION};
use crate::rpc::core::error::CallErrorKind;
use crate::rpc::core::server::{Admission, Done, is_expired};

impl Process {
    pub(in super::super) fn read_request(
        &mut self,
        streams: &Streams,
        scene: &mut Scene,
    ) -> Result<(), String> {
        let request = streams.requests(self.place.class)[self.requests_at].clone();
        self.requests_at += 1;
        let known = self.instances.latest_incarnation(&request.caller.uid);
        let admission = self
            .server
            .admit(&request, known, self.wall(scene.now), scene.now);
        let runs = match admission {
            Admission::Run => true,
            Admission::Duplicate => scene.mutant == Some(Mutant::DuplicateRuns),
            Admission::OldIncarnation => scene.mutant == Some(Mutant::OldIncarnationRuns),
            Admission::NotForMe | Admission::Expired => false,
            Admission::Refuse(kind, detail) => {
                self.refuse(&request, kind, detail);
                false
            }
        };
        if runs {
            let newest = self.known.get(&request.caller.uid);
            if newest.is_some_and(|newest| request.caller.incarnation < *newest) {
                return Err(format!(
                    "of an older incarnation than {newest:?}, and admitted: {request:?}"
                ));
            }
            let turn = Turn::Queued;
            self.work.push(Work { request, turn });
        }
        Ok(())
    }

    fn refuse(&mut self, request: &Request, kind: CallErrorKind, detail: String) {
        let kind = kind.word().to_owned();
        self.reply(request, ReplyBody::Refusal { kind, detail });
    }

    fn reply(&mut self, request: &Request, said: ReplyBody) {
        let Some(partition) = request.reply.and_then(|reply| usize::try_from(reply).ok()) else {
            return;
        };
        let reply = Reply {
            v: VERSION,
            id: request.id,
            to: request.caller.uid.clone(),
            incarnation: request.caller.incarnation,
            from: self.place.uid.to_owned(),
            said,
        };
        self.outbox.push_back(Message::Reply { partition, reply });
    }

    /// Whether the lane, or a thread beside it, can take this in hand.
    pub(in super::super) fn can_begin(&self, index: usize) -> bool {
        let is_of_lane = |work: &Work| work.request.method == OF_LANE;
        let work = &self.work[index];
        let is_busy = |other: &Work| is_of_lane(other) && other.turn == Turn::Running;
        work.turn == Turn::Queued && !(is_of_lane(work) && self.work.iter().any(is_busy))
    }

    pub(in super::super) fn begin(
        &mut self,
        index: usize,
        scene: &mut Scene,
    ) -> Result<(), String> {
        let wall = self.wall(scene.now);
        let request = self.work[index].request.clone();
        let is_late = is_expired(request.deadline, wall);
        if is_late && scene.mutant != Some(Mutant::NoSecondLook) {
            self.work.remove(index);
            self.server.count(Done::Expired);
            self.server.release(&request);
            return Ok(());
        }
        if is_late {
            return Err(format!("runs at {wall}, behind its deadline: {request:?}"));
        }
        if scene.faults && scene.chance.one_in(20) {
            self.work.remove(index);
            self.server.count(Done::Refused);
            self.server.release(&request);
            self.refuse(&request, CallErrorKind::Arguments, String::new());
            return Ok(());
        }
        self.work[index].turn = Turn::Running;
        scene.summary.runs += 1;
        match Token::of(&request.arguments) {
            Some(token) => scene.ledger.run(token, self.place.uid, self.incarnation),
            None => Ok(()),
        }
    }

    pub(in super::super) fn finish(&mut self, index: usize, scene: &mut Scene) {
        let Work { request, .. } = self.work.remove(index);
        self.server.count(Done::Ran);
        self.server.release(&request);
        if scene.faults && scene.chance.one_in(20) {
            return self.refuse(&request, CallErrorKind::Panicked, String::new());
        }
        let token = Token::of(&request.arguments);
        let value = token.map_or_else(Vec::new, |token| token.answer(self.place.uid));
        let is_err = scene.chance.one_in(5);
        let value = value.into();
        self.reply(&request, ReplyBody::Value { value, is_err });
    }
}
