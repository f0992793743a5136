//! When it is time for a topology to stop, and its orderly end: link after link, each when it has read
//! everything.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::config::Config;
use crate::error::Error;
use crate::kafka::Lag;

use super::member::Member;
use super::quiet::{Fed, GroupsAtRest};
use super::role::LinkRole;
use super::running::Runs;
use super::stages;
use super::unfinished::one_of_each_group;

/// How often a topology whose sources have ended looks whether everything is read.
const LOOK: Duration = Duration::from_millis(50);
/// How often it looks whether those that were stopped have left.
const SHORTLY: Duration = Duration::from_millis(5);
/// How long it waits when it could not be told.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// The longest single wait; a longer one is several.
const A_WHILE: Duration = Duration::from_secs(60);

/// Why it is time to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StopVerdict {
    /// The sources have ended, and everything they sent is read.
    EverythingRead,
    /// Somebody stops it, or a link has failed.
    Stopped,
    /// The time limit is over.
    TimeIsUp,
}

/// What decides about the end of a topology.
pub(super) struct EndWatch<'e> {
    pub(super) runs: &'e Runs,
}

impl EndWatch<'_> {
    /// Returns when it is time to stop; what is not running any more then was stopped in its turn.
    /// `asked` keeps the clients that were asked.
    pub(super) fn watch(&self, asked: &mut Vec<Lag>) -> Result<StopVerdict, Error> {
        let sources_done = || {
            let members = self.runs.members();
            let mut awaited = members.iter().filter(|one| one.awaited).peekable();
            awaited.peek().is_some() && awaited.all(|one| one.has_ended())
        };
        let members = loop {
            while !self.wait(A_WHILE, &sources_done) && !self.is_over() {}
            if self.is_over() {
                return Ok(self.verdict());
            }
            // A source that joined in the last moment is waited for, too.
            let members = self.runs.close();
            if sources_done() {
                break members;
            }
        };
        match self.end_in_order(&members, asked)? {
            true => Ok(StopVerdict::EverythingRead),
            false => Ok(self.verdict()),
        }
    }

    /// Stops those that have read everything, in the direction of the streams; says whether all of them
    /// had, and not something else came first. The last ones are left to the caller.
    fn end_in_order(&self, members: &[Arc<Member>], asked: &mut Vec<Lag>) -> Result<bool, Error> {
        // Those that call others stop before these are gone.
        let is_ticker = |one: &Member| one.role == LinkRole::Ticker && !one.awaited;
        let tickers = members
            .iter()
            .filter(|one| is_ticker(one) && !one.has_ended());
        if !self.stop_stage(&tickers.collect::<Vec<_>>()) {
            return Ok(false);
        }
        let configs: Vec<&Config> = members.iter().map(|one| &one.config).collect();
        let mut runs: Vec<bool> = members.iter().map(|one| !one.has_ended()).collect();
        while runs.contains(&true) {
            let stage = stages::next(&configs, &runs);
            let fed = stages::fed(&configs, &runs, &stage);
            let of_stage: Vec<&Arc<Member>> = stage.iter().map(|index| &members[*index]).collect();
            if !self.await_read(&of_stage, fed, asked)? {
                return Ok(false);
            }
            for index in stage {
                runs[index] = false;
            }
            if runs.contains(&true) && !self.stop_stage(&of_stage) {
                return Ok(false);
            }
        }
        tracing::info!("the sources have ended and everything is read");
        Ok(true)
    }

    /// Stops some links and waits for their end; says whether it came.
    fn stop_stage(&self, stage: &[&Arc<Member>]) -> bool {
        stage.iter().for_each(|one| one.stop_in_turn());
        let limit = stage.iter().map(|one| one.config.shutdown_timeout).max();
        // Those that hang have as long again, with all the others.
        let give_up = Instant::now() + limit.unwrap_or_default();
        while !stage.iter().all(|one| self.has_sent_all(one)) {
            if self.is_over() || Instant::now() >= give_up {
                return false;
            }
            self.wait(SHORTLY, &|| stage.iter().all(|one| one.has_ended()));
        }
        !self.is_over()
    }

    /// Whether a link that was stopped sends no more. Its clients may still be closing, each within a
    /// tenth of a second; methods may send until it has ended.
    fn has_sent_all(&self, one: &Member) -> bool {
        one.has_ended() || (!one.serves && self.runs.host.departures.has_left(&one.instance))
    }

    /// Waits until some links have read everything. Returns whether they have, or else it is time to stop.
    fn await_read(
        &self,
        stage: &[&Arc<Member>],
        fed: Fed,
        asked: &mut Vec<Lag>,
    ) -> Result<bool, Error> {
        let links: Vec<&Config> = stage.iter().map(|one| &one.config).collect();
        let begin = asked.len();
        let groups = one_of_each_group(&links);
        for config in &groups {
            asked.push(Lag::new(&self.runs.host.endpoint, config)?);
        }
        let is_left = |config: &Config| {
            let is_of = |one: &&&Arc<Member>| one.config.uid == config.uid;
            let of_group = stage.iter().find(is_of);
            of_group.is_some_and(|one| one.has_left_its_group_empty())
        };
        let mut quiet = GroupsAtRest::new(fed);
        while !self.is_over() {
            // Nobody reads on in a group that its one instance has left.
            let all = asked[begin..].iter_mut().zip(&groups);
            let read = all.filter(|(_, config)| !is_left(config));
            let pause = match read
                .map(|(lag, _)| lag.ask())
                .collect::<Result<Vec<_>, _>>()
            {
                Ok(behind) => {
                    let left = behind.iter().map(|group| group.left.len()).sum();
                    if quiet.look(left, behind.iter().map(|group| group.ends).sum()) {
                        return Ok(true);
                    }
                    LOOK
                }
                Err(error) => {
                    tracing::warn!("{}; asking again", error.with_causes());
                    quiet.unknown();
                    LOOK_AGAIN
                }
            };
            self.wait(pause, &|| false);
        }
        Ok(false)
    }

    /// Waits until `done`, or it is time to stop for something else, or `limit`; says whether `done`.
    fn wait(&self, limit: Duration, done: &impl Fn() -> bool) -> bool {
        let limit = match self.runs.deadline {
            Some(deadline) => limit.min(deadline.saturating_duration_since(Instant::now())),
            None => limit,
        };
        self.runs
            .all
            .bell()
            .wait(limit, || done() || self.is_stopped());
        done() && !self.is_stopped()
    }

    /// Whether it is time to stop although not everything is read.
    fn is_over(&self) -> bool {
        self.is_stopped() || self.is_late()
    }

    fn is_late(&self) -> bool {
        self.runs
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
    }

    fn is_stopped(&self) -> bool {
        let failed = |one: &Member| one.has_ended() && one.instance.reason().is_none();
        let out_of_turn = |one: &Arc<Member>| one.ended_the_whole() || failed(one);
        self.runs.all.is_stopping() || self.runs.members().iter().any(out_of_turn)
    }

    fn verdict(&self) -> StopVerdict {
        match self.is_stopped() {
            true => StopVerdict::Stopped,
            false if self.is_late() => StopVerdict::TimeIsUp,
            // A link hangs in its end: the deadline of the shutdown is at work.
            false => StopVerdict::Stopped,
        }
    }
}
