//! What a signal means: decided from what runs, what was told to stop, and how long ago that was.

use std::time::Duration;

/// How long after a signal that stops something the next ones are the same one. One keystroke or one
/// supervisor often sends several: to the process group and to its leader (GNU `timeout`, a wrapper
/// script in a terminal), SIGHUP behind SIGTERM (systemd, a terminal that closes). They come within
/// milliseconds; whoever is impatient presses a key again after a second.
pub(super) const ONE_SIGNAL: Duration = Duration::from_secs(1);

/// Whose the process is while nothing runs in it that could be stopped in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Process {
    /// A program of ours that has not begun yet: a signal ends it, and nothing is lost.
    Beginning,
    /// A program of ours that ends by itself in a moment.
    Ending,
    /// Somebody else's, who calls us as a library: a signal does what it would do without us.
    Foreign,
}

/// What a signal finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RunState {
    pub(super) process: Process,
    /// Somebody else listened for this signal before us: what is not for us is for them.
    pub(super) others: bool,
    /// How many runs there are.
    pub(super) running: usize,
    /// How many of them a signal has stopped already.
    pub(super) signaled: usize,
    /// How long ago the first signal stopped a run; `None` when none has yet.
    pub(super) since_first: Option<Duration>,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignalMeaning {
    /// Whatever runs stops in order.
    Stop,
    /// Another part of the signal that has stopped the runs.
    Same,
    /// It is not for us, or the process ends in a moment.
    Nothing,
    /// Asked twice: the process ends, whatever is in hand.
    AtOnce,
    /// Nothing has begun: the process ends as one that was stopped in order.
    EndBeforeBegin,
    /// The process ends as the signal would have ended it without us.
    Default,
}

/// Which signal it is does not matter: any two of them may come from one hand.
pub(super) fn meaning(found: RunState) -> SignalMeaning {
    let same = found.since_first.is_some_and(|since| since < ONE_SIGNAL);
    if found.running == 0 {
        return match found.process {
            Process::Beginning => SignalMeaning::EndBeforeBegin,
            Process::Ending => SignalMeaning::Nothing,
            // The run that it was for has ended meanwhile.
            Process::Foreign if found.others || same => SignalMeaning::Nothing,
            Process::Foreign => SignalMeaning::Default,
        };
    }
    match found.signaled {
        0 => SignalMeaning::Stop,
        // A run that began in between. To stop it in order loses nothing, to overhear a signal would.
        some if same && some < found.running => SignalMeaning::Stop,
        _ if same => SignalMeaning::Same,
        _ => SignalMeaning::AtOnce,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_of_one_hand_are_one() {
        use Process::{Beginning, Ending, Foreign};
        use SignalMeaning::{AtOnce, Default, EndBeforeBegin, Nothing, Same, Stop};
        let check = |process, running, signaled, millis: Option<u64>, expected| {
            let found = RunState {
                process,
                others: false,
                running,
                signaled,
                since_first: millis.map(Duration::from_millis),
            };
            assert_eq!(meaning(found), expected, "{found:?}");
        };
        for process in [Beginning, Ending, Foreign] {
            // The first one, also long after a run that has ended.
            check(process, 1, 0, None, Stop);
            check(process, 3, 0, None, Stop);
            check(process, 1, 0, Some(1), Stop);
            check(process, 1, 0, Some(60_000), Stop);
            // The rest of it.
            check(process, 1, 1, Some(0), Same);
            check(process, 1, 1, Some(1), Same);
            check(process, 2, 2, Some(999), Same);
            // Asked again.
            check(process, 1, 1, Some(1000), AtOnce);
            check(process, 1, 1, Some(60_000), AtOnce);
            check(process, 2, 1, Some(1000), AtOnce);
            // A run that began after the first one.
            check(process, 2, 1, Some(999), Stop);
        }
        // Nothing runs.
        for since in [None, Some(1), Some(60_000)] {
            check(Beginning, 0, 0, since, EndBeforeBegin);
            check(Ending, 0, 0, since, Nothing);
        }
        check(Foreign, 0, 0, None, Default);
        check(Foreign, 0, 0, Some(1), Nothing);
        check(Foreign, 0, 0, Some(999), Nothing);
        check(Foreign, 0, 0, Some(1000), Default);
    }

    #[test]
    fn what_others_listen_for_is_theirs_while_nothing_runs() {
        let found = RunState {
            process: Process::Foreign,
            others: true,
            running: 0,
            signaled: 0,
            since_first: None,
        };
        assert_eq!(meaning(found), SignalMeaning::Nothing);
        let running = RunState {
            running: 1,
            ..found
        };
        assert_eq!(meaning(running), SignalMeaning::Stop);
    }
}
