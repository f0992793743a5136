//! What a running micromodule tells: one log line per event, from our code, the user's and the
//! Kafka client's.
//!
//! Everything goes through `tracing`; lines are written to stderr. Which micromodule an event
//! belongs to is found in the span it happened in, see [`identity_span`].

mod clock;
mod filter;
mod identity;
mod json;
mod lines;
mod record;
mod text;

#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::io::{IsTerminal, Write};
use std::sync::OnceLock;
use std::time::SystemTime;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Registry, reload};

use crate::config::{LogConfig, LogFormat, Uid};

use identity::LogIdentity;
pub(crate) use identity::identity_span;
use lines::Lines;
use text::Color;

/// Begins to log. Events outside every identity span belong to `identity`, where there is one: the
/// Kafka client's threads know no span.
///
/// A program that set a `tracing` subscriber of its own keeps it.
pub(crate) fn init(config: &LogConfig, identity: Option<(&str, &Uid)>) {
    let lines = Lines {
        format: match config.format {
            LogFormat::Text => lines::Format::Text(color_of_stderr()),
            LogFormat::Json => lines::Format::Json,
        },
        fallback: identity.map(|(class, uid)| LogIdentity::new(class, uid)),
        now: SystemTime::now,
        // Nothing is left to be told when stderr is closed.
        write: |line: &str| drop(std::io::stderr().write_all(line.as_bytes())),
    };
    let (levels, handle) = reload::Layer::new(filter::Levels::new(config));
    let subscriber = tracing_subscriber::registry().with(levels).with(lines);
    // An error means that the program has a subscriber already.
    if tracing::subscriber::set_global_default(subscriber).is_ok() {
        let _ = LEVELS.set((handle, config.format));
    }
}

/// How the levels of this process are changed while it runs.
static LEVELS: OnceLock<(reload::Handle<filter::Levels, Registry>, LogFormat)> = OnceLock::new();

/// Logs what `text` says from now on, in this whole process.
///
/// # Errors
/// What is wrong with the text, or that the program has a subscriber of its own.
pub(crate) fn set_levels(text: &str) -> Result<(), String> {
    let (handle, format) = LEVELS
        .get()
        .ok_or("this program logs through a `tracing` subscriber of its own")?;
    let config = LogConfig::parse(text, *format).map_err(|error| error.to_string())?;
    let reloaded = handle.reload(filter::Levels::new(&config));
    reloaded.map_err(|error| error.to_string())
}

/// Whether each line on stderr is to be an object, the last words of a program included.
pub(crate) fn writes_json() -> bool {
    let json = LEVELS
        .get()
        .is_some_and(|(_, format)| *format == LogFormat::Json);
    json && tracing::enabled!(tracing::Level::ERROR)
}

/// An error as it is written to stderr by who cannot log any more: while the process exits. Takes no
/// lock, and needs no thread-local.
pub(crate) fn last_word(text: &str) -> String {
    match LEVELS.get() {
        Some((_, LogFormat::Json)) => json::line(&lines::Line {
            time: clock::Utc(SystemTime::now()),
            level: tracing::Level::ERROR,
            identity: None,
            target: module_path!(),
            message: text,
            fields: &[],
        }),
        _ => format!("error: {text}\n"),
    }
}

fn color_of_stderr() -> Color {
    let no_color = std::env::var_os("NO_COLOR");
    let term = std::env::var_os("TERM");
    color(
        std::io::stderr().is_terminal(),
        no_color.as_deref(),
        term.as_deref(),
    )
}

/// Color for people only, and only if they did not decline (no-color.org).
fn color(is_terminal: bool, no_color: Option<&OsStr>, term: Option<&OsStr>) -> Color {
    let declined = no_color.is_some_and(|value| !value.is_empty());
    if is_terminal && !declined && term.is_some_and(|term| term != "dumb") {
        Color::Ansi
    } else {
        Color::Plain
    }
}
