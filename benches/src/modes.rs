//! What each mode of a link costs, as multiples of the default one, round by round.

use std::fmt;

use crate::cell::{Mode, Side};
use crate::report::Spread;
use crate::run::Measured;

/// The least throughput of exactly-once, as a part of the default one's.
const EXACTLY_ONCE_AIM: f64 = 0.85;

/// One run of a mode, and the run of the default one that it is compared with.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Cost {
    /// Who ran.
    pub side: Side,
    /// How many records it had.
    pub records: u64,
    /// What it cost.
    pub measured: Measured,
    /// What the default mode cost in the same round.
    pub default: Measured,
}

/// All runs, in the order they were made.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Costs(pub Vec<Cost>);

impl Costs {
    fn spread(&self, side: Side, of: impl Fn(&Cost) -> f64) -> Option<Spread> {
        let runs = self.0.iter().filter(|cost| cost.side == side);
        Spread::of(runs.map(of))
    }
}

impl fmt::Display for Costs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sides: Vec<Side> = Vec::new();
        for cost in &self.0 {
            if !sides.contains(&cost.side) {
                sides.push(cost.side);
            }
        }
        writeln!(
            f,
            "| mode | records | records/s | to the default one | ns of processor per record | to the default one |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|")?;
        for side in &sides {
            let records = self.0.iter().find(|cost| cost.side == *side);
            let records = records.map_or(0, |cost| cost.records);
            let (Some(rate), Some(cpu), Some(rates), Some(cpus)) = (
                self.spread(*side, |cost| cost.measured.records_per_s),
                self.spread(*side, |cost| cost.measured.cpu_ns),
                self.spread(*side, |cost| {
                    cost.measured.records_per_s / cost.default.records_per_s
                }),
                self.spread(*side, |cost| cost.measured.cpu_ns / cost.default.cpu_ns),
            ) else {
                continue;
            };
            writeln!(
                f,
                "| {side} | {records} | {rate} | {rates:.3} | {cpu} | {cpus:.2} |"
            )?;
        }
        let exactly_once = self.spread(Side::Mode(Mode::ExactlyOnce), |cost| {
            cost.measured.records_per_s / cost.default.records_per_s
        });
        if let Some(ratio) = exactly_once {
            let met = if ratio.median() >= EXACTLY_ONCE_AIM {
                "is met"
            } else {
                "is NOT met"
            };
            writeln!(
                f,
                "\nexactly-once: {ratio:.3} of the default throughput; the aim, at least \
                 {EXACTLY_ONCE_AIM}, {met}"
            )?;
        }
        Ok(())
    }
}
