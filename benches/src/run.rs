//! One run: a side drains the stream, is measured from outside, and its outputs are checked.

use std::thread;
use std::time::{Duration, Instant};

use crate::cell::{Cell, Mode, Side};
use crate::error::Error;
use crate::kafka::Kafka;
use crate::process::{Attach, Binaries, Running};

/// How often the end of the output stream is asked for.
const SAMPLE: Duration = Duration::from_millis(20);
/// How long no output may come.
const STALL: Duration = Duration::from_secs(30);

/// What one run cost.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Measured {
    /// Records per second of wall time, from the last look without an output to the last output.
    pub records_per_s: f64,
    /// Processor time of the client, all its threads, per record, in nanoseconds.
    pub cpu_ns: f64,
    /// The most memory it had, in bytes.
    pub peak_bytes: u64,
}

#[derive(Clone, Copy)]
struct Sample {
    at: Instant,
    cpu: Duration,
}

/// What all runs have in common.
pub struct Bench {
    /// Where they run.
    pub kafka: Kafka,
    /// The programs under test.
    pub binaries: Binaries,
    /// Settings of librdkafka for both sides, each `key=value`.
    pub settings: Vec<String>,
    /// What is run beside them.
    pub attach: Attach,
}

/// Drains `input` into a stream of its own, and voids the run when an output is missing, doubled or
/// out of order, or an offset is not committed.
///
/// # Errors
/// A void run, or one that could not be made.
pub fn run(
    bench: &Bench,
    cell: &Cell,
    side: Side,
    input: (&str, &[u64]),
    output: &str,
) -> Result<Measured, Error> {
    let (kafka, (stream, places)) = (&bench.kafka, input);
    kafka.create(output, cell.partitions)?;
    let group = format!("group-{output}");
    let running = Running::start(
        &bench.binaries,
        side,
        cell.payload,
        [stream, output],
        [kafka.address(), &group],
        &bench.settings,
    )?;
    let asker = kafka.member(&group)?;
    // Between the outputs of transactions there are marks, which count as offsets: what they have
    // committed tells when they are done.
    let done = |outputs: u64| match side {
        Side::Mode(Mode::ExactlyOnce) => Kafka::committed(&asker, stream, places),
        _ => Ok(outputs >= cell.records),
    };
    let measured = drain(kafka, cell, running, output, &bench.attach, done)?;
    kafka.check(output, cell, places)?;
    // Nothing is stored for good before the end, where a link is at-most-once as well.
    if !Kafka::committed(&asker, stream, places)? {
        return Err(Error::Void("not every offset was committed".to_owned()));
    }
    kafka.delete(output);
    Ok(measured)
}

pub(crate) fn drain(
    kafka: &Kafka,
    cell: &Cell,
    mut running: Running,
    output: &str,
    attach: &Attach,
    done: impl Fn(u64) -> Result<bool, Error>,
) -> Result<Measured, Error> {
    let started = Instant::now();
    let (mut delivered, mut moved) = (0, started);
    let mut first = sample(&running)?;
    loop {
        running.must_run()?;
        let ends = kafka.ends(output, cell.partitions)?;
        let now: u64 = ends.iter().sum();
        if now == 0 {
            first = sample(&running)?;
        } else {
            running.attach(attach)?;
        }
        if done(now)? {
            break;
        }
        if now > delivered {
            (delivered, moved) = (now, Instant::now());
        } else if moved.elapsed() > STALL {
            return Err(Error::Stalled {
                delivered,
                records: cell.records,
                after: started.elapsed(),
            });
        }
        thread::sleep(SAMPLE);
    }
    let last = sample(&running)?;
    let peak_bytes = running.peak_memory()?;
    running.stop()?;
    let records = cell.records as f64;
    Ok(Measured {
        records_per_s: records / (last.at - first.at).as_secs_f64(),
        cpu_ns: (last.cpu - first.cpu).as_secs_f64() * 1e9 / records,
        peak_bytes,
    })
}

fn sample(running: &Running) -> Result<Sample, Error> {
    Ok(Sample {
        at: Instant::now(),
        cpu: running.cpu()?,
    })
}
