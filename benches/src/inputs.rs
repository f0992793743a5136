//! Links with several inputs beside the same link with one.

use std::fmt;

use crate::cell::{Cell, Side};
use crate::error::Error;
use crate::kafka::Kafka;
use crate::process::Running;
use crate::report::Spread;
use crate::run::{Bench, Measured, drain};

/// A way in which a link has inputs.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// As it is called on the command line.
    pub name: &'static str,
    /// How many inputs hold something, the most important first.
    pub full: u32,
    /// Whether there is one more that holds nothing.
    pub empty: bool,
    /// What is added to the command line of the link.
    pub flags: &'static [&'static str],
    /// The least throughput, as a part of that of one input.
    pub rate_aim: Option<f64>,
    /// The most processor time per record, as a multiple of that of one input.
    pub cpu_aim: Option<f64>,
    /// The most memory, in MiB.
    pub memory_aim: Option<f64>,
    /// The share of the first inputs while all of them hold something, in percent.
    pub shares: &'static [f64],
    /// How far a share may be from that.
    pub within: f64,
}

const fn form(name: &'static str, full: u32, flags: &'static [&'static str]) -> Form {
    Form {
        name,
        full,
        empty: false,
        flags,
        rate_aim: None,
        cpu_aim: None,
        memory_aim: None,
        shares: &[],
        within: 0.0,
    }
}

/// Every form that is measured.
pub const FORMS: &[Form] = &[
    Form {
        empty: true,
        rate_aim: Some(0.95),
        ..form("empty", 1, &[])
    },
    Form {
        rate_aim: Some(0.9),
        memory_aim: Some(96.0),
        ..form("three", 3, &[])
    },
    Form {
        rate_aim: Some(0.9),
        cpu_aim: Some(1.1),
        ..form("eight", 8, &[])
    },
    Form {
        rate_aim: Some(0.95),
        ..form("retry", 1, &["--retry", "max=3,delayed"])
    },
    Form {
        shares: &[51.7, 30.4, 17.9],
        within: 2.0,
        ..form("exp", 3, &["--input-mode", "exp"])
    },
    Form {
        // All but one percent while the first holds anything.
        shares: &[100.0],
        within: 1.0,
        ..form("strict", 3, &["--input-mode", "strict"])
    },
    Form {
        shares: &[90.0, 5.0, 5.0],
        within: 2.0,
        ..form(
            "reserve",
            3,
            &["--input-mode", "strict", "--reserve", "10%"],
        )
    },
];

/// One run of a form, beside one of the link with one input.
#[derive(Clone, Debug, serde::Serialize)]
pub struct FormRun {
    /// The name of the form.
    pub form: &'static str,
    /// What it cost.
    pub measured: Measured,
    /// What one input cost in the same round.
    pub one: Measured,
    /// The share of each input while all of them held something, in percent.
    pub shares: Vec<f64>,
}

/// Drains `inputs`, of which each but the last `empty` ones holds as many as `cell` says, into a stream of its own.
///
/// # Errors
/// A void run, or one that could not be made.
pub fn drain_inputs(
    bench: &Bench,
    cell: &Cell,
    side: Side,
    (inputs, full): (&[String], u32),
    output: &str,
) -> Result<(Measured, Vec<f64>), Error> {
    let kafka = &bench.kafka;
    kafka.create(output, 1)?;
    let group = format!("group-{output}");
    let running = Running::start(
        &bench.binaries,
        side,
        cell.payload,
        [&inputs.join(","), output],
        [kafka.address(), &group],
        &bench.settings,
    )?;
    let asker = kafka.member(&group)?;
    let all = Cell {
        records: cell.records * u64::from(full),
        ..cell.clone()
    };
    let done = |outputs: u64| Ok(outputs >= all.records);
    let measured = drain(kafka, &all, running, output, &bench.attach, done)?;
    let places = vec![cell.records; full as usize];
    let order = kafka.check_order(output, &all, &places)?;
    for input in &inputs[..full as usize] {
        if !Kafka::committed(&asker, input, &[cell.records])? {
            return Err(Error::Void("not every offset was committed".to_owned()));
        }
    }
    kafka.delete(output);
    Ok((measured, shares(&order, cell.records, full as usize)))
}

/// The shares of the inputs until the first of them is empty, in percent.
fn shares(order: &[u32], each: u64, inputs: usize) -> Vec<f64> {
    let mut counts = vec![0_u64; inputs];
    for input in order {
        let count = &mut counts[*input as usize];
        *count += 1;
        if *count == each {
            break;
        }
    }
    let all: u64 = counts.iter().sum();
    let share = |count: u64| count as f64 * 100.0 / all as f64;
    counts.into_iter().map(share).collect()
}

/// All runs, in the order they were made.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct FormRuns(pub Vec<FormRun>);

impl FormRuns {
    fn spread(&self, form: &Form, of: impl Fn(&FormRun) -> Option<f64>) -> Option<Spread> {
        let runs = self.0.iter().filter(|run| run.form == form.name);
        Spread::of(runs.filter_map(of))
    }
}

/// The bytes of a mebibyte.
const MIB: f64 = (1 << 20) as f64;

fn met(holds: bool) -> &'static str {
    if holds { "met" } else { "NOT met" }
}

impl fmt::Display for FormRuns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| inputs | records/s | to one input | ns of processor per record | to one input | MiB | shares, % | aims |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|")?;
        for form in FORMS {
            let (Some(rate), Some(cpu), Some(rates), Some(cpus), Some(memory)) = (
                self.spread(form, |run| Some(run.measured.records_per_s)),
                self.spread(form, |run| Some(run.measured.cpu_ns)),
                self.spread(form, |run| {
                    Some(run.measured.records_per_s / run.one.records_per_s)
                }),
                self.spread(form, |run| Some(run.measured.cpu_ns / run.one.cpu_ns)),
                self.spread(form, |run| Some(run.measured.peak_bytes as f64 / MIB)),
            ) else {
                continue;
            };
            let mut aims = Vec::new();
            if let Some(aim) = form.rate_aim {
                aims.push(format!("rate {aim}: {}", met(rates.median() >= aim)));
            }
            if let Some(aim) = form.cpu_aim {
                aims.push(format!("processor {aim}: {}", met(cpus.median() <= aim)));
            }
            if let Some(aim) = form.memory_aim {
                aims.push(format!("{aim} MiB: {}", met(memory.median() <= aim)));
            }
            let mut shown = Vec::new();
            for input in 0..form.full as usize {
                let Some(share) = self.spread(form, |run| run.shares.get(input).copied()) else {
                    continue;
                };
                if let Some(wanted) = form.shares.get(input) {
                    let holds = (share.median() - wanted).abs() <= form.within;
                    aims.push(format!("{wanted} %: {}", met(holds)));
                    shown.push(format!("{share:.1}"));
                }
            }
            writeln!(
                f,
                "| {}, {} full{} {} | {rate} | {rates:.3} | {cpu} | {cpus:.2} | {memory} | {} | {} |",
                form.name,
                form.full,
                if form.empty { ", 1 empty" } else { "" },
                form.flags.join(" "),
                shown.join(", "),
                aims.join("; "),
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::shares;

    #[test]
    fn shares_count_until_the_first_is_empty() {
        assert_eq!(shares(&[0, 0, 1, 0, 1, 1], 3, 2), [75.0, 25.0]);
    }
}
