//! One incarnation of an instance: the real rooms, and a model of the shell around them.

mod serving;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::Mutant;
use super::ledger::{Presence, Token};
use super::plan::{OF_LANE, Place};
use super::streams::{Message, Streams, Word};
use super::world::Scene;
use crate::rpc::Caller;
use crate::rpc::core::client::{CallId, Client, Effect};
use crate::rpc::core::envelope::{Addressee, Announcement, Request};
use crate::rpc::core::error::CallErrorKind;
use crate::rpc::core::instances::tests::announcement;
use crate::rpc::core::instances::{Instance, Instances};
use crate::rpc::core::question::{CallScope, Question, Target, Wanted};
use crate::rpc::core::server::{Server, ServerLimits};

/// The wall clock at the beginning of a run.
const WALL: u64 = 1_700_000_000_000;

/// An instance says so often that it is there.
const INTERVAL: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Up,
    /// It is stopped by a signal, and its clock goes on.
    Halted,
    Stopping,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Queued,
    Running,
}

#[derive(Debug)]
pub(super) struct Work {
    request: Request,
    pub(super) turn: Turn,
}

#[derive(Debug)]
pub(super) struct Process {
    pub(super) place: Place,
    pub(super) incarnation: u64,
    pub(super) client: Client,
    pub(super) server: Server,
    pub(super) instances: Instances,
    pub(super) partition: usize,
    requests_at: usize,
    replies_at: Option<usize>,
    words_at: usize,
    pub(super) outbox: VecDeque<Message>,
    pub(super) work: Vec<Work>,
    pub(super) open: BTreeMap<CallId, Token>,
    /// Whom each call has asked last, where it asks one.
    asked: BTreeMap<CallId, (String, u64)>,
    /// When it says that it is there; not any more after its goodbye.
    next_word: Option<Duration>,
    pub(super) phase: Phase,
    /// The newest incarnation of each instance that it has read of.
    known: BTreeMap<String, u64>,
}

impl Process {
    pub(super) fn start(
        place: Place,
        incarnation: u64,
        streams: &Streams,
        partition: usize,
    ) -> Self {
        let mut me = Caller::new(place.uid, place.class);
        me.incarnation = incarnation;
        let methods = place.methods.iter().map(|name| (*name).to_owned());
        let limits = ServerLimits {
            calls: place.limit,
            bytes: usize::MAX,
        };
        Self {
            client: Client::new(me, [OF_LANE.to_owned()]),
            server: Server::new(place.uid, incarnation, methods, limits),
            instances: Instances::default(),
            partition,
            requests_at: streams.requests(place.class).len(),
            replies_at: None,
            words_at: 0,
            outbox: VecDeque::new(),
            work: Vec::new(),
            open: BTreeMap::new(),
            asked: BTreeMap::new(),
            next_word: Some(Duration::ZERO),
            phase: Phase::Up,
            known: BTreeMap::new(),
            place,
            incarnation,
        }
    }

    fn wall(&self, now: Duration) -> u64 {
        WALL + self.place.skew + u64::try_from(now.as_millis()).expect("not so long")
    }

    pub(super) fn has_request(&self, streams: &Streams) -> bool {
        self.requests_at < streams.requests(self.place.class).len()
    }

    pub(super) fn has_reply(&self, streams: &Streams) -> bool {
        let end = streams.replies(self.partition).len();
        self.replies_at.is_some_and(|at| at < end)
    }

    pub(super) fn has_word(&self, streams: &Streams) -> bool {
        self.words_at < streams.words.len()
    }

    pub(super) fn knows_replies(&self) -> bool {
        self.replies_at.is_some()
    }

    /// Finds out where the replies that matter begin.
    pub(super) fn know_replies(
        &mut self,
        streams: &Streams,
        scene: &mut Scene,
    ) -> Result<(), String> {
        self.replies_at = Some(streams.replies(self.partition).len());
        let partition = i32::try_from(self.partition).expect("few");
        self.client
            .set_reply_partition(partition, &self.instances, scene.now);
        self.effects(scene)
    }

    pub(super) fn ask(&mut self, mut question: Question, scene: &mut Scene) -> Result<(), String> {
        let token = scene.ledger.next();
        question.arguments = token.0.to_be_bytes().to_vec();
        let of_lane = question.from == CallScope::Lane
            && question.method == OF_LANE
            && question.wanted != Wanted::Nothing;
        scene
            .ledger
            .ask(token, self.place.uid, question.clone(), scene.now, of_lane);
        scene.summary.calls += 1;
        if scene.mutant == Some(Mutant::EverythingTwice) {
            question.idempotent = true;
        }
        let (wall, draw) = (self.wall(scene.now), scene.chance.next());
        match self
            .client
            .open(question, &self.instances, scene.now, wall, draw)
        {
            Ok(id) => {
                self.open.insert(id, token);
            }
            Err(error) => scene.ledger.refused_at_once(token, error.kind())?,
        }
        self.effects(scene)
    }

    fn effects(&mut self, scene: &mut Scene) -> Result<(), String> {
        loop {
            let effects = self.client.take_effects();
            if effects.is_empty() {
                return Ok(());
            }
            for effect in effects {
                match effect {
                    Effect::Send { class, request } => self.send(class, request, scene),
                    Effect::End { id, ending } => {
                        let token = self.open.remove(&id);
                        self.asked.remove(&id);
                        let token =
                            token.ok_or_else(|| format!("{id:?} ended, and is not open"))?;
                        scene.ledger.end(token, &ending, &mut scene.summary)?;
                    }
                }
            }
        }
    }

    fn send(&mut self, class: String, mut request: Request, scene: &mut Scene) {
        if scene.faults && scene.chance.one_in(30) {
            let (id, to, kind) = (CallId(request.id), &request.to, CallErrorKind::Unsent);
            self.client.unsent(id, &class, to, kind, "", scene.now);
            return;
        }
        if let (Addressee::One(uid), Some(incarnation)) = (&request.to, request.to_incarnation) {
            self.asked
                .insert(CallId(request.id), (uid.clone(), incarnation));
        }
        if scene.mutant == Some(Mutant::AnyIncarnation) {
            request.to_incarnation = None;
        }
        self.outbox.push_back(Message::Request { class, request });
    }

    pub(super) fn read_reply(
        &mut self,
        streams: &Streams,
        scene: &mut Scene,
    ) -> Result<(), String> {
        let at = self.replies_at.expect("it reads them");
        let mut reply = streams.replies(self.partition)[at].clone();
        self.replies_at = Some(at + 1);
        if scene.mutant == Some(Mutant::AnybodysReply) {
            self.place.uid.clone_into(&mut reply.to);
            reply.incarnation = self.incarnation;
        }
        self.client.on_reply(reply, &mut self.instances, scene.now);
        self.effects(scene)
    }

    pub(super) fn read_word(&mut self, streams: &Streams, scene: &mut Scene) -> Result<(), String> {
        let word = streams.words[self.words_at].clone();
        self.words_at += 1;
        let age = scene.now.saturating_sub(word.written);
        let change = match word.said {
            Some(said) => {
                let newest = self.known.entry(word.uid).or_default();
                *newest = said.incarnation.max(*newest);
                self.instances.hear(said, age, scene.now)
            }
            None => self.instances.withdraw(&word.uid, None, age, scene.now),
        };
        if change.matters() && scene.mutant != Some(Mutant::NoNews) {
            self.client.on_instances(&self.instances, scene.now);
        }
        self.effects(scene)?;
        self.check_open(scene)
    }

    pub(super) fn tick(&mut self, scene: &mut Scene) -> Result<(), String> {
        if self.next_word.is_some_and(|due| due <= scene.now) {
            self.next_word = Some(scene.now + INTERVAL);
            let Place {
                uid,
                class,
                methods,
                ..
            } = self.place;
            let mut said = announcement(uid, class, self.incarnation, methods);
            said.every_ms = u64::try_from(INTERVAL.as_millis()).expect("seconds");
            self.say(Some(said), scene.now);
        }
        if self.instances.expire(scene.now).matters() && scene.mutant != Some(Mutant::NoNews) {
            self.client.on_instances(&self.instances, scene.now);
        }
        if scene.mutant != Some(Mutant::NoTick) {
            self.client.on_tick(&mut self.instances, scene.now);
        }
        self.effects(scene)?;
        let mut open = self.open.values();
        open.try_for_each(|token| scene.ledger.check_deadline(*token, scene.now))?;
        self.check_open(scene)
    }

    /// No call waits for one that is gone, or for somebody who is there.
    fn check_open(&self, scene: &Scene) -> Result<(), String> {
        if self.open.len() != self.client.open_calls() {
            let open = self.client.open_calls();
            return Err(format!(
                "{open} calls are open, and should be {:?}",
                self.open
            ));
        }
        // Between the moment at which something is due and the tick it is not looked at yet.
        let is_due = self.client.next_due().is_some_and(|due| due <= scene.now);
        for (id, token) in &self.open {
            let asked = self.asked.get(id).map(|(uid, incarnation)| {
                let is_there =
                    self.instances.get(uid).map(Instance::incarnation) == Some(*incarnation);
                let settles = self.instances.settles(uid, scene.now).is_some();
                match is_there || settles || is_due {
                    true => Presence::There,
                    false => Presence::Gone,
                }
            });
            let is_anybody = |target: &Target| self.knows_replies() && self.is_anybody(target);
            scene.ledger.check_open(*token, asked, is_anybody)?;
        }
        Ok(())
    }

    fn is_anybody(&self, target: &Target) -> bool {
        match target {
            Target::Instance(uid) => self.instances.get(uid).is_some(),
            Target::Any(class) => self.instances.of_class(class).count() > 0,
            Target::All(_) | Target::Everybody => false,
        }
    }

    fn say(&mut self, said: Option<Announcement>, now: Duration) {
        self.outbox.push_back(Message::Word(Word {
            uid: self.place.uid.to_owned(),
            said,
            written: now,
        }));
    }

    /// Says that it is there no more.
    pub(super) fn say_goodbye(&mut self, now: Duration) {
        if self.next_word.take().is_some() {
            self.say(None, now);
        }
    }

    pub(super) fn begin_stop(&mut self, scene: &mut Scene) {
        self.phase = Phase::Stopping;
        self.server.stopping();
        if scene.chance.one_in(2) {
            self.say_goodbye(scene.now);
        }
    }

    /// Ends in order: what it has written is delivered.
    pub(super) fn end_stop(
        &mut self,
        streams: &mut Streams,
        scene: &mut Scene,
    ) -> Result<(), String> {
        self.client.shutdown(scene.now);
        self.effects(scene)?;
        if !self.open.is_empty() || self.client.open_calls() > 0 {
            return Err(format!("it has stopped, and {:?} are open", self.open));
        }
        self.say_goodbye(scene.now);
        self.outbox
            .drain(..)
            .for_each(|message| streams.append(message));
        Ok(())
    }

    /// What must hold when all is over, long after.
    pub(super) fn check_empty(&mut self, now: Duration) -> Result<(), String> {
        let later = now + Duration::from_secs(7200);
        self.instances.expire(later);
        let left = (
            self.client.open_calls(),
            self.client.next_due(),
            self.server.in_flight(),
            self.server.remembered(later),
            self.instances.len(),
        );
        match left {
            (0, None, 0, 0, 0) => Ok(()),
            left => Err(format!("{} has left over {left:?}", self.place.uid)),
        }
    }
}
