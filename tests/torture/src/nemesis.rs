//! Carries a schedule out on a fleet, its brokers and its network, and undoes it at the end.

use std::collections::BTreeMap;
use std::io;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::cluster::Cluster;
use crate::fleet::Fleet;
use crate::incarnations::Incarnations;
use crate::journal::Journal;
use crate::limits::Limits;
use crate::pace::pause;
use crate::proxy::Toxic;
use crate::schedule::{Fault, Schedule};

/// When it is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// After so many killed instances.
    Kills(u64),
    /// After so much time.
    Time(Duration),
}

/// How often what happened.
pub type Counts = BTreeMap<&'static str, u64>;

/// A nemesis at work.
#[derive(Debug)]
pub struct Nemesis<'r> {
    fleet: &'r mut Fleet,
    cluster: &'r Cluster,
    /// The stream that can be created again, if there is one.
    incarnations: Option<&'r mut Incarnations>,
    limits: Limits,
    journal: Journal,
    began: Instant,
    counts: Counts,
    /// When which proxy is clean again.
    cleans: BTreeMap<usize, Instant>,
    broker: Option<(usize, JoinHandle<io::Result<()>>)>,
    slots: usize,
    /// What the proxies do when nothing is wrong.
    rest: Toxic,
}

const TICK: Duration = Duration::from_millis(10);

impl<'r> Nemesis<'r> {
    /// One that writes down what it does.
    #[must_use]
    pub fn new(
        fleet: &'r mut Fleet,
        cluster: &'r Cluster,
        incarnations: Option<&'r mut Incarnations>,
        limits: Limits,
        journal: Journal,
        slots: usize,
        rest: Toxic,
    ) -> Self {
        for proxy in cluster.proxies() {
            proxy.poison(rest);
        }
        Self {
            rest,
            fleet,
            cluster,
            incarnations,
            limits,
            journal,
            slots,
            began: Instant::now(),
            counts: Counts::new(),
            cleans: BTreeMap::new(),
            broker: None,
        }
    }

    /// Does what the schedule says until the limit, then undoes what lasts. Returns how often what
    /// happened.
    pub fn torture(mut self, schedule: Schedule, limit: Limit) -> Counts {
        let mut steps = schedule.peekable();
        let mut last = Instant::now();
        while !self.has_enough(limit) {
            self.fleet.look();
            self.clean_what_is_due();
            self.collect_broker();
            self.is_whole();
            if let Some(step) = steps.next_if(|step| last + step.after <= Instant::now()) {
                last = Instant::now();
                let did = self.carry_out(&step.fault);
                self.write_down(&step.fault, did);
            }
            pause(TICK);
        }
        self.heal();
        self.counts
    }

    fn has_enough(&self, limit: Limit) -> bool {
        match limit {
            Limit::Kills(kills) => self.counts.get("kill").is_some_and(|count| *count >= kills),
            Limit::Time(time) => self.began.elapsed() >= time,
        }
    }

    /// Returns what was done, if the fault found its victim.
    fn carry_out(&mut self, fault: &Fault) -> Option<&'static str> {
        let slots = self.slots;
        // An empty place is no victim: the next one is.
        let victims = |slot: &usize| {
            let first = *slot;
            (0..slots).map(move |further| (first + further) % slots)
        };
        let fleet = &mut *self.fleet;
        let did = match fault {
            Fault::Kill { flow, slot, down } => {
                let killed = victims(slot).any(|slot| fleet.kill(*flow, slot, *down));
                killed.then_some("kill")
            }
            Fault::Term { flow, slot, down } => {
                let ended = victims(slot).any(|slot| fleet.terminate(*flow, slot, *down));
                ended.then_some("term")
            }
            Fault::Stop { flow, slot, time } => {
                let halted = victims(slot).any(|slot| fleet.halt(*flow, slot, *time));
                halted.then_some("stop")
            }
            Fault::Scale { flow, instances } => {
                fleet.scale(*flow, *instances);
                Some("scale")
            }
            Fault::Broker { id, down } => self.kill_broker(*id, *down).then_some("broker"),
            Fault::Net {
                broker,
                toxic,
                time,
            } => {
                self.cluster.proxies()[*broker].poison(*toxic);
                self.cleans.insert(*broker, Instant::now() + *time);
                Some("net")
            }
            Fault::Recreate { down, percent } => {
                let incarnations = self.incarnations.as_mut();
                let began =
                    incarnations.is_some_and(|incarnations| incarnations.recreate(*down, *percent));
                began.then_some("recreate")
            }
            Fault::Limits { flow, tight } => {
                let set = self.limits.set(*flow, *tight);
                set.then_some("limits")
            }
        };
        if let Some(did) = did {
            *self.counts.entry(did).or_default() += 1;
        }
        did
    }

    fn write_down(&mut self, fault: &Fault, did: Option<&str>) {
        let ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let at = crate::pace::now_ms();
        let line = json!({ "ms": ms, "at": at, "fault": format!("{fault:?}"), "did": did });
        let written = self.journal.add(&line).and_then(|()| self.journal.sync());
        written.expect("the disk takes the journal");
    }

    /// One at a time: with two of three gone nothing can be written, and nothing is proven.
    fn kill_broker(&mut self, id: usize, down: Duration) -> bool {
        if self.broker.is_some() {
            return false;
        }
        let script = self.cluster.script();
        let cycle = move || {
            script.kill(id)?;
            pause(down);
            script.restart(id)
        };
        self.broker = Some((id, thread::spawn(cycle)));
        true
    }

    fn collect_broker(&mut self) {
        if let Some((id, cycle)) = self.broker.take() {
            if !cycle.is_finished() {
                self.broker = Some((id, cycle));
                return;
            }
            let back = cycle.join().expect("no panic");
            back.unwrap_or_else(|error| panic!("broker {id} did not come back: {error}"));
        }
    }

    /// Whether the stream that can be created again is there.
    fn is_whole(&mut self) -> bool {
        self.incarnations
            .as_mut()
            .is_none_or(|incarnations| incarnations.look())
    }

    fn clean_what_is_due(&mut self) {
        let (proxies, rest) = (self.cluster.proxies(), self.rest);
        self.cleans.retain(|broker, due| {
            let over = *due <= Instant::now();
            if over {
                proxies[*broker].poison(rest);
            }
            !over
        });
    }

    fn heal(&mut self) {
        for proxy in self.cluster.proxies() {
            proxy.poison(self.rest);
        }
        self.fleet.resume_all();
        while self.broker.is_some() || !self.is_whole() {
            self.fleet.look();
            self.collect_broker();
            pause(TICK);
        }
    }
}
