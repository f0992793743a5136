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
    /// Whether some of them were waiting when the last input was picked.
    is_wanted: bool,
    /// Whether the last input that was picked was one of them.
    is_used: bool,
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

    /// The input to serve next. `comes` says of one that is not ready that more of it is under way: in `strict` mode
    /// the ones behind it wait for that, in the others it keeps what it is owed.
    pub(crate) fn pick(
        &mut self,
        ready: impl Fn(usize) -> bool,
        comes: impl Fn(usize) -> bool,
    ) -> Turn {
        if self.options.mode == InputMode::Strict {
            return self.pick_strictly(ready, comes);
        }
        self.pick_by_share(ready, comes)
            .map_or(Turn::Nobody, Turn::Input)
    }

    fn pick_strictly(
        &mut self,
        ready: impl Fn(usize) -> bool,
        comes: impl Fn(usize) -> bool,
    ) -> Turn {
        for input in 0..self.inputs.len() {
            let is_ready = ready(input);
            let others = input + 1..self.inputs.len();
            let are_others_ready = others.into_iter().any(&ready);
            let is_front = is_ready || (are_others_ready && comes(input));
            if !is_front {
                continue;
            }
            self.reserve.is_wanted = are_others_ready;
            self.reserve.is_used = are_others_ready && self.reserve.earned > 0.0;
            if self.reserve.is_used {
                let behind = |other| other > input && ready(other);
                let turn = self.pick_by_share(behind, comes);
                return turn.map_or(Turn::Nobody, Turn::Input);
            }
            return match is_ready {
                true => Turn::Input(input),
                false => Turn::Waits,
            };
        }
        Turn::Nobody
    }

    fn pick_by_share(
        &mut self,
        ready: impl Fn(usize) -> bool,
        comes: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let level = lowest(self.inputs.iter().filter(|share| share.is_busy));
        if level.is_none() {
            // Nobody was served before anybody else while there was nothing: all begin level.
            for share in &mut self.inputs {
                share.clock = 0.0;
            }
        }
        for (index, share) in self.inputs.iter_mut().enumerate() {
            share.is_ready = ready(index);
            if share.is_ready && !share.is_busy {
                // Idle time earns nothing: at best level with the one that is furthest behind.
                share.clock = share.clock.max(level.unwrap_or(share.clock));
            }
            // One of which more is under way is not idle: it makes up for the time until that is here.
            share.is_busy = share.is_ready || (share.is_busy && comes(index));
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
        if let Some(share) = self.inputs.get_mut(input) {
            share.clock += cost / share.weight;
        }
        let SchedulerOptions {
            window, reserve, ..
        } = self.options;
        let Reserve {
            earned,
            is_wanted,
            is_used,
        } = &mut self.reserve;
        *earned = match (*is_wanted, *is_used) {
            (true, true) => (*earned - cost).max(-window),
            (true, false) => *earned + cost * reserve / (1.0 - reserve),
            // Idle time earns nothing.
            (false, _) => earned.min(0.0),
        };
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
mod tests {
    use super::*;

    fn without_reserve(mode: InputMode, inputs: usize, window: f64) -> Scheduler {
        with_reserve(mode, inputs, window, 0.0)
    }

    fn with_reserve(mode: InputMode, inputs: usize, window: f64, reserve: f64) -> Scheduler {
        let options = SchedulerOptions {
            mode,
            window,
            reserve,
        };
        Scheduler::new(options, inputs)
    }

    /// Serves `rounds` electrons of cost 1 from inputs that are always ready; counts per input.
    fn serve(scheduler: &mut Scheduler, ready: &[bool], rounds: usize) -> Vec<usize> {
        let mut served = vec![0; ready.len()];
        for _ in 0..rounds {
            if let Turn::Input(input) = scheduler.pick(|input| ready[input], |_| false) {
                served[input] += 1;
                scheduler.charge(input, 1.0);
            }
        }
        served
    }

    #[test]
    fn exp_shares_are_the_ancestors() {
        let check = |inputs: usize, expected: &[f64]| {
            let got: Vec<f64> = shares(InputMode::Exp, inputs)
                .iter()
                .map(|share| (share * 10_000.0).round() / 100.0)
                .collect();
            assert_eq!(got, expected);
        };
        check(1, &[100.0]);
        check(2, &[62.96, 37.04]);
        check(3, &[51.70, 30.41, 17.89]);
        check(4, &[46.78, 27.52, 16.19, 9.52]);
    }

    #[test]
    fn busy_inputs_are_served_by_their_shares() {
        let check = |mode, expected: &[usize]| {
            let mut scheduler = without_reserve(mode, expected.len(), 1e9);
            let served = serve(&mut scheduler, &vec![true; expected.len()], 1000);
            for (got, want) in served.iter().zip(expected) {
                assert!(
                    got.abs_diff(*want) <= 2,
                    "{mode:?}: {served:?}, expected {expected:?}"
                );
            }
        };
        check(InputMode::Parity, &[500, 500]);
        check(InputMode::Exp, &[517, 304, 179]);
        check(InputMode::Strict, &[1000, 0, 0]);
    }

    #[test]
    fn an_empty_input_costs_nothing_and_earns_nothing() {
        for mode in [InputMode::Parity, InputMode::Exp] {
            let mut scheduler = without_reserve(mode, 3, 1e9);
            assert_eq!(
                serve(&mut scheduler, &[false, false, true], 100),
                [0, 0, 100]
            );
            assert_eq!(
                scheduler.pick(|_| true, |_| false),
                Turn::Input(0),
                "{mode:?}: the first is served at once"
            );
            let served = serve(&mut scheduler, &[true, false, true], 100);
            assert!(
                served[2] >= 20,
                "{mode:?}: idle time is no credit, {served:?}"
            );
        }
    }

    #[test]
    fn a_moment_without_anything_is_no_credit() {
        for mode in [InputMode::Parity, InputMode::Exp] {
            let mut scheduler = without_reserve(mode, 2, 1e9);
            assert_eq!(serve(&mut scheduler, &[false, true], 100), [0, 100]);
            assert_eq!(scheduler.pick(|_| false, |_| false), Turn::Nobody);
            let served = serve(&mut scheduler, &[true, true], 100);
            assert!(served[1] >= 30, "{mode:?}: {served:?}");
        }
    }

    #[test]
    fn the_window_bounds_the_wait_after_one_long_run() {
        let mut scheduler = without_reserve(InputMode::Exp, 2, 10.0);
        assert_eq!(
            scheduler.pick(|input| input == 1, |_| false),
            Turn::Input(1)
        );
        scheduler.charge(1, 1_000_000.0);
        let served = serve(&mut scheduler, &[true, true], 30);
        assert!(served[1] > 0, "{served:?}");
    }

    #[test]
    fn nothing_ready_is_nothing_picked() {
        for mode in [InputMode::Parity, InputMode::Exp, InputMode::Strict] {
            let mut three = without_reserve(mode, 3, 1.0);
            assert_eq!(three.pick(|_| false, |_| true), Turn::Nobody);
            assert_eq!(
                without_reserve(mode, 0, 1.0).pick(|_| true, |_| true),
                Turn::Nobody
            );
        }
    }

    #[test]
    fn one_that_is_empty_for_a_moment_keeps_what_it_is_owed() {
        for (comes, share) in [(true, 517), (false, 400)] {
            let mut scheduler = without_reserve(InputMode::Exp, 3, 1e9);
            let mut served = [0; 3];
            for round in 0..1000 {
                // The first has nothing in every fifth round.
                let ready = |input| input > 0 || round % 5 != 0;
                let Turn::Input(input) = scheduler.pick(ready, |_| comes) else {
                    panic!("the others are ready");
                };
                served[input] += 1;
                scheduler.charge(input, 1.0);
            }
            assert!(i32::abs(served[0] - share) <= 5, "{comes}: {served:?}");
        }
    }

    #[test]
    fn strict_waits_for_what_is_under_way_and_for_nothing_else() {
        let mut scheduler = without_reserve(InputMode::Strict, 3, 1.0);
        let mut check = |ready: [bool; 3], comes: [bool; 3], turn| {
            let picked = scheduler.pick(|input| ready[input], |input| comes[input]);
            assert_eq!(picked, turn, "{ready:?} {comes:?}");
        };
        check([true, true, true], [true; 3], Turn::Input(0));
        check([false, true, true], [true, false, false], Turn::Waits);
        check([false, true, true], [false, true, true], Turn::Input(1));
        check([false, false, true], [false, true, false], Turn::Waits);
        check([false, false, true], [false, false, true], Turn::Input(2));
        check([false; 3], [true; 3], Turn::Nobody);
        let mut others = without_reserve(InputMode::Exp, 3, 1.0);
        assert_eq!(others.pick(|input| input > 0, |_| true), Turn::Input(1));
    }

    #[test]
    fn a_reserve_keeps_a_share_for_those_behind_the_first() {
        let check = |reserve: f64, ready: &[bool], expected: &[usize]| {
            let mut scheduler = with_reserve(InputMode::Strict, ready.len(), 1e9, reserve);
            let served = serve(&mut scheduler, ready, 1000);
            for (got, want) in served.iter().zip(expected) {
                assert!(
                    got.abs_diff(*want) <= 1,
                    "{served:?}, expected {expected:?}"
                );
            }
        };
        check(0.0, &[true, true, true], &[1000, 0, 0]);
        check(0.1, &[true, true, true], &[900, 50, 50]);
        check(0.5, &[true, true], &[500, 500]);
        check(0.1, &[false, true, true], &[0, 900, 100]);
        check(0.1, &[true, false, false], &[1000, 0, 0]);
        // Whatever an electron costs: it is the work that is shared.
        let mut scheduler = with_reserve(InputMode::Strict, 2, 1e9, 0.2);
        let mut work = [0.0; 2];
        for _ in 0..10_000 {
            let Turn::Input(input) = scheduler.pick(|_| true, |_| false) else {
                panic!("both are ready");
            };
            let cost = [1.0, 7.0][input];
            work[input] += cost;
            scheduler.charge(input, cost);
        }
        let share = work[1] / (work[0] + work[1]);
        assert!((share - 0.2).abs() < 0.01, "{share}");
    }

    #[test]
    fn a_reserve_is_not_saved_up() {
        let mut scheduler = with_reserve(InputMode::Strict, 2, 1e9, 0.5);
        assert_eq!(serve(&mut scheduler, &[true, false], 1000), [1000, 0]);
        let served = serve(&mut scheduler, &[true, true], 10);
        assert!(served[1] <= 6, "{served:?}");
        // What is earned is had at once, also while more of the first is under way.
        let mut scheduler = with_reserve(InputMode::Strict, 2, 1e9, 0.5);
        assert_eq!(scheduler.pick(|input| input == 1, |_| true), Turn::Waits);
        assert_eq!(serve(&mut scheduler, &[true, true], 1), [1, 0]);
        let turn = scheduler.pick(|input| input == 1, |_| true);
        assert_eq!(turn, Turn::Input(1));
    }
}
