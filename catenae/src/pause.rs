//! Standing still: no lane begins an electron while its micromodule is paused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::bell::Bell;

/// Whether the lanes stand still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paused {
    Yes,
    No,
}

/// Whether the lanes of one micromodule stand still, and who is woken when that changes.
#[derive(Debug)]
pub(crate) struct Pause {
    paused: AtomicBool,
    /// That of a lane which waits for electrons, and that of everybody else.
    bells: [Arc<Bell>; 2],
}

impl Pause {
    /// Not paused.
    pub(crate) fn new(bells: [Arc<Bell>; 2]) -> Self {
        Self {
            paused: AtomicBool::new(false),
            bells,
        }
    }

    /// Makes the lanes stand still, or go on; returns whether that changed anything.
    pub(crate) fn set(&self, paused: Paused) -> bool {
        let paused = paused == Paused::Yes;
        let changed = self.paused.swap(paused, Ordering::SeqCst) != paused;
        for bell in &self.bells {
            bell.ring();
        }
        changed
    }

    /// Whether the lanes stand still.
    pub(crate) fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_lasts_until_it_is_taken_back() {
        let pause = Pause::new([Arc::default(), Arc::default()]);
        assert!(pause.set(Paused::Yes));
        assert!(!pause.set(Paused::Yes), "it stands still already");
        assert!(pause.is_paused());
        assert!(pause.set(Paused::No));
        assert!(!pause.is_paused());
    }
}
