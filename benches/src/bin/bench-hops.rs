//! Two Kafka hops written by hand: `bench-hops ask|answer <broker> <requests> <replies> <bytes> [key=value …]`.

use std::io::Read as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use catenae_benches::calls;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-hops: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), String> {
    let [end, broker, requests, replies, size, extra @ ..] = arguments else {
        return Err("wanted: ask|answer, broker, requests, replies, bytes".to_owned());
    };
    let extra: Vec<(&str, &str)> = extra
        .iter()
        .filter_map(|pair| pair.split_once('='))
        .collect();
    let streams = [requests.as_str(), replies.as_str()];
    match end.as_str() {
        "ask" => {
            let size = size.parse().map_err(|_| "no number of bytes")?;
            calls::ask(broker, streams, size, &extra)
        }
        "answer" => {
            let ended = Arc::new(AtomicBool::new(false));
            let stopper = Arc::clone(&ended);
            // The end of its input is its signal.
            thread::spawn(move || {
                let _ = std::io::stdin().read(&mut [0]);
                stopper.store(true, Ordering::Relaxed);
            });
            calls::answer(broker, streams, &extra, &ended)
        }
        other => Err(format!("`{other}` is neither end")),
    }
}
