//! The figures of a cell, their spread, their ratios, and the aims they are held against.

use std::fmt;

use crate::cell::{Cell, Payload, Side};
use crate::run::Measured;

/// The largest peak memory of a link with a million records waiting, in bytes.
pub const MEMORY_AIM: u64 = 64 << 20;

/// What a link may cost, as a multiple of the native loop's processor time.
const NATIVE_AIM: Aim = Aim(1.25);

/// What a link may cost, as a multiple of the loop's processor time.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Aim(pub f64);

impl Aim {
    /// The aim of a cell.
    #[must_use]
    pub fn of(payload: Payload) -> Option<Self> {
        match payload {
            Payload::Bytes(_) => Some(Self(0.85)),
            Payload::Struct => Some(Self(1.0)),
        }
    }
}

/// All runs of one cell, in the order they were made.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Report {
    cell: Cell,
    runs: Vec<(Side, Measured)>,
    ratio: Option<Spread>,
    to_native: Option<Spread>,
    aim: Option<Aim>,
}

/// A median between its extremes.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Spread {
    least: f64,
    median: f64,
    most: f64,
}

impl Spread {
    /// Of at least one value.
    #[must_use]
    pub fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        let median = (values[(values.len() - 1) / 2] + values[values.len() / 2]) / 2.0;
        Some(Self {
            least,
            median,
            most,
        })
    }
}

impl Spread {
    /// The middle one.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.median
    }
}

impl Report {
    /// The report on `runs`; the ratio is taken pair by pair, as they were made one after the other.
    #[must_use]
    pub fn new(cell: Cell, runs: Vec<(Side, Measured)>) -> Self {
        let aim = Aim::of(cell.payload);
        let of = |side| runs.iter().filter(move |(other, _)| *other == side);
        let to = |other| {
            let pairs = of(Side::Link).zip(of(other));
            Spread::of(pairs.map(|((_, link), (_, other))| link.cpu_ns / other.cpu_ns))
        };
        let (ratio, to_native) = (to(Side::Raw), to(Side::Native));
        Self {
            cell,
            runs,
            ratio,
            to_native,
            aim,
        }
    }

    fn spread(&self, side: Side, of: impl Fn(&Measured) -> f64) -> Option<Spread> {
        let runs = self.runs.iter().filter(|(other, _)| *other == side);
        Spread::of(runs.map(|(_, measured)| of(measured)))
    }

    /// The most memory that a link had, in bytes.
    fn peak(&self, side: Side) -> Option<u64> {
        let runs = self.runs.iter().filter(|(other, _)| *other == side);
        runs.map(|(_, measured)| measured.peak_bytes).max()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.cell)?;
        for side in [Side::Raw, Side::Link, Side::Native] {
            let rate = self.spread(side, |measured| measured.records_per_s / 1e3);
            let cpu = self.spread(side, |measured| measured.cpu_ns);
            if let (Some(rate), Some(cpu), Some(peak)) = (rate, cpu, self.peak(side)) {
                writeln!(
                    f,
                    "  {side}  {cpu:>24} ns of processor per record  {rate:>24} thousand \
                     records/s  {:>5.1} MiB at most",
                    peak as f64 / f64::from(1 << 20)
                )?;
            }
        }
        let ratios = [
            ("raw loop", self.ratio, self.aim),
            ("native loop", self.to_native, Some(NATIVE_AIM)),
        ];
        for (other, ratio, aim) in ratios {
            let Some(ratio) = ratio else { continue };
            write!(f, "  catenae / {other}: {ratio:.3} of the processor time")?;
            match aim {
                Some(Aim(aim)) if ratio.median <= aim => writeln!(f, "; the aim, {aim}, is met")?,
                Some(Aim(aim)) => writeln!(f, "; the aim is {aim}: NOT met")?,
                None => writeln!(f)?,
            }
        }
        // The aim of the memory is about a million records that wait.
        if self.cell.records >= 1_000_000
            && let Some(peak) = self.peak(Side::Link)
        {
            let aim = MEMORY_AIM >> 20;
            let met = if peak <= MEMORY_AIM {
                "is met"
            } else {
                "is NOT met"
            };
            writeln!(
                f,
                "  memory with a million waiting: the aim, {aim} MiB, {met}"
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(0);
        let text = format!(
            "{:.digits$} ({:.digits$} to {:.digits$})",
            self.median, self.least, self.most
        );
        match f.width() {
            Some(width) => write!(f, "{text:>width$}"),
            None => f.write_str(&text),
        }
    }
}
