//! What the program that asks is told to do, and what it says came of it: lines on its pipes.

use std::io::{BufRead as _, Write as _};

use serde::{Deserialize, Serialize};

use super::Way;

/// Ask so many questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Which way the questions go.
    pub way: Way,
    /// The number of questions.
    pub calls: usize,
    /// How many of them wait for their answers at once.
    pub in_flight: usize,
}

/// How long it took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Took {
    /// Each question to its answer, in nanoseconds.
    pub each_ns: Vec<u64>,
    /// All together.
    pub all_ns: u64,
}

/// Reads the next order from stdin; `None` when there is none any more.
///
/// # Errors
/// For one that makes no sense.
pub fn next_order() -> Result<Option<Order>, String> {
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    if read.map_err(|error| error.to_string())? == 0 {
        return Ok(None);
    }
    let order = serde_json::from_str(&line).map_err(|error| error.to_string())?;
    Ok(Some(order))
}

/// Says on stdout what came of an order.
///
/// # Errors
/// When nobody reads it.
pub fn say(took: &Took) -> Result<(), String> {
    let text = serde_json::to_string(took).map_err(|error| error.to_string())?;
    let mut stdout = std::io::stdout().lock();
    let written = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
    written.map_err(|error| error.to_string())
}

/// A question that is like no other: its number, and letters up to its size.
#[must_use]
pub fn payload(number: u64, size: usize) -> String {
    let mut text = format!("{number:016x}");
    text.extend((text.len()..size).map(|at| char::from(b'a' + (at % 26) as u8)));
    text
}
