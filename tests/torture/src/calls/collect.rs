//! Makes a history of the reports of callers and callees.

use std::collections::{BTreeSet, HashSet};

use rdkafka::message::Message as _;

use crate::calls::history::{Ended, History};
use crate::calls::wire::{Ran, Told};
use crate::reader::read;

/// Reads what callees ran, and what callers tell; `orderly` are the processes that ended in order.
///
/// # Errors
/// When a stream cannot be read, or holds what nobody reports.
pub(crate) fn collect(
    brokers: &str,
    [ran, told]: [&str; 2],
    orderly: BTreeSet<String>,
) -> Result<History, String> {
    let mut history = History {
        orderly,
        ..History::default()
    };
    let mut strange = None;
    let mut seen = HashSet::new();
    read(brokers, ran, 1, |message| {
        match ciborium::from_reader::<Ran, _>(message.payload().unwrap_or_default()) {
            Ok(report) if seen.insert((report.by.clone(), report.nth)) => history.ran.push(report),
            Ok(_) => {}
            Err(error) => strange = Some(format!("`{ran}` holds no report: {error}")),
        }
    })?;
    let (mut begun, mut ended) = (HashSet::new(), HashSet::new());
    read(brokers, told, 1, |message| {
        match ciborium::from_reader::<Told, _>(message.payload().unwrap_or_default()) {
            Ok(Told::Begun(question)) => {
                if begun.insert((question.by.clone(), question.nth)) {
                    history.begun.push(question);
                }
            }
            Ok(Told::Ended {
                by,
                nth,
                ending,
                at,
                fate,
            }) => {
                if ended.insert((by.clone(), ending)) {
                    history.ended.push(Ended {
                        by,
                        nth,
                        ending,
                        at,
                        fate,
                    });
                }
            }
            Err(error) => strange = Some(format!("`{told}` holds no report: {error}")),
        }
    })?;
    match strange {
        Some(strange) => Err(strange),
        None => Ok(history),
    }
}
