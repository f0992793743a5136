//! Compares links with several inputs with the same link with one:
//! `cargo run --release -p catenae-benches --bin bench-inputs`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use catenae_benches::{
    Attach, Bench, Binaries, Cell, Error, FORMS, Form, FormRun, FormRuns, Kafka, Payload, Side,
    conclude, drain_inputs, write_json,
};
use clap::Parser;

/// What several inputs cost against one, in throughput and processor time, and what share each of them gets.
/// `CATENAE_TEST_KAFKA=host:port` names a Kafka; without it one is started.
#[derive(Parser)]
#[command(name = "bench-inputs")]
struct Options {
    /// Records waiting in all
    #[arg(long, default_value_t = 1_000_000)]
    records: u64,
    /// Bytes of a record, 12 or more
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(12..))]
    payload: u16,
    /// How often each form drains its streams
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Forms: `empty`, `three`, `eight`, `retry`, `exp`, `strict`, `reserve`
    #[arg(long, value_delimiter = ',')]
    inputs: Vec<String>,
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
    fn forms(&self) -> Result<Vec<Form>, String> {
        if self.inputs.is_empty() {
            return Ok(FORMS.to_vec());
        }
        let read = |name: &String| {
            let found = FORMS.iter().find(|form| form.name == name);
            found.copied().ok_or_else(|| format!("`{name}` is no form"))
        };
        self.inputs.iter().map(read).collect()
    }
}

fn measure(options: &Options, forms: &[Form]) -> Result<(), Error> {
    let bench = Bench {
        binaries: Binaries::build()?,
        kafka: Kafka::start()?,
        settings: options.kafka.clone(),
        attach: Attach(options.attach.clone()),
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let name = format!("inputs-{}", now.unwrap_or_default().as_millis());
    let cell = |full: u32| Cell {
        payload: Payload::Bytes(usize::from(options.payload)),
        records: options.records / u64::from(full),
        partitions: 1,
    };
    // By how many share the records.
    let mut filled: Vec<(u32, Vec<String>)> = Vec::new();
    for full in forms.iter().map(|form| form.full).chain([1]) {
        if filled.iter().any(|(known, _)| *known == full) {
            continue;
        }
        let mut streams = Vec::new();
        for input in 0..full {
            let stream = format!("{name}-{full}-{input}");
            bench.kafka.create(&stream, 1)?;
            bench.kafka.fill_input(&stream, &cell(full), input)?;
            streams.push(stream);
        }
        filled.push((full, streams));
    }
    let empty = format!("{name}-empty");
    bench.kafka.create(&empty, 1)?;
    let streams = |full: u32| {
        let found = filled.iter().find(|(known, _)| *known == full);
        found
            .map(|(_, streams)| streams.clone())
            .unwrap_or_default()
    };
    let mut runs = FormRuns::default();
    let mut next = 0;
    let mut output = || {
        next += 1;
        format!("{name}-output-{next}")
    };
    for round in 0..options.rounds {
        let mut forms = forms.to_vec();
        // A drift of the machine shall not always meet the same form first.
        if round % 2 == 1 {
            forms.reverse();
        }
        for form in forms {
            let single = streams(1);
            let (one, _) = drain_inputs(&bench, &cell(1), Side::Link, (&single, 1), &output())?;
            let mut inputs = streams(form.full);
            inputs.extend(form.empty.then(|| empty.clone()));
            let (measured, shares) = drain_inputs(
                &bench,
                &cell(form.full),
                Side::Flags(form.flags),
                (&inputs, form.full),
                &output(),
            )?;
            eprintln!(
                "{}: {:.0} records/s beside {:.0}, {:.0} ns/record beside {:.0}, {} KiB, {shares:.1?}",
                form.name,
                measured.records_per_s,
                one.records_per_s,
                measured.cpu_ns,
                one.cpu_ns,
                measured.peak_bytes / 1024
            );
            let form = form.name;
            runs.0.push(FormRun {
                form,
                measured,
                one,
                shares,
            });
        }
    }
    for stream in filled
        .iter()
        .flat_map(|(_, streams)| streams)
        .chain([&empty])
    {
        bench.kafka.delete(stream);
    }
    println!("\n{runs}");
    if let Some(path) = &options.json {
        write_json(path, &runs)?;
    }
    Ok(())
}

fn main() -> ExitCode {
    let options = Options::parse();
    conclude("bench-inputs", options.forms(), |forms| {
        measure(&options, &forms)
    })
}
