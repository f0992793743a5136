//! What a call costs beside the two Kafka hops that it is made of, round by round.

mod hops;
mod orders;
mod worker;

use std::fmt;
use std::time::Duration;

pub use hops::{answer, ask};
pub use orders::{Order, Took, next_order, payload, say};
pub use worker::Worker;

use crate::report::Spread;

/// What a call may take, as a multiple of the two hops: its median, and its 99th percentile.
const AIM: f64 = 1.2;

/// How a question gets its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// By the two hops written by hand.
    Hops,
    /// By a call of a method without state.
    Stateless,
    /// By a call of a method with the state of its link.
    State,
}

impl Way {
    /// All, the one that the others are compared with first.
    pub const ALL: [Self; 3] = [Self::Hops, Self::Stateless, Self::State];
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hops => "two hops",
            Self::Stateless => "call without state",
            Self::State => "call with state",
        })
    }
}

/// What one way took in one round.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Lap {
    /// In which round.
    pub round: usize,
    /// Which way.
    pub way: Way,
    /// How many questions waited for their answers at once.
    pub in_flight: usize,
    /// The median of the times to an answer, in microseconds.
    pub median_us: f64,
    /// The time that one in a hundred exceeds.
    pub p99_us: f64,
    /// The longest.
    pub max_us: f64,
    /// Answers per second.
    pub per_s: f64,
    /// Processor time of both programs per call, in microseconds.
    pub cpu_us: f64,
}

impl Lap {
    /// The figures of a round.
    #[must_use]
    pub fn new(round: usize, way: Way, in_flight: usize, took: &Took, cpu: Duration) -> Self {
        let mut sorted = took.each_ns.clone();
        sorted.sort_unstable();
        let at = |share: f64| {
            let last = sorted.len().saturating_sub(1);
            let index = (sorted.len() as f64 * share) as usize;
            sorted.get(index.min(last)).copied().unwrap_or(0) as f64 / 1e3
        };
        let calls = sorted.len() as f64;
        Self {
            round,
            way,
            in_flight,
            median_us: at(0.5),
            p99_us: at(0.99),
            max_us: at(1.0),
            per_s: calls * 1e9 / took.all_ns as f64,
            cpu_us: cpu.as_secs_f64() * 1e6 / calls,
        }
    }
}

/// All laps, in the order they were run.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Laps(pub Vec<Lap>);

impl Laps {
    fn of(&self, way: Way, in_flight: usize) -> impl Iterator<Item = &Lap> {
        let laps = self.0.iter();
        laps.filter(move |lap| (lap.way, lap.in_flight) == (way, in_flight))
    }

    fn spread(&self, way: Way, in_flight: usize, of: impl Fn(&Lap) -> f64) -> Option<Spread> {
        Spread::of(self.of(way, in_flight).map(of))
    }

    /// As a multiple of the two hops of the same round.
    fn ratio(&self, way: Way, in_flight: usize, of: impl Fn(&Lap) -> f64) -> Option<Spread> {
        let hops = |round| {
            let mut hops = self.of(Way::Hops, in_flight);
            hops.find(|lap| lap.round == round)
        };
        let pairs = self.of(way, in_flight);
        let pairs = pairs.filter_map(|lap| Some((lap, hops(lap.round)?)));
        Spread::of(pairs.map(|(lap, hops)| of(lap) / of(hops)))
    }

    fn in_flight(&self) -> Vec<usize> {
        let mut all: Vec<usize> = self.0.iter().map(|lap| lap.in_flight).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn one_at_a_time(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| one at a time | median, µs | 99 %, µs | most, µs | processor, µs | median to the hops' | 99 % to the hops' |\n\
             |---|---|---|---|---|---|---|"
        )?;
        for way in Way::ALL {
            let (Some(median), Some(p99), Some(max), Some(cpu)) = (
                self.spread(way, 1, |lap| lap.median_us),
                self.spread(way, 1, |lap| lap.p99_us),
                self.spread(way, 1, |lap| lap.max_us),
                self.spread(way, 1, |lap| lap.cpu_us),
            ) else {
                continue;
            };
            write!(f, "| {way} | {median} | {p99} | {max} | {cpu} |")?;
            for ratio in [
                self.ratio(way, 1, |lap| lap.median_us),
                self.ratio(way, 1, |lap| lap.p99_us),
            ] {
                match ratio {
                    Some(ratio) if way != Way::Hops => write!(f, " {ratio:.2} |")?,
                    _ => write!(f, " |")?,
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }

    fn many_at_once(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for in_flight in self.in_flight().into_iter().filter(|&calls| calls > 1) {
            writeln!(
                f,
                "\n| {in_flight} at once | calls/s | to the hops' | processor, µs | median, µs |\n\
                 |---|---|---|---|---|"
            )?;
            for way in Way::ALL {
                let (Some(rate), Some(ratio), Some(cpu), Some(median)) = (
                    self.spread(way, in_flight, |lap| lap.per_s),
                    self.ratio(way, in_flight, |lap| lap.per_s),
                    self.spread(way, in_flight, |lap| lap.cpu_us),
                    self.spread(way, in_flight, |lap| lap.median_us),
                ) else {
                    continue;
                };
                writeln!(f, "| {way} | {rate} | {ratio:.2} | {cpu} | {median} |")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Laps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.one_at_a_time(f)?;
        self.many_at_once(f)?;
        for way in [Way::Stateless, Way::State] {
            for (name, ratio) in [
                ("median", self.ratio(way, 1, |lap| lap.median_us)),
                ("99 %", self.ratio(way, 1, |lap| lap.p99_us)),
            ] {
                let Some(ratio) = ratio else {
                    continue;
                };
                let met = match ratio.median() <= AIM {
                    true => "is met",
                    false => "is NOT met",
                };
                writeln!(
                    f,
                    "\n{way}, {name}: {ratio:.2} of the two hops; the aim, at most {AIM}, {met}"
                )?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lap(round: usize, way: Way, each_us: &[u64]) -> Lap {
        let took = Took {
            each_ns: each_us.iter().map(|us| us * 1000).collect(),
            all_ns: 1_000_000_000,
        };
        Lap::new(round, way, 1, &took, Duration::from_micros(30))
    }

    #[test]
    fn a_lap_has_the_median_and_what_exceeds_it() {
        let each: Vec<u64> = (1..=200).rev().collect();
        let lap = lap(0, Way::Hops, &each);
        assert_eq!((lap.median_us, lap.p99_us, lap.max_us), (101., 199., 200.));
        assert_eq!((lap.per_s, lap.cpu_us), (200., 0.15));
    }

    #[test]
    fn a_ratio_is_taken_within_its_round() {
        let laps = Laps(vec![
            lap(0, Way::Hops, &[100]),
            lap(0, Way::State, &[110]),
            lap(1, Way::State, &[260]),
            lap(1, Way::Hops, &[200]),
        ]);
        let ratio = laps.ratio(Way::State, 1, |lap| lap.median_us).unwrap();
        assert_eq!(format!("{ratio:.2}"), "1.20 (1.10 to 1.30)");
    }
}
