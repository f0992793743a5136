//! Which failed connections are reported: each once, however many clients and instances meet it.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::{Reason, Report};

/// How many reports are kept for an error that has to be explained.
const KEPT: usize = 32;
/// The client repeats what it says every 30 s at most, as long as it lasts. After so long a silence
/// the same is another trouble.
const OVER_AFTER: Duration = Duration::from_secs(120);
/// What was heard of connections in this process.
#[derive(Debug, Default)]
pub(crate) struct ReportedConnections {
    recent: VecDeque<(Duration, Report)>,
    /// By address: one server may be both named by the user and advertised.
    told: BTreeMap<(String, Reason), Duration>,
    words: BTreeMap<String, Duration>,
    answered: bool,
}

/// Whether a connection was only closed: a broker that ends closes young ones as well, as one does that
/// requires SASL or TLS.
fn is_closed(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Closed | Reason::ClosedFirst | Reason::WantsSasl
    )
}

/// What becomes of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportAction {
    /// It is told.
    Fresh,
    /// It was told, or is told with an error.
    Known,
}

impl ReportedConnections {
    /// Takes a report down; `now` is the time since some start.
    pub(crate) fn hear(&mut self, report: Report, now: Duration) -> ReportAction {
        let key = match report.reason {
            // It is the trouble of this process, whatever it wants to connect to.
            Reason::NoDescriptors => (String::new(), report.reason),
            reason => (report.server.address().to_owned(), reason),
        };
        if self.recent.len() == KEPT {
            self.recent.pop_front();
        }
        self.recent.push_back((now, report));
        // Before the first answer whoever asked has an error to tell it with. A connection that was
        // closed is opened again, and what stands in the way of that is told.
        if !self.answered || is_closed(key.1) {
            return ReportAction::Known;
        }
        match self.told.insert(key, now) {
            Some(before) if now.saturating_sub(before) < OVER_AFTER => ReportAction::Known,
            _ => ReportAction::Fresh,
        }
    }

    /// Takes words down that are about no connection: those of several clients, or of one that repeats
    /// itself, are one trouble.
    pub(crate) fn hear_words(&mut self, words: &str, now: Duration) -> ReportAction {
        self.words
            .retain(|_, before| now.saturating_sub(*before) < OVER_AFTER);
        match self.words.insert(words.to_owned(), now) {
            Some(_) => ReportAction::Known,
            None => ReportAction::Fresh,
        }
    }

    /// A broker has answered a question.
    pub(crate) fn answer(&mut self) {
        self.answered = true;
    }

    /// What was heard since `since`, the oldest first.
    pub(crate) fn since(&self, since: Duration) -> Vec<Report> {
        let recent = self.recent.iter().filter(|(at, _)| *at >= since);
        recent.map(|(_, report)| report.clone()).collect()
    }
}
