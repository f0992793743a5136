//! Compares a call with the two Kafka hops it is made of: `cargo run --release -p catenae-benches --bin bench-rpc`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use catenae_benches::calls::{Lap, Laps, Order, Took, Way, Worker};
use catenae_benches::{Attach, Binaries, Error, Kafka, conclude, write_json};
use clap::Parser;

/// So many calls are made one way before the next way has its turn: what else the machine does then
/// meets all of them alike.
const TURN: usize = 25;

/// What a call costs against two bare hops: time to the answer, calls per second, processor time.
/// `CATENAE_TEST_KAFKA=host:port` names a Kafka; without it one is started.
#[derive(Parser)]
#[command(name = "bench-rpc")]
struct Options {
    /// Calls of one round, one at a time
    #[arg(long, default_value_t = 4000)]
    calls: usize,
    /// Calls of one round with many at once
    #[arg(long, default_value_t = 20_000)]
    many: usize,
    /// How many at once
    #[arg(long, value_delimiter = ',', default_value = "100,1000")]
    in_flight: Vec<usize>,
    /// Bytes of a question and of its answer, 16 or more
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(16..))]
    payload: u16,
    /// How often each way has its turn
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// A setting of librdkafka for all of them; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    kafka: Vec<String>,
    /// Writes every round as JSON
    #[arg(long)]
    json: Option<PathBuf>,
    /// Runs a command beside the two programs that call and answer, their process ids behind it
    #[arg(long)]
    attach: Option<String>,
}

/// One end that asks, and one that answers.
struct Pair {
    asks: Worker,
    answers: Worker,
}

impl Pair {
    /// Adds the calls of a turn to those of its round.
    fn run(&mut self, order: Order, took: &mut Took, cpu: &mut Duration) -> Result<(), Error> {
        let before = self.cpu()?;
        let more = self.asks.carry_out(order)?;
        *cpu += self.cpu()?.saturating_sub(before);
        took.each_ns.extend(more.each_ns);
        took.all_ns += more.all_ns;
        Ok(())
    }

    fn cpu(&self) -> Result<Duration, Error> {
        Ok(self.asks.cpu()? + self.answers.cpu()?)
    }

    fn attach(&mut self, attach: &Attach) -> Result<(), Error> {
        self.asks.attach(attach)?;
        self.answers.attach(attach)
    }

    fn stop(self) -> Result<(), Error> {
        self.asks.stop()?;
        self.answers.stop()
    }
}

fn hops(binaries: &Binaries, kafka: &Kafka, run: &str, options: &Options) -> Result<Pair, Error> {
    let streams = ["requests", "replies"].map(|end| format!("{run}-{end}"));
    for stream in &streams {
        kafka.create(stream, 1)?;
    }
    let start = |end: &str| {
        let mut arguments = vec![end.to_owned(), kafka.address().to_owned()];
        arguments.extend(streams.clone());
        arguments.push(options.payload.to_string());
        arguments.extend(options.kafka.iter().cloned());
        Worker::start(binaries, "bench-hops", &arguments)
    };
    Ok(Pair {
        answers: start("answer")?,
        asks: start("ask")?,
    })
}

fn calls(binaries: &Binaries, kafka: &Kafka, run: &str, options: &Options) -> Result<Pair, Error> {
    let uid = format!("{run}-answerer");
    let common = |uid: &str| {
        let mut arguments: Vec<String> = ["-k", kafka.address(), "-g", run, "--uid", uid]
            .map(ToOwned::to_owned)
            .into();
        for setting in &options.kafka {
            arguments.extend(["--kafka".to_owned(), setting.clone()]);
        }
        arguments
    };
    let mut asks = common(&format!("{run}-asker"));
    let bytes = options.payload.to_string();
    asks.extend(["--answerer", &uid, "--bytes", &bytes].map(ToOwned::to_owned));
    Ok(Pair {
        answers: Worker::start(binaries, "bench-answerer", &common(&uid))?,
        asks: Worker::start(binaries, "bench-asker", &asks)?,
    })
}

/// Each way has its turn, again and again, until all have made their calls.
fn run_round(
    round: usize,
    (in_flight, calls_each): (usize, usize),
    hops: &mut Pair,
    calls: &mut Pair,
) -> Result<Vec<Lap>, Error> {
    let mut sums = Way::ALL.map(|way| (way, Took::default(), Duration::ZERO));
    let turn = if in_flight == 1 { TURN } else { calls_each };
    let mut left = calls_each;
    while left > 0 {
        let calls_of_turn = turn.min(left);
        left -= calls_of_turn;
        for (way, took, cpu) in &mut sums {
            let order = Order {
                way: *way,
                calls: calls_of_turn,
                in_flight,
            };
            let pair = if *way == Way::Hops {
                &mut *hops
            } else {
                &mut *calls
            };
            pair.run(order, took, cpu)?;
        }
        // A drift of the machine shall not always meet the same way first.
        sums.reverse();
    }
    let laps = sums.iter();
    Ok(laps
        .map(|(way, took, cpu)| Lap::new(round, *way, in_flight, took, *cpu))
        .collect())
}

fn measure(options: &Options) -> Result<(), Error> {
    let binaries = Binaries::build()?;
    let kafka = Kafka::start()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let run = format!("rpc-{}", now.unwrap_or_default().as_millis());
    let mut hops = hops(&binaries, &kafka, &run, options)?;
    let mut calls = calls(&binaries, &kafka, &run, options)?;
    let mut loads = vec![(1, options.calls)];
    loads.extend(options.in_flight.iter().map(|many| (*many, options.many)));
    let mut laps = Laps::default();
    // The first round finds everybody and everything cold: it does not count.
    for round in 0..=options.rounds {
        if round == 1 {
            calls.attach(&Attach(options.attach.clone()))?;
        }
        for &load in &loads {
            for lap in run_round(round, load, &mut hops, &mut calls)? {
                let (way, median, p99) = (lap.way, lap.median_us, lap.p99_us);
                let (in_flight, rate) = (lap.in_flight, lap.per_s);
                eprintln!(
                    "{way}, {in_flight} at once: {median:.0} µs, 99 % {p99:.0} µs, {rate:.0}/s"
                );
                if round > 0 {
                    laps.0.push(lap);
                }
            }
        }
    }
    hops.stop()?;
    calls.stop()?;
    for end in ["requests", "replies"] {
        kafka.delete(&format!("{run}-{end}"));
    }
    println!("\n{laps}");
    if let Some(path) = &options.json {
        write_json(path, &laps)?;
    }
    Ok(())
}

fn main() -> ExitCode {
    let options = Options::parse();
    let asked = match options.in_flight.iter().find(|many| **many < 2) {
        Some(few) => Err(format!("{few} is not many at once")),
        None => Ok(()),
    };
    conclude("bench-rpc", asked, |()| measure(&options))
}
