//! A link that runs for long, on a Kafka that keeps little: whether its memory grows.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::message::Message as _;
use rdkafka::producer::{BaseRecord, Producer as _};

use crate::cell::{Payload, Side};
use crate::error::Error;
use crate::kafka::{Kafka, producer, send};
use crate::process::{Binaries, Running};
use crate::workload::write;

/// What a stream keeps, and how soon the broker looks whether it keeps more.
const KEPT: [(&str, &str); 2] = [
    ("retention.bytes", "268435456"),
    ("segment.bytes", "33554432"),
];
/// The settings of a Kafka that is started for this.
pub const BROKER: &[&str] = &["log.retention.check.interval.ms=3000"];
/// So far ahead of the outputs the inputs may be: less than the streams keep.
const AHEAD: u64 = 1_000_000;
const LOOK: Duration = Duration::from_millis(250);
const STALL: Duration = Duration::from_secs(60);
const WITHIN: Duration = Duration::from_secs(30);
/// How much more memory at the end than after the first tenth is no growth, in bytes.
const SLACK: u64 = 8 << 20;

/// The memory in a tenth of a run.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Tenth {
    /// Records that had come out at its end.
    pub records: u64,
    /// Seconds from the first output to its end.
    pub seconds: f64,
    /// The most memory in it, in bytes.
    pub resident_bytes: u64,
}

/// A long run.
#[derive(Clone, Debug, serde::Serialize)]
pub struct LongRun(pub Vec<Tenth>);

impl LongRun {
    /// Whether the last tenth needs more memory than the second: the first one fills what is kept for reuse.
    #[must_use]
    pub fn grows(&self) -> bool {
        match (self.0.get(1), self.0.last()) {
            (Some(early), Some(last)) => last.resident_bytes > early.resident_bytes + SLACK,
            _ => false,
        }
    }
}

impl fmt::Display for LongRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| records | seconds | MiB at most |")?;
        writeln!(f, "|---|---|---|")?;
        for tenth in &self.0 {
            let mebibytes = tenth.resident_bytes >> 20;
            writeln!(
                f,
                "| {} | {:.0} | {mebibytes} |",
                tenth.records, tenth.seconds
            )?;
        }
        let verdict = if self.grows() {
            "grows"
        } else {
            "does not grow"
        };
        writeln!(f, "\nthe memory {verdict}")
    }
}

/// What the thread that writes and the one that looks tell each other.
#[derive(Default)]
struct Shared {
    outputs: AtomicU64,
    is_over: AtomicBool,
}

/// Passes that many records of `size` bytes through a link, and checks what the output stream still keeps.
///
/// # Errors
/// A loss, a repetition, disorder, or a run that could not be made.
pub fn run_long(kafka: &Kafka, records: u64, size: usize, name: &str) -> Result<LongRun, Error> {
    let [input, output] = ["input", "output"].map(|end| format!("{name}-{end}"));
    for stream in [&input, &output] {
        kafka.create_with(stream, 1, &KEPT)?;
    }
    let payload = Payload::Bytes(size);
    let group = format!("group-{name}");
    let running = Running::start(
        &Binaries::build()?,
        Side::Link,
        payload,
        [&input, &output],
        [kafka.address(), &group],
        &[],
    )?;
    let shared = Shared::default();
    let looked = thread::scope(|scope| {
        let feeding = scope.spawn(|| feed(kafka.address(), &input, payload, records, &shared));
        let looked = look(kafka, running, &output, records, &shared);
        shared.is_over.store(true, Ordering::Relaxed);
        let fed = feeding.join();
        let panicked = |_| Error::Void("the thread that writes the input panicked".to_owned());
        looked.and_then(|looked| fed.map_err(panicked)?.map(|()| looked))
    })?;
    check_kept(kafka, &output, records)?;
    for stream in [&input, &output] {
        kafka.delete(stream);
    }
    Ok(looked)
}

fn feed(
    address: &str,
    stream: &str,
    payload: Payload,
    records: u64,
    shared: &Shared,
) -> Result<(), Error> {
    let producer = producer(address)?;
    let mut buffer = Vec::new();
    for place in 0..records {
        while place >= shared.outputs.load(Ordering::Relaxed) + AHEAD {
            if shared.is_over.load(Ordering::Relaxed) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(1));
        }
        write(payload, 0, place, &mut buffer);
        let record = BaseRecord::<(), [u8]>::to(stream).partition(0);
        send(&producer, record.payload(&buffer))?;
    }
    producer.flush(WITHIN).map_err(Error::kafka("filling"))
}

fn look(
    kafka: &Kafka,
    mut running: Running,
    output: &str,
    records: u64,
    shared: &Shared,
) -> Result<LongRun, Error> {
    let (mut began, mut moved) = (Instant::now(), Instant::now());
    let mut tenths: Vec<Tenth> = Vec::new();
    let (mut delivered, mut resident_bytes) = (0, 0);
    loop {
        running.must_run()?;
        let now = kafka.ends(output, 1)?[0];
        resident_bytes = running.resident_memory()?.max(resident_bytes);
        if now == 0 {
            began = Instant::now();
        }
        if now > delivered {
            (delivered, moved) = (now, Instant::now());
            shared.outputs.store(now, Ordering::Relaxed);
        } else if moved.elapsed() > STALL {
            let after = began.elapsed();
            return Err(Error::Stalled {
                delivered,
                records,
                after,
            });
        }
        if now >= records / 10 * (tenths.len() as u64 + 1) || now >= records {
            let tenth = Tenth {
                records: now,
                seconds: began.elapsed().as_secs_f64(),
                resident_bytes,
            };
            eprintln!("{tenth:?}");
            tenths.push(tenth);
            resident_bytes = 0;
        }
        if now >= records {
            break;
        }
        thread::sleep(LOOK);
    }
    running.stop()?;
    let ends = kafka.ends(output, 1)?[0];
    if ends != records {
        return Err(Error::Void(format!("{ends} outputs of {records} inputs")));
    }
    Ok(LongRun(tenths))
}

/// What is kept of the outputs is the last of the inputs, in their order.
fn check_kept(kafka: &Kafka, stream: &str, records: u64) -> Result<(), Error> {
    let mut kept = 0;
    kafka.read_to_end(stream, 1, |message| {
        let place = message.payload().and_then(|value| value.first_chunk());
        let place = place.map(|bytes| u64::from_be_bytes(*bytes));
        if place != u64::try_from(message.offset()).ok() {
            let offset = message.offset();
            return Err(Error::Void(format!(
                "offset {offset} holds record {place:?}"
            )));
        }
        kept += 1;
        Ok(())
    })?;
    if kept == 0 {
        return Err(Error::Void(format!("nothing is kept of {records} outputs")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_what_comes_after_the_first_tenth() {
        let run = |mebibytes: [u64; 3]| {
            let tenth = |size: u64| Tenth {
                records: 0,
                seconds: 0.0,
                resident_bytes: size << 20,
            };
            LongRun(mebibytes.map(tenth).into())
        };
        assert!(!run([10, 40, 47]).grows());
        assert!(run([10, 40, 49]).grows());
    }
}
