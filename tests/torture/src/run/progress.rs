//! Whether links that have work left still get on with it. Pure.

use std::collections::HashMap;
use std::time::Duration;

use crate::judge::Lag;

/// So many times the patience between two steps is the longest that all may take.
const AT_MOST: u32 = 4;

/// How far each partition is committed since the last fault. On a slow machine it may take long until all is done;
/// what counts is that something is done all the time.
pub(super) struct Progress {
    patience: Duration,
    /// The furthest that was committed, by flow, stream and partition.
    furthest: HashMap<(String, String, i32), i64>,
    /// The fewest partitions that were not finished.
    fewest: usize,
    since: Duration,
}

impl Progress {
    /// Something must be done at least this often.
    pub(super) fn new(patience: Duration) -> Self {
        Self {
            patience,
            furthest: HashMap::new(),
            fewest: usize::MAX,
            since: Duration::ZERO,
        }
    }

    /// Takes in what is not finished at this time; whether it is worth waiting for more.
    pub(super) fn goes_on(&mut self, now: Duration, lag: &[Lag]) -> bool {
        let mut moved = lag.len() < self.fewest;
        self.fewest = self.fewest.min(lag.len());
        for one in lag {
            let name = (one.flow.clone(), one.stream.clone(), one.partition);
            let committed = one.committed.unwrap_or(-1);
            let furthest = self.furthest.entry(name).or_insert(committed);
            moved |= committed > *furthest;
            *furthest = committed.max(*furthest);
        }
        if moved {
            self.since = now;
        }
        now - self.since <= self.patience && now <= AT_MOST * self.patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lag(partition: i32, committed: Option<i64>) -> Lag {
        Lag {
            flow: "merge".to_owned(),
            stream: "a".to_owned(),
            partition,
            committed,
            end: 100,
        }
    }

    #[test]
    fn it_goes_on_as_long_as_something_is_done() {
        let s = Duration::from_secs;
        let mut progress = Progress::new(s(90));
        assert!(progress.goes_on(s(0), &[lag(0, None), lag(1, Some(5))]));
        assert!(progress.goes_on(s(90), &[lag(0, None), lag(1, Some(6))]));
        // One that is finished is not named any more.
        assert!(progress.goes_on(s(180), &[lag(0, None)]));
        // Going back is no progress, and coming back from there neither.
        assert!(progress.goes_on(s(200), &[lag(0, Some(3))]));
        assert!(progress.goes_on(s(210), &[lag(0, Some(1))]));
        assert!(progress.goes_on(s(290), &[lag(0, Some(3))]));
        assert!(!progress.goes_on(s(291), &[lag(0, Some(3))]));
    }

    #[test]
    fn it_ends_all_the_same() {
        let mut progress = Progress::new(Duration::from_secs(10));
        let goes_on =
            |at: u64| progress.goes_on(Duration::from_secs(at), &[lag(0, Some(at as i64))]);
        let went_on = (0..).map(goes_on).take_while(|goes_on| *goes_on).count();
        assert_eq!(went_on, 41);
    }
}
