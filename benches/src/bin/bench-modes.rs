//! Compares the modes of a link: `cargo run --release -p catenae-benches --bin bench-modes`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use catenae_benches::{
    Attach, Bench, Binaries, Cell, Cost, Costs, Error, Kafka, Measured, Mode, Payload, Side,
    conclude, run, write_json,
};
use clap::Parser;

/// `--sync` commits every record, which takes milliseconds: it gets this part of the records.
const SYNC_SHARE: u64 = 200;

/// What each mode of a link costs against the default one: records per second and processor time.
/// `CATENAE_TEST_KAFKA=host:port` names a Kafka; without it one is started.
#[derive(Parser)]
#[command(name = "bench-modes")]
struct Options {
    /// Records waiting
    #[arg(long, default_value_t = 1_000_000)]
    records: u64,
    /// Bytes of a record, 12 or more
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(12..))]
    payload: u16,
    /// Partitions of the streams
    #[arg(long, default_value_t = 1)]
    partitions: i32,
    /// How often each mode drains the stream
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Modes by their flags, of `seq`, `sync`, `at-most-once` and `exactly-once`
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "seq,at-most-once,exactly-once,sync"
    )]
    modes: Vec<String>,
    /// A setting of librdkafka for all of them; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    kafka: Vec<String>,
    /// Writes every run as JSON
    #[arg(long)]
    json: Option<PathBuf>,
    /// Runs a command beside each program, its process id behind it: `perf record -g -p`
    #[arg(long)]
    attach: Option<String>,
}

impl Options {
    fn modes(&self) -> Result<Vec<Mode>, String> {
        let read = |name: &String| match name.as_str() {
            "seq" => Ok(Mode::Seq),
            "sync" => Ok(Mode::Sync),
            "at-most-once" => Ok(Mode::AtMostOnce),
            "exactly-once" => Ok(Mode::ExactlyOnce),
            other => Err(format!("`{other}` is no mode")),
        };
        self.modes.iter().map(read).collect()
    }

    fn cell(&self, records: u64) -> Cell {
        Cell {
            payload: Payload::Bytes(usize::from(self.payload)),
            records,
            partitions: self.partitions,
        }
    }
}

/// A filled stream.
struct Input {
    name: String,
    cell: Cell,
    places: Vec<u64>,
}

impl Input {
    fn fill(kafka: &Kafka, name: String, cell: Cell) -> Result<Self, Error> {
        kafka.create(&name, cell.partitions)?;
        let places = kafka.fill(&name, &cell)?;
        Ok(Self { name, cell, places })
    }

    fn drain(&self, bench: &Bench, side: Side, output: &str) -> Result<Measured, Error> {
        let places = (self.name.as_str(), self.places.as_slice());
        let measured = run(bench, &self.cell, side, places, output)?;
        eprintln!(
            "{side}: {:.0} records/s, {:.0} ns/record, {} KiB",
            measured.records_per_s,
            measured.cpu_ns,
            measured.peak_bytes / 1024
        );
        Ok(measured)
    }
}

fn measure(options: &Options, modes: &[Mode]) -> Result<(), Error> {
    let bench = Bench {
        binaries: Binaries::build()?,
        kafka: Kafka::start()?,
        settings: options.kafka.clone(),
        attach: Attach(options.attach.clone()),
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let name = format!("modes-{}", now.unwrap_or_default().as_millis());
    let many = options.cell(options.records);
    let few = options.cell((options.records / SYNC_SHARE).max(1000));
    let many = Input::fill(&bench.kafka, format!("{name}-many"), many)?;
    let few = Input::fill(&bench.kafka, format!("{name}-few"), few)?;
    let mut costs = Costs::default();
    let mut next = 0;
    let mut output = || {
        next += 1;
        format!("{name}-output-{next}")
    };
    for round in 0..options.rounds {
        let mut modes = modes.to_vec();
        // A drift of the machine shall not always meet the same mode first.
        if round % 2 == 1 {
            modes.reverse();
        }
        for mode in modes {
            let input = if mode == Mode::Sync { &few } else { &many };
            let side = Side::Mode(mode);
            let default = many.drain(&bench, Side::Link, &output())?;
            let measured = input.drain(&bench, side, &output())?;
            let records = input.cell.records;
            costs.0.push(Cost {
                side,
                records,
                measured,
                default,
            });
        }
    }
    bench.kafka.delete(&many.name);
    bench.kafka.delete(&few.name);
    println!("\n{costs}");
    if let Some(path) = &options.json {
        write_json(path, &costs)?;
    }
    Ok(())
}

fn main() -> ExitCode {
    let options = Options::parse();
    conclude("bench-modes", options.modes(), |modes| {
        measure(&options, &modes)
    })
}
