//! One run: what is possible is listed, and chance does one of it.

use std::time::Duration;

use super::Mutant;
use super::ask;
use super::forgery;
use super::ledger::Ledger;
use super::plan::Plan;
use super::process::{Phase, Process, Turn};
use super::streams::{Message, Streams};
use super::summary::Summary;
use crate::simulation::chance::Chance;

/// More steps than any run needs to come to rest.
const TOO_MANY: u64 = 20_000;

/// What every step sees.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) chance: Chance,
    pub(super) ledger: Ledger,
    pub(super) summary: Summary,
    pub(super) now: Duration,
    pub(super) faults: bool,
    pub(super) mutant: Option<Mutant>,
}

/// One step. Processes are named by their place in the list.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A process finds out where it reads its replies.
    KnowReplies(usize),
    Ask(usize),
    /// The oldest message of a producer is written to its stream.
    Deliver(usize),
    ReadRequest(usize),
    ReadReply(usize),
    ReadWord(usize),
    /// A method takes its turn, and returns.
    Begin(usize, usize),
    Finish(usize, usize),
    EndStop(usize),
    Time,
    // From here on faults.
    /// An instance begins an incarnation, also beside one that is halted.
    Start(usize),
    Crash(usize),
    Stop(usize),
    Halt(usize),
    Resume(usize),
    /// Something that was written long ago is written once more.
    Echo(usize),
    ForgeReply(usize),
    ForgeRequest,
    /// Time goes on by seconds.
    Leap,
}

/// Everything there is in one run.
pub(super) struct World {
    plan: Plan,
    scene: Scene,
    streams: Streams,
    processes: Vec<Process>,
    /// What will be written once more.
    echoes: Vec<Message>,
    incarnations: u64,
    calls_left: usize,
    /// Everybody knows everybody: from then on a gentle run asks.
    ready: bool,
    print: bool,
}

impl World {
    pub(super) fn new(seed: u64, mutant: Option<Mutant>) -> Self {
        let mut chance = Chance::new(seed ^ 0x0ca1);
        let plan = Plan::draw(&mut chance);
        let ledger = Ledger::new(&plan);
        let scene = Scene {
            chance,
            ledger,
            summary: Summary::default(),
            now: Duration::ZERO,
            faults: !plan.gentle,
            mutant,
        };
        let mut world = Self {
            calls_left: plan.calls,
            ready: !plan.gentle,
            scene,
            streams: Streams::default(),
            processes: Vec::new(),
            echoes: Vec::new(),
            incarnations: 0,
            print: false,
            plan,
        };
        for place in 0..world.plan.places.len() {
            world.start(place);
        }
        world
    }

    pub(super) fn print_steps(&mut self) {
        self.print = true;
        eprintln!("{:?}", self.plan);
    }

    fn start(&mut self, place: usize) {
        // Odd, so that a forged incarnation is nobody's.
        self.incarnations += 2;
        let incarnation = self.incarnations + 1;
        let partition = self.scene.chance.below(self.plan.partitions);
        let place = self.plan.places[place];
        self.processes
            .push(Process::start(place, incarnation, &self.streams, partition));
    }

    pub(super) fn run(&mut self) -> Result<Summary, String> {
        self.tick()?;
        for number in 0.. {
            if number == self.plan.faults_until {
                self.end_faults()?;
            }
            if number > self.plan.faults_until && self.is_over() {
                break;
            }
            self.scene.summary.steps += 1;
            if self.scene.summary.steps > TOO_MANY {
                return Err("it does not come to rest".to_owned());
            }
            let possible = self.possible();
            let step = possible[self.scene.chance.below(possible.len())];
            if self.print {
                eprintln!("{:>8?} {step:?} {}", self.scene.now, self.whose(step));
            }
            self.take(step)?;
        }
        self.close()
    }

    fn whose(&self, step: Step) -> String {
        let (Step::KnowReplies(p)
        | Step::Ask(p)
        | Step::Deliver(p)
        | Step::ReadRequest(p)
        | Step::ReadReply(p)
        | Step::ReadWord(p)
        | Step::Begin(p, _)
        | Step::Finish(p, _)
        | Step::EndStop(p)
        | Step::Crash(p)
        | Step::Stop(p)
        | Step::Halt(p)
        | Step::Resume(p)
        | Step::ForgeReply(p)) = step
        else {
            return String::new();
        };
        let process = &self.processes[p];
        let what = match step {
            Step::Deliver(_) => format!("{:?}", process.outbox.front()),
            _ => String::new(),
        };
        format!("{}#{} {what}", process.place.uid, process.incarnation)
    }

    fn end_faults(&mut self) -> Result<(), String> {
        self.scene.faults = false;
        self.calls_left = 0;
        self.echoes.clear();
        for process in &mut self.processes {
            if process.phase == Phase::Halted {
                process.phase = Phase::Up;
            }
        }
        self.tick()
    }

    /// Whether nothing is on its way but words, and no call is open.
    fn is_over(&self) -> bool {
        self.processes.iter().all(|process| {
            let is_word = |message: &Message| matches!(message, Message::Word(_));
            process.open.is_empty()
                && process.work.is_empty()
                && process.outbox.iter().all(is_word)
                && !process.has_request(&self.streams)
                && !process.has_reply(&self.streams)
        })
    }

    fn possible(&mut self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (p, process) in self.processes.iter().enumerate() {
            if process.phase == Phase::Halted {
                continue;
            }
            if !process.outbox.is_empty() {
                steps.extend([Step::Deliver(p); 2]);
            }
            if process.has_request(&self.streams) {
                steps.extend([Step::ReadRequest(p); 2]);
            }
            if process.has_reply(&self.streams) {
                steps.push(Step::ReadReply(p));
            }
            if process.has_word(&self.streams) {
                steps.extend([Step::ReadWord(p); 2]);
            }
            if !process.knows_replies() {
                steps.push(Step::KnowReplies(p));
            }
            for (index, work) in process.work.iter().enumerate() {
                match work.turn {
                    Turn::Running => steps.push(Step::Finish(p, index)),
                    Turn::Queued if process.can_begin(index) => steps.push(Step::Begin(p, index)),
                    Turn::Queued => {}
                }
            }
            if process.phase == Phase::Stopping && process.work.is_empty() {
                steps.push(Step::EndStop(p));
            }
        }
        let is_quiet = steps.is_empty();
        self.ready |= is_quiet;
        if !self.plan.gentle || is_quiet {
            steps.push(Step::Time);
        }
        if self.ready && self.calls_left > 0 {
            let all = 0..self.processes.len();
            steps.extend(
                all.filter(|p| self.processes[*p].phase == Phase::Up)
                    .map(Step::Ask),
            );
        }
        if self.scene.faults && self.scene.chance.one_in(self.plan.calm) {
            self.add_faults(&mut steps);
        }
        steps
    }

    fn add_faults(&self, steps: &mut Vec<Step>) {
        for (p, process) in self.processes.iter().enumerate() {
            match process.phase {
                Phase::Halted => steps.extend([Step::Resume(p), Step::Crash(p)]),
                Phase::Up => steps.extend([Step::Halt(p), Step::Crash(p), Step::Stop(p)]),
                Phase::Stopping => steps.push(Step::Crash(p)),
            }
            steps.push(Step::ForgeReply(p));
        }
        for (index, place) in self.plan.places.iter().enumerate() {
            let mut of_place = self.processes.iter().filter(|p| p.place.uid == place.uid);
            if of_place.all(|process| process.phase == Phase::Halted) {
                steps.extend([Step::Start(index); 6]);
            }
        }
        let echoes = (0..self.echoes.len()).map(Step::Echo);
        steps.extend(echoes.take(6));
        steps.extend([Step::ForgeRequest, Step::Leap]);
    }

    fn take(&mut self, step: Step) -> Result<(), String> {
        let Self {
            scene,
            streams,
            processes,
            ..
        } = self;
        match step {
            Step::KnowReplies(p) => processes[p].know_replies(streams, scene)?,
            Step::Ask(p) => {
                self.calls_left -= 1;
                let question = ask::draw(&mut scene.chance, &self.plan);
                processes[p].ask(question, scene)?;
            }
            Step::Deliver(p) => {
                let message = processes[p].outbox.pop_front().expect("it is listed");
                if scene.faults && scene.chance.one_in(6) {
                    self.echoes.push(message.clone());
                }
                streams.append(message);
            }
            Step::ReadRequest(p) => processes[p].read_request(streams, scene)?,
            Step::ReadReply(p) => processes[p].read_reply(streams, scene)?,
            Step::ReadWord(p) => processes[p].read_word(streams, scene)?,
            Step::Begin(p, index) => processes[p].begin(index, scene)?,
            Step::Finish(p, index) => processes[p].finish(index, scene),
            Step::EndStop(p) => {
                processes[p].end_stop(streams, scene)?;
                self.bury(p);
            }
            Step::Time => {
                let millis = [1, 20, 200, 500][scene.chance.below(4)];
                scene.now += Duration::from_millis(millis);
                self.tick()?;
            }
            Step::Start(place) => self.start(place),
            Step::Crash(p) => {
                scene.summary.crashes += 1;
                self.bury(p);
            }
            Step::Stop(p) => {
                scene.summary.stops += 1;
                processes[p].begin_stop(scene);
            }
            Step::Halt(p) => processes[p].phase = Phase::Halted,
            Step::Resume(p) => {
                processes[p].phase = Phase::Up;
                processes[p].tick(scene)?;
            }
            Step::Echo(index) => streams.append(self.echoes.remove(index)),
            Step::ForgeReply(p) => {
                let (uid, incarnation) = (processes[p].place.uid, processes[p].incarnation);
                let open: Vec<u64> = processes[p].open.keys().map(|id| id.0).collect();
                let partition = processes[p].partition;
                let reply = forgery::reply(&mut scene.chance, uid, incarnation, &open);
                streams.append(Message::Reply { partition, reply });
            }
            Step::ForgeRequest => {
                streams.append(forgery::request(&mut scene.chance, &self.plan));
            }
            Step::Leap => {
                scene.now += Duration::from_secs(scene.chance.next() % 12 + 2);
                self.tick()?;
            }
        }
        Ok(())
    }

    fn tick(&mut self) -> Result<(), String> {
        let awake = self
            .processes
            .iter_mut()
            .filter(|process| process.phase != Phase::Halted);
        for process in awake {
            process.tick(&mut self.scene)?;
        }
        Ok(())
    }

    /// A process is no more; what it met is counted.
    fn bury(&mut self, p: usize) {
        let process = self.processes.remove(p);
        let (of_client, of_server) = (process.client.counters(), process.server.counters());
        let summary = &mut self.scene.summary;
        summary.duplicates += of_server.duplicates;
        summary.old_incarnations += of_server.old_incarnations;
        summary.expired += of_server.expired;
        summary.other_incarnation += of_server.other_incarnation;
        summary.late += of_client.late;
        summary.foreign += of_client.unasked + of_client.unknown + of_client.other_incarnation;
    }

    fn close(&mut self) -> Result<Summary, String> {
        while let Some(process) = self.processes.first_mut() {
            process.check_empty(self.scene.now)?;
            self.bury(0);
        }
        self.scene.summary.asked_elsewhere = self.scene.ledger.ran_elsewhere();
        Ok(self.scene.summary)
    }
}
