//! What the modes of inputs promise a lane, counted in electrons and without a look at the scheduler's clocks.

use super::plan::Plan;
use crate::spec::modes::InputMode;

/// How the shares of `exp` follow each other, as documented.
const EXP_BASE: f64 = 1.7;
/// What additions of fractions may be off by.
const ROUNDING: f64 = 1e-6;

/// What one lane has begun of its inputs.
#[derive(Debug)]
pub(super) struct Fairness {
    mode: InputMode,
    window: f64,
    chunk: f64,
    /// By input, as all that follows: its share; their sum is one.
    shares: Vec<f64>,
    /// For how many electrons of others what lies there has waited; `None` when nothing does.
    waited: Vec<Option<usize>>,
    /// Begun since every input has something; `None` while one has nothing.
    begun: Option<Vec<usize>>,
    /// As much of that was begun before each of them had its turn.
    before: Option<Vec<usize>>,
}

impl Fairness {
    pub(super) fn new(plan: &Plan, inputs: usize) -> Self {
        let mut fairness = Self {
            mode: plan.mode,
            window: plan.window,
            chunk: plan.chunk as f64,
            shares: Vec::new(),
            waited: Vec::new(),
            begun: None,
            before: None,
        };
        fairness.resize(inputs);
        fairness
    }

    /// There are more inputs: everything is counted from here.
    pub(super) fn resize(&mut self, inputs: usize) {
        let base = match self.mode {
            InputMode::Exp => EXP_BASE,
            InputMode::Parity | InputMode::Strict => 1.0,
        };
        let mut raw = vec![1.0; inputs];
        for input in (1..inputs).rev() {
            raw[input - 1] = raw[input] * base;
        }
        let sum: f64 = raw.iter().sum();
        self.shares = raw.iter().map(|share| share / sum).collect();
        self.waited = vec![None; inputs];
        (self.begun, self.before) = (None, None);
    }

    /// A lane looks which inputs have something, and of which more is under way. Returns of how many electrons the
    /// shares were checked.
    pub(super) fn look(&mut self, ready: &[bool], comes: &[bool]) -> Result<usize, String> {
        // While one that is owed something has nothing yet, the others take turns of which this knows nothing.
        let is_owed = ready
            .iter()
            .zip(comes)
            .any(|(ready, comes)| !ready && *comes);
        for (waited, ready) in self.waited.iter_mut().zip(ready) {
            let before = waited.filter(|_| !is_owed).unwrap_or(0);
            *waited = ready.then_some(before);
        }
        if !ready.iter().all(|ready| *ready) {
            (self.begun, self.before) = (None, None);
            return Ok(0);
        }
        let begun = self.begun.get_or_insert_with(|| vec![0; ready.len()]);
        if self.before.is_none() && begun.iter().all(|begun| *begun > 0) {
            self.before = Some(begun.clone());
        }
        match (&self.begun, &self.before) {
            (Some(begun), Some(before)) => self.check_shares(begun, before),
            _ => Ok(0),
        }
    }

    /// Whether the window is so short that a single chunk may be longer: shares are not exact then.
    fn forgives(&self) -> bool {
        let chunks = self.shares.iter().map(|share| self.chunk / share);
        chunks.fold(0.0, f64::max) > self.window
    }

    /// Each input is behind its share, or ahead of it, by a chunk at most.
    fn check_shares(&self, begun: &[usize], before: &[usize]) -> Result<usize, String> {
        if self.mode == InputMode::Strict || self.shares.len() < 2 || self.forgives() {
            return Ok(0);
        }
        let done: Vec<f64> = (begun.iter().zip(before))
            .zip(&self.shares)
            .map(|((begun, before), share)| (begun - before) as f64 / share)
            .collect();
        for (one, share) in self.shares.iter().enumerate() {
            for (other, others) in self.shares.iter().enumerate() {
                let tolerance = self.chunk / share + self.chunk / others;
                if done[one] - done[other] > tolerance + ROUNDING {
                    return Err(format!(
                        "{:?}: of inputs that all had something {begun:?} were begun, {before:?} of them before",
                        self.mode
                    ));
                }
            }
        }
        Ok(begun.iter().sum::<usize>() - before.iter().sum::<usize>())
    }

    /// An electron is begun: the other inputs have waited for one more.
    pub(super) fn begin(&mut self, input: usize) -> Result<(), String> {
        if let Some(begun) = &mut self.begun {
            begun[input] += 1;
        }
        // One chunk of each of the others may begin in the last moment, and one whose debt was forgiven once more.
        let chunks = if self.forgives() { 2.0 } else { 1.0 } * (self.shares.len() - 1) as f64;
        for (index, waited) in self.waited.iter_mut().enumerate() {
            let Some(waited) = waited else { continue };
            if index == input {
                *waited = 0;
                continue;
            }
            *waited += 1;
            let longest = (1.0 - self.shares[index]) * self.window + chunks * self.chunk;
            if self.mode != InputMode::Strict && *waited as f64 > longest + ROUNDING {
                return Err(format!(
                    "{:?}: input {index} has waited for {waited} electrons, and for {longest:.1} at most",
                    self.mode
                ));
            }
        }
        Ok(())
    }
}
