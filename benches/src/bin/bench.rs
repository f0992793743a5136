//! Runs the comparison: `cargo run --release -p catenae-benches`. See `benches/README.md`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use catenae_benches::{
    Attach, Bench, Binaries, Cell, Error, Kafka, Payload, Report, Side, conclude, run, settings,
    write_json,
};
use clap::Parser;

/// Compares a link with a loop written by hand: processor time per record, records per second,
/// peak memory. `CATENAE_TEST_KAFKA=host:port` names a Kafka; without it one is started.
#[derive(Parser)]
#[command(name = "bench")]
struct Options {
    /// The cells, of 100, 1024 (any size in bytes) and `struct`
    #[arg(long, value_delimiter = ',', default_value = "100,1024,struct")]
    payload: Vec<String>,
    /// Records waiting, of up to 512 bytes and of structs; the larger ones are 3/10 as many
    #[arg(long, default_value_t = 1_000_000)]
    records: u64,
    /// Partitions of the streams; one cell for each
    #[arg(long, value_delimiter = ',', default_value = "1")]
    partitions: Vec<i32>,
    /// How often each side drains the stream
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Runs one side only: `raw`, `native` or `link`
    #[arg(long, value_parser = ["raw", "native", "link"])]
    only: Option<String>,
    /// A setting of librdkafka for both sides, on top of those of a link; may be repeated
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
    fn cells(&self) -> Result<Vec<Cell>, String> {
        let mut cells = Vec::new();
        for name in &self.payload {
            let payload = match name.as_str() {
                "struct" => Payload::Struct,
                size => match size.parse() {
                    Ok(size @ 12..) => Payload::Bytes(size),
                    _ => return Err(format!("`{size}`: write `struct`, or bytes, 12 or more")),
                },
            };
            let large = matches!(payload, Payload::Bytes(513..));
            let records = if large {
                self.records * 3 / 10
            } else {
                self.records
            };
            cells.extend(self.partitions.iter().map(|partitions| Cell {
                payload,
                records,
                partitions: *partitions,
            }));
        }
        Ok(cells)
    }

    fn sides(&self, round: usize, payload: Payload) -> Vec<Side> {
        let mut sides = match self.only.as_deref() {
            Some("raw") => vec![Side::Raw],
            Some("native") => vec![Side::Native],
            Some(_) => vec![Side::Link],
            // The native loop has no codec.
            None if payload == Payload::Struct => vec![Side::Raw, Side::Link],
            None => vec![Side::Raw, Side::Link, Side::Native],
        };
        // A drift of the machine shall not always meet the same side first.
        if round % 2 == 1 {
            sides.reverse();
        }
        sides
    }
}

fn measure(options: &Options, cells: &[Cell]) -> Result<(), Error> {
    let bench = Bench {
        binaries: Binaries::build()?,
        kafka: Kafka::start()?,
        settings: options.kafka.clone(),
        attach: Attach(options.attach.clone()),
    };
    let kafka = &bench.kafka;
    print_settings(kafka, &bench.settings);
    let mut reports = Vec::new();
    for (number, cell) in cells.iter().enumerate() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let name = format!("bench-{}-{number}", now.unwrap_or_default().as_millis());
        let input = format!("{name}-input");
        kafka.create(&input, cell.partitions)?;
        let places = kafka.fill(&input, cell)?;
        let mut runs = Vec::new();
        for round in 0..options.rounds {
            for side in options.sides(round, cell.payload) {
                let output = format!("{name}-output-{}", runs.len());
                let input = (input.as_str(), places.as_slice());
                let measured = run(&bench, cell, side, input, &output)?;
                eprintln!(
                    "{cell}: {side} {:.0} ns/record, {:.0} records/s, {} KiB",
                    measured.cpu_ns,
                    measured.records_per_s,
                    measured.peak_bytes / 1024
                );
                runs.push((side, measured));
            }
        }
        kafka.delete(&input);
        let report = Report::new(cell.clone(), runs);
        println!("\n{report}");
        reports.push(report);
    }
    if let Some(path) = &options.json {
        write_json(path, &reports)?;
    }
    Ok(())
}

fn print_settings(kafka: &Kafka, extra: &[String]) {
    println!("Kafka at {}; settings of both sides:", kafka.address());
    let of = [
        ("both clients", settings::BOTH),
        ("consumer", settings::CONSUMER),
        ("producer", settings::PRODUCER),
    ];
    for (client, settings) in of {
        let settings: Vec<String> = settings.iter().map(|(k, v)| format!("{k}={v}")).collect();
        println!("  {client}: {}", settings.join(" "));
    }
    if !extra.is_empty() {
        println!("  besides: {}", extra.join(" "));
    }
    println!("  payload: letters that hardly compress (6 of 8 bits are random), no key");
}

fn main() -> ExitCode {
    let options = Options::parse();
    let cells = options.cells().map_err(|text| format!("--payload {text}"));
    conclude("bench", cells, |cells| measure(&options, &cells))
}
