//! What is logged and in which form.

use std::str::FromStr;

use crate::spec::error::ConfigError;

/// What is logged and in which form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogConfig {
    /// The level of everything that `targets` does not name.
    pub level: LogLevel,
    /// Levels of single targets (a crate, or a module path), as in `info,librdkafka=debug`.
    pub targets: Vec<(String, LogLevel)>,
    /// The form of a line.
    pub format: LogFormat,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogLevel {
    /// Everything.
    Trace,
    /// What helps to find a fault.
    Debug,
    /// What an operator wants to see.
    #[default]
    Info,
    /// What may need attention.
    Warn,
    /// What failed.
    Error,
    /// No lines at all.
    Off,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people: time, level, `class/uid`, text, fields.
    #[default]
    Text,
    /// The same as one JSON object.
    Json,
}

const LEVELS: &str = "write `trace`, `debug`, `info`, `warn`, `error` or `off`";

impl FromStr for LogLevel {
    type Err = ConfigError;

    /// In any case; `warning` and `critical` are accepted for `warn` and `error`.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        match text.to_ascii_lowercase().as_str() {
            "trace" => Ok(Self::Trace),
            "debug" => Ok(Self::Debug),
            "info" => Ok(Self::Info),
            "warn" | "warning" => Ok(Self::Warn),
            "error" | "critical" => Ok(Self::Error),
            "off" => Ok(Self::Off),
            _ => Err(ConfigError::value(text, LEVELS)),
        }
    }
}

impl FromStr for LogFormat {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(ConfigError::value(text, "write `text` or `json`")),
        }
    }
}

impl LogConfig {
    /// Reads a level, levels of single targets (`target=level`), or both, separated by commas.
    ///
    /// # Errors
    /// Says which part is not accepted.
    pub(crate) fn parse(levels: &str, format: LogFormat) -> Result<Self, ConfigError> {
        let mut level = None;
        let mut targets = Vec::new();
        for part in levels.split(',').map(str::trim) {
            match part.split_once('=') {
                Some((target, one)) if !target.trim().is_empty() => {
                    targets.push((target.trim().to_owned(), one.trim().parse()?));
                }
                None if level.is_none() => level = Some(part.parse()?),
                _ => {
                    let wanted = "write one level, then `target=level` for single targets";
                    return Err(ConfigError::value(levels, wanted));
                }
            }
        }
        Ok(Self {
            level: level.unwrap_or_default(),
            targets,
            format,
        })
    }
}
