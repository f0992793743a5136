//! The instances of a run: started, ended, halted, and started again when they end by themselves.

mod instance;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::fleet::instance::Instance;
pub use crate::fleet::instance::{Cause, End};
use crate::seed::Dice;

/// What stands before the name of a link where this program is called by it.
pub const LINK: &str = "torture-";
/// How long a process may take from SIGTERM to its end.
pub const TO_END: Duration = Duration::from_secs(10);
/// How long a process that ended by itself stays away.
const AWAY: Duration = Duration::from_millis(300);

/// How the processes of one topology are started.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The link's name.
    pub name: String,
    /// What every process is told.
    pub arguments: Vec<String>,
    /// What a process is told beside, drawn at each start.
    pub habits: Vec<Habit>,
    /// The mutant that the engine shall be, if any.
    pub mutant: Option<String>,
}

/// Arguments that some of the processes get.
#[derive(Clone, Debug)]
pub struct Habit {
    /// So many in a thousand.
    pub permille: u64,
    /// One of these.
    pub one_of: Vec<Vec<String>>,
}

/// The instances of all topologies.
#[derive(Debug)]
pub struct Fleet {
    dice: Dice,
    logs: PathBuf,
    launches: Vec<Launch>,
    slots: Vec<Vec<Slot>>,
    started: usize,
    ends: Vec<End>,
}

#[derive(Debug, Default)]
struct Slot {
    /// Whether there is to be one.
    wanted: bool,
    due: Option<Instant>,
    instance: Option<Instance>,
}

impl Fleet {
    /// A fleet of at most `slots` instances of each; none is wanted yet.
    #[must_use]
    pub fn new(seed: u64, logs: PathBuf, launches: Vec<Launch>, slots: usize) -> Self {
        let empty = || (0..slots).map(|_| Slot::default()).collect();
        Self {
            dice: Dice::new(seed, "fleet"),
            logs,
            slots: launches.iter().map(|_| empty()).collect(),
            launches,
            started: 0,
            ends: Vec::new(),
        }
    }

    /// Wants that many instances of a topology; those too many are asked to end.
    pub fn scale(&mut self, flow: usize, instances: usize) {
        for (index, slot) in self.slots[flow].iter_mut().enumerate() {
            slot.wanted = index < instances;
            slot.due = None;
            if let (false, Some(instance)) = (slot.wanted, &mut slot.instance) {
                instance.terminate();
            }
        }
    }

    /// Wants no instance any more.
    pub fn end_all(&mut self) {
        for flow in 0..self.slots.len() {
            self.scale(flow, 0);
        }
    }

    /// Starts what is wanted and due, notices what has ended, kills what does not end.
    pub fn look(&mut self) {
        for flow in 0..self.slots.len() {
            for index in 0..self.slots[flow].len() {
                self.look_at(flow, index);
            }
        }
    }

    fn look_at(&mut self, flow: usize, index: usize) {
        let slot = &mut self.slots[flow][index];
        if let Some(instance) = &mut slot.instance {
            instance.resume_when_due();
            if let Some(end) = instance.look() {
                if end.by_itself() {
                    slot.due = Some(Instant::now() + AWAY);
                }
                self.ends.push(end);
                slot.instance = None;
            }
            return;
        }
        let due = slot.due.is_none_or(|due| due <= Instant::now());
        if !slot.wanted || !due {
            return;
        }
        slot.due = None;
        self.started += 1;
        let launch = &self.launches[flow];
        let process = format!("{}-{index}-{}", launch.name, self.started);
        // A container that is started again has the name of the one before, or a new one: with
        // transactions that decides who ends what the one before has left open.
        let uid = if self.dice.chance(500) {
            format!("{}-{index}", launch.name)
        } else {
            process.clone()
        };
        let mut arguments = launch.arguments.clone();
        arguments.extend(["--uid", &uid, "--process", &process].map(ToOwned::to_owned));
        for habit in &launch.habits {
            let chosen = self.dice.pick(&habit.one_of).clone();
            if self.dice.chance(habit.permille) {
                arguments.extend(chosen);
            }
        }
        let log = self.logs.join(format!("{process}.log"));
        let mutant = launch.mutant.as_deref();
        match Instance::start(&launch.name, process, &arguments, log, mutant) {
            Ok(instance) => self.slots[flow][index].instance = Some(instance),
            Err(error) => panic!("{} cannot be started: {error}", launch.name),
        }
    }

    /// SIGKILL for an instance, and a new one after `down`; returns whether there was one.
    pub fn kill(&mut self, flow: usize, slot: usize, down: Duration) -> bool {
        self.act(flow, slot, down, Instance::kill)
    }

    /// SIGTERM for an instance, and a new one after `down`; returns whether there was one.
    pub fn terminate(&mut self, flow: usize, slot: usize, down: Duration) -> bool {
        self.act(flow, slot, down, Instance::terminate)
    }

    /// SIGSTOP for an instance, and SIGCONT after `time`; returns whether there was one.
    pub fn halt(&mut self, flow: usize, slot: usize, time: Duration) -> bool {
        let instance = self.slots[flow][slot].instance.as_mut();
        instance.is_some_and(|instance| instance.halt(time))
    }

    fn act(
        &mut self,
        flow: usize,
        slot: usize,
        down: Duration,
        action: fn(&mut Instance) -> bool,
    ) -> bool {
        let slot = &mut self.slots[flow][slot];
        let Some(instance) = &mut slot.instance else {
            return false;
        };
        slot.due = Some(Instant::now() + down);
        action(instance)
    }

    /// Lets everybody go on who is halted.
    pub fn resume_all(&mut self) {
        let slots = self.slots.iter_mut().flatten();
        for instance in slots.filter_map(|slot| slot.instance.as_mut()) {
            instance.resume();
        }
    }

    /// The last log lines of the running instances of a flow.
    #[must_use]
    pub fn last_lines(&self, flow: &str) -> Vec<String> {
        let flows = self.launches.iter().zip(&self.slots);
        let of_flow = flows.filter(|(launch, _)| launch.name == flow);
        let slots = of_flow.flat_map(|(_, slots)| slots);
        let running = slots.filter_map(|slot| slot.instance.as_ref());
        running.flat_map(Instance::last_lines).collect()
    }

    /// Whether nothing runs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots
            .iter()
            .flatten()
            .all(|slot| slot.instance.is_none())
    }

    /// How many processes were started.
    #[must_use]
    pub fn started(&self) -> usize {
        self.started
    }

    /// How each of those ended that have.
    #[must_use]
    pub fn ends(&self) -> &[End] {
        &self.ends
    }
}
