//! A log line for people.

use std::fmt::Write;

use serde_json::Value;
use tracing::Level;

use super::lines::Line;

/// Whether the line is colored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Color {
    Plain,
    Ansi,
}

/// `2026-11-22T20:48:01.123Z  INFO mapper/3f2a9c81d04b text field=value`
pub(super) fn line(line: &Line<'_>, color: Color) -> String {
    let mut text = String::with_capacity(160);
    let dim = |part: &str| match color {
        Color::Plain => part.to_owned(),
        Color::Ansi => format!("\x1b[2m{part}\x1b[0m"),
    };
    let level = match color {
        Color::Plain => format!("{:>5}", line.level),
        Color::Ansi => format!("\x1b[{}m{:>5}\x1b[0m", code(line.level), line.level),
    };
    let identity = match line.identity {
        Some(identity) => format!("{}/{}", identity.class, identity.uid),
        None => "-".to_owned(),
    };
    // Writing to a string does not fail.
    let _ = write!(
        text,
        "{} {level} {} ",
        dim(&line.time.to_string()),
        dim(&identity)
    );
    push_visible(&mut text, line.message);
    for (name, value) in line.fields {
        let _ = write!(text, " {}", dim(&format!("{name}=")));
        push_value(&mut text, value);
    }
    text.push('\n');
    text
}

fn code(level: Level) -> &'static str {
    match level {
        Level::ERROR => "31",
        Level::WARN => "33",
        Level::INFO => "32",
        Level::DEBUG => "34",
        Level::TRACE => "35",
    }
}

/// Quotes a text in which somebody could mistake where it ends.
fn push_value(text: &mut String, value: &Value) {
    match value {
        Value::String(value) => {
            let plain = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '"' | '=');
            if !value.is_empty() && value.chars().all(plain) {
                text.push_str(value);
            } else {
                let _ = write!(text, "{}", Value::String(value.clone()));
            }
        }
        other => {
            let _ = write!(text, "{other}");
        }
    }
}

/// One event is one line: line breaks and terminal commands in data are shown, not obeyed.
fn push_visible(text: &mut String, message: &str) {
    for c in message.chars() {
        if c.is_control() {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
    }
}
