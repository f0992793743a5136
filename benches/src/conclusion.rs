//! How a program that compares ends: its figures in a file, and its exit status.

use std::error::Error as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;

use crate::Error;

/// Runs `measure` on what was `asked` for, and says on stderr why there is no figure. The status is 2
/// when what was asked makes no sense.
pub fn conclude<T>(
    program: &str,
    asked: Result<T, String>,
    measure: impl FnOnce(T) -> Result<(), Error>,
) -> ExitCode {
    let asked = match asked {
        Ok(asked) => asked,
        Err(text) => {
            eprintln!("{program}: {text}");
            return ExitCode::from(2);
        }
    };
    match measure(asked) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut text = format!("{program}: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                text.push_str(&format!(": {cause}"));
                source = cause.source();
            }
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

/// Writes every run as JSON.
///
/// # Errors
/// When the file cannot be written.
pub fn write_json(path: &Path, figures: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(figures).unwrap_or_default();
    fs::write(path, text).map_err(Error::file(path.display().to_string()))
}
