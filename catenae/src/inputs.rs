//! Which input stream is served next when several have electrons waiting.
//!
//! Weighted fair scheduling on virtual time: every input has a clock that runs slower the larger its
//! share; the ready input whose clock is furthest behind is served. An empty input costs nothing, and
//! one that wakes up is brought level with the busy ones, so it is served next but hoards no credit.
//!
//! In `strict` mode the first busy input is served. With a reserve, the others earn a share of its work while they
//! wait, and are served when they have earned some; among themselves they are equal.

use crate::spec::modes::InputMode;

/// The base of the shares in `exp` mode, the ancestor's.
const EXP_BASE: f64 = 1.7;

/// The part of the window that a reserve may save up while nothing of it can be taken: with the window of 15 minutes,
/// 0.9 s. More would make the first input wait for long when it can.
const EARNED_AT_MOST: f64 = 0.001;

/// How a scheduler decides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SchedulerOptions {
    pub(crate) mode: InputMode,
    /// No input waits longer than this much work of the others for having been ahead; in the unit in which costs are
    /// told.
    pub(crate) window: f64,
    /// The share of the work that `strict` keeps for the inputs behind the first busy one, from 0 to 0.5.
    pub(crate) reserve: f64,
}

/// Decides, and is told what the decision cost; knows no clock of its own.
#[derive(Debug)]
pub(crate) struct Scheduler {
    options: SchedulerOptions,
    inputs: Vec<Share>,
    reserve: Reserve,
}

/// What `strict` keeps for the inputs behind the first busy one.
#[derive(Clone, Copy, Debug, Default)]
struct Reserve {
    /// How much work they have earned and not done; below zero when they were ahead.
    earned: f64,
    turn: ReserveTurn,
}

/// Which input was picked last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ReserveTurn {
    /// The first busy one; nothing of others was waiting.
    #[default]
    Alone,
    /// The first busy one, while others were waiting.
    Front,
    /// One behind it.
    Behind,
}

/// What can be seen of the inputs.
pub(crate) struct Look<'a> {
    /// Whether something of an input may be taken now.
    pub(crate) ready: &'a dyn Fn(usize) -> bool,
    /// Whether something of it lies here, even if there is no room to take it.
    pub(crate) lies: &'a dyn Fn(usize) -> bool,
    /// Whether more of one that is not ready is under way: in `strict` mode the ones behind it wait for that, in the
    /// others it keeps what it is owed.
    pub(crate) comes: &'a dyn Fn(usize) -> bool,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Input(usize),
    /// An input of which more is under way: the others are not served before it.
    Waits,
    /// No input has anything.
    Nobody,
}

#[derive(Clone, Copy, Debug)]
struct Share {
    weight: f64,
    clock: f64,
    is_ready: bool,
    /// It is ready, or was a moment ago and will be.
    is_busy: bool,
}

impl Scheduler {
    /// A scheduler for `inputs` streams.
    pub(crate) fn new(options: SchedulerOptions, inputs: usize) -> Self {
        let mut scheduler = Self {
            options,
            inputs: Vec::new(),
            reserve: Reserve::default(),
        };
        scheduler.resize(inputs);
        scheduler
    }

    /// Inputs were added at the end or removed; every clock starts again.
    pub(crate) fn resize(&mut self, inputs: usize) {
        self.reserve = Reserve::default();
        self.inputs = shares(self.options.mode, inputs)
            .into_iter()
            .map(|weight| Share {
                weight,
                clock: 0.0,
                is_ready: false,
                is_busy: false,
            })
            .collect();
    }

    /// The input to serve next.
    pub(crate) fn pick(&mut self, look: &Look<'_>) -> Turn {
        if self.options.mode == InputMode::Strict {
            return self.pick_strictly(look);
        }
        self.pick_by_share(look).map_or(Turn::Nobody, Turn::Input)
    }

    fn pick_strictly(&mut self, look: &Look<'_>) -> Turn {
        for input in 0..self.inputs.len() {
            let is_ready = (look.ready)(input);
            let behind = input + 1..self.inputs.len();
            let others_are_ready = behind.clone().any(look.ready);
            let is_front = is_ready || (others_are_ready && (look.comes)(input));
            if !is_front {
                continue;
            }
            if others_are_ready && self.reserve.earned > 0.0 {
                self.reserve.turn = ReserveTurn::Behind;
                let others = Look {
                    ready: &|other| other > input && (look.ready)(other),
                    lies: &|other| other > input && (look.lies)(other),
                    comes: look.comes,
                };
                let other = self.pick_by_share(&others);
                return other.map_or(Turn::Nobody, Turn::Input);
            }
            let others_wait = others_are_ready || behind.into_iter().any(look.lies);
            self.reserve.turn = match others_wait {
                true => ReserveTurn::Front,
                false => ReserveTurn::Alone,
            };
            return match is_ready {
                true => Turn::Input(input),
                false => Turn::Waits,
            };
        }
        Turn::Nobody
    }

    fn pick_by_share(&mut self, look: &Look<'_>) -> Option<usize> {
        let level = lowest(self.inputs.iter().filter(|share| share.is_busy));
        if level.is_none() {
            // After a moment in which no input had anything, nobody is owed anything.
            for share in &mut self.inputs {
                share.clock = 0.0;
            }
        }
        for (index, share) in self.inputs.iter_mut().enumerate() {
            share.is_ready = (look.ready)(index);
            let waits = share.is_ready || (look.lies)(index);
            if waits && !share.is_busy {
                // Idle time earns nothing: at best level with the one that is furthest behind.
                share.clock = share.clock.max(level.unwrap_or(share.clock));
            }
            // One of which more is under way is not idle: it makes up for the time until that is here.
            share.is_busy = waits || (share.is_busy && (look.comes)(index));
        }
        let level = lowest(self.inputs.iter().filter(|share| share.is_busy))?;
        for share in &mut self.inputs {
            share.clock = share.clock.min(level + self.options.window);
        }
        let least = lowest(self.inputs.iter().filter(|share| share.is_ready))?;
        self.inputs
            .iter()
            .position(|share| share.is_ready && share.clock <= least)
    }

    /// Serving `input` cost `cost`: nanoseconds of the handler, or electrons.
    pub(crate) fn charge(&mut self, input: usize, cost: f64) {
        let Reserve { earned, turn } = &mut self.reserve;
        let SchedulerOptions {
            mode,
            window,
            reserve,
        } = self.options;
        *earned = match turn {
            ReserveTurn::Behind => (*earned - cost).max(-window),
            ReserveTurn::Front => {
                let more = *earned + cost * reserve / (1.0 - reserve);
                more.min(window * EARNED_AT_MOST)
            }
            // Idle time earns nothing.
            ReserveTurn::Alone => earned.min(0.0),
        };
        // The reserve is shared by what was served of it, not by what an input was given as the first one.
        let is_shared = mode != InputMode::Strict || *turn == ReserveTurn::Behind;
        if let Some(share) = self.inputs.get_mut(input).filter(|_| is_shared) {
            share.clock += cost / share.weight;
        }
    }
}

fn lowest<'a>(shares: impl Iterator<Item = &'a Share>) -> Option<f64> {
    shares.map(|share| share.clock).reduce(f64::min)
}

/// The share of each input, normalized to a sum of one.
pub(crate) fn shares(mode: InputMode, inputs: usize) -> Vec<f64> {
    let raw: Vec<f64> = (0..inputs)
        .map(|index| match mode {
            InputMode::Exp => EXP_BASE.powi(i32::try_from(inputs - 1 - index).unwrap_or(i32::MAX)),
            InputMode::Parity | InputMode::Strict => 1.0,
        })
        .collect();
    let sum: f64 = raw.iter().sum();
    raw.into_iter().map(|weight| weight / sum).collect()
}

#[cfg(test)]
mod tests;
