//! What is to be said of a topology when all its links have ended.

use std::sync::Arc;

use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::mutant;
use crate::shutdown::StopReason;

use super::ended::Ended;
use super::ending::StopVerdict;
use super::member::Member;
use super::running::Runs;
use super::stages;
use super::unfinished::Unfinished;

/// What is to be said of one in which nothing failed; `reason` is why the whole has stopped.
pub(super) fn conclude(
    runs: &Runs,
    verdict: StopVerdict,
    reason: &StopReason,
) -> Result<Ended, Error> {
    let (name, members) = (runs.name, runs.members());
    let stopped = |reason: &StopReason| Ok(Ended::Stopped(reason.to_string()));
    // From outside: by a signal, or through the handle.
    let from_outside = matches!(reason, StopReason::Signal(_) | StopReason::Asked(_));
    if verdict == StopVerdict::Stopped && from_outside {
        return stopped(reason);
    }
    let asked = members.iter().find_map(|one| Some((one, one.asked()?)));
    let links: Vec<&Config> = members.iter().map(|one| &one.config).collect();
    let dismissed = members.iter().any(|one| one.was_dismissed());
    let mut unfinished = Unfinished::default();
    let (head, ended) = match (verdict, asked) {
        (StopVerdict::EverythingRead, _) if !stages::have_circle(&links) && !dismissed => {
            return Ok(Ended::Finished);
        }
        // Nobody may have been left who would have read the rest.
        (StopVerdict::EverythingRead, _) if dismissed => {
            let head =
                format!("topology `{name}` had links whose instances were stopped, and has ended");
            (head, Ended::Finished)
        }
        // Those of a circle stop at once: what the last of them sent may have had no reader any more.
        (StopVerdict::EverythingRead, _) => {
            let head =
                format!("topology `{name}` has links that read what they write, and has ended");
            (head, Ended::Finished)
        }
        (StopVerdict::Stopped, Some((_, reason @ StopReason::Called(_)))) => {
            return stopped(&reason);
        }
        (StopVerdict::Stopped, Some((one, reason))) => {
            // One that is called again and again has no end that could be missed.
            let sources = members.iter().filter(|one| one.was_cut_off());
            let sources = sources.filter(|one| one.config.every.is_none());
            unfinished.sources = sources.map(|one| one.config.class).collect();
            let Config { class, uid, .. } = &one.config;
            let reason = match reason {
                StopReason::Asked(reason) => reason,
                other => other.to_string(),
            };
            let head = format!(
                "{class}/{uid} stopped topology `{name}` before it was finished (\"{reason}\")"
            );
            let uid = uid.to_string();
            (head, Ended::Asked { class, uid, reason })
        }
        (StopVerdict::Stopped, None) => {
            let head = format!("topology `{name}` was stopped before it was finished");
            (head, Ended::Finished)
        }
        (StopVerdict::TimeIsUp, _) => {
            let sources = members.iter().filter(|one| one.was_cut_off());
            unfinished.sources = sources.map(|one| one.config.class).collect();
            let limit = runs.limit.unwrap_or_default().as_secs_f32();
            let head =
                format!("topology `{name}` was not finished within its time limit of {limit} s");
            (head, Ended::Finished)
        }
    };
    unfinished.sources.dedup();
    // Each of the others of its class reads everything, too.
    let is_replaced = |one: &Member| {
        let same = |other: &&Arc<Member>| other.config.class == one.config.class;
        one.has_left_its_group_empty()
            && members
                .iter()
                .filter(same)
                .any(|other| !other.was_dismissed())
    };
    let readers = members.iter().filter(|one| !is_replaced(one));
    let readers: Vec<&Config> = readers.map(|one| &one.config).collect();
    unfinished.read_up(&runs.host.endpoint, &readers)?;
    if unfinished.is_nothing() || mutant::is("unfinished-is-success") {
        return Ok(ended);
    }
    Err(Error::new(
        ErrorKind::Unfinished,
        format!("{head}: {unfinished}"),
    ))
}
