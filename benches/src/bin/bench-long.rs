//! A day's worth of records through one link: `cargo run --release -p catenae-benches --bin bench-long`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use catenae_benches::{BROKER, Error, Kafka, conclude, run_long, write_json};
use clap::Parser;

/// Whether the memory of a link grows with what passes through it. The streams keep 256 MiB each; records are written while
/// the link runs. `CATENAE_TEST_KAFKA=host:port` names a Kafka; without it one is started.
#[derive(Parser)]
#[command(name = "bench-long")]
struct Options {
    /// Records in all
    #[arg(long, default_value_t = 100_000_000, value_parser = clap::value_parser!(u64).range(1000..))]
    records: u64,
    /// Bytes of a record, 12 or more
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(12..))]
    payload: u16,
    /// Writes the figures as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

fn measure(options: &Options) -> Result<(), Error> {
    let kafka = Kafka::start_with(BROKER)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let name = format!("long-{}", now.unwrap_or_default().as_millis());
    let run = run_long(&kafka, options.records, usize::from(options.payload), &name)?;
    println!("\n{run}");
    if let Some(path) = &options.json {
        write_json(path, &run)?;
    }
    match run.grows() {
        true => Err(Error::Void("the memory grows".to_owned())),
        false => Ok(()),
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    conclude("bench-long", Ok(()), |()| measure(&options))
}
