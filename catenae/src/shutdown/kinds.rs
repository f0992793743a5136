//! The signals that ask for an orderly stop, and how they were set when the process began.

use std::ffi::c_int;
use std::{mem, ptr};

use crate::mutant;

/// A signal that asks for an orderly stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StopSignal {
    pub(super) name: &'static str,
    pub(super) number: c_int,
    /// Whether it is attended to even when the process was started with it ignored, or when somebody
    /// else listens for it.
    always: bool,
}

/// All of them. A shell that is not interactive ignores SIGINT for what it starts with `&`; who sends it
/// there all the same means it. With SIGHUP it is the other way round: `nohup` ignores it so that it
/// is *not* attended to, and a server that listens for it reads its configuration again then.
pub(super) const KINDS: [StopSignal; 3] = [
    kind("SIGTERM", libc::SIGTERM, true),
    kind("SIGINT", libc::SIGINT, true),
    kind("SIGHUP", libc::SIGHUP, false),
];

const fn kind(name: &'static str, number: c_int, always: bool) -> StopSignal {
    StopSignal {
        name,
        number,
        always,
    }
}

/// How a process has set a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disposition {
    /// It ends the process.
    Default,
    /// It does nothing.
    Ignored,
    /// Somebody listens for it.
    Caught,
}

impl StopSignal {
    /// Whether we listen for it, given how it was set before us.
    pub(super) fn is_for_us(self, before: Disposition) -> bool {
        let is_left = mutant::is("hangup-kills") && self.number == libc::SIGHUP;
        self.always || before == Disposition::Default && !is_left
    }

    /// How it is set now.
    pub(super) fn disposition(self) -> Disposition {
        // SAFETY: a `sigaction` is plain numbers and pointers to functions that may be null.
        let mut now: libc::sigaction = unsafe { mem::zeroed() };
        // SAFETY: without a new action the call changes nothing; it writes the present one into `now`,
        // which outlives it.
        let answer = unsafe { libc::sigaction(self.number, ptr::null(), &mut now) };
        match now.sa_sigaction {
            _ if answer != 0 => Disposition::Default,
            libc::SIG_DFL => Disposition::Default,
            libc::SIG_IGN => Disposition::Ignored,
            _ => Disposition::Caught,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Disposition::{Caught, Default, Ignored};
    use super::*;

    #[test]
    fn a_hangup_that_is_ignored_stays_ignored() {
        let [terminate, interrupt, hangup] = KINDS;
        for before in [Default, Ignored, Caught] {
            assert!(terminate.is_for_us(before) && interrupt.is_for_us(before));
            assert_eq!(hangup.is_for_us(before), before == Default);
        }
    }
}
