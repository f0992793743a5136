//! How many electrons may be given up before that is a mistake in the link and not in the electrons.

use std::collections::VecDeque;

use super::GiveUpCap;

/// The share is counted over so many electrons.
const WINDOW: u64 = 1000;
/// Of fewer electrons no share is taken: the first of all is either none or a hundred percent.
const SAMPLE: u64 = 100;

/// Counts the electrons of one lane against a [`GiveUpCap`]. For one that was handled it costs a counter.
#[derive(Debug)]
pub(crate) struct CapMeter {
    cap: GiveUpCap,
    /// Electrons that are over: handled, or given up.
    over: u64,
    /// The numbers of those of the window that were given up.
    given_up: VecDeque<u64>,
    /// How many were given up one after the other, up to the last of `given_up`.
    run: u32,
}

impl CapMeter {
    /// Nothing was counted yet.
    pub(crate) fn new(cap: GiveUpCap) -> Self {
        Self {
            cap,
            over: 0,
            given_up: VecDeque::new(),
            run: 0,
        }
    }

    /// An electron was handled.
    pub(crate) fn handled(&mut self) {
        self.over += 1;
    }

    /// So many electrons were handled.
    pub(crate) fn handled_many(&mut self, electrons: u64) {
        self.over = self.over.saturating_add(electrons);
    }

    /// One more electron is to be given up; counts it, unless a cap forbids that.
    ///
    /// # Errors
    /// Says which cap; then the electron must not be given up.
    pub(crate) fn give_up(&mut self) -> Result<(), String> {
        let GiveUpCap { run, percent } = self.cap;
        let number = self.over + 1;
        let in_a_row = match self.given_up.back() {
            Some(last) if *last == self.over => self.run.saturating_add(1),
            _ => 1,
        };
        if in_a_row > run {
            return Err(format!(
                "the {run} electrons before it were given up one after the other, and the cap allows \
                 no more (`run`)"
            ));
        }
        while self
            .given_up
            .front()
            .is_some_and(|first| *first + WINDOW <= number)
        {
            self.given_up.pop_front();
        }
        let there = u64::try_from(self.given_up.len()).unwrap_or(u64::MAX);
        let of = number.min(WINDOW);
        if number >= SAMPLE && (there + 1) * 100 > u64::from(percent) * of {
            return Err(format!(
                "with this one {} of the last {of} electrons would be given up, and the cap allows \
                 {percent} in a hundred (`percent`)",
                there + 1
            ));
        }
        self.over = number;
        self.run = in_a_row;
        self.given_up.push_back(number);
        Ok(())
    }
}
