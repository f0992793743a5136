//! Log lines compared as text, with the clock stopped.

use std::ffi::OsStr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use expect_test::{Expect, expect};

use crate::config::LogLevel;

use super::lines::Format;
use super::*;

/// What `events` logs.
fn logged(level: &str, format: Format, fallback: Option<LogIdentity>, events: impl Fn()) -> String {
    let config = LogConfig::parse(level, LogFormat::Text).unwrap();
    let written = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&written);
    let lines = Lines {
        format,
        fallback,
        now: || UNIX_EPOCH + Duration::from_millis(1_795_380_481_123),
        write: move |line: &str| kept.lock().unwrap().push_str(line),
    };
    let subscriber = tracing_subscriber::registry()
        .with(filter::Levels::new(&config))
        .with(lines);
    tracing::subscriber::with_default(subscriber, events);
    let written = written.lock().unwrap();
    written.clone()
}

fn uid(text: &str) -> Uid {
    text.parse().unwrap()
}

fn events() {
    tracing::info!("started");
    identity_span("mapper", &uid("3f2a")).in_scope(|| {
        tracing::warn!(
            stream = "lines",
            partition = 3,
            empty = "",
            "nothing to read"
        );
        tracing::info_span!("electron", offset = 7_u64, stream = "outer").in_scope(|| {
            let error = std::io::Error::other("disk = full");
            let error: &(dyn std::error::Error + 'static) = &error;
            tracing::error!(error, ok = false, ratio = 0.5, "two\nlines \u{1b}[31m");
            identity_span("reducer", &uid("77")).in_scope(|| tracing::info!(stream = "x", "inner"));
        });
    });
}

fn check(format: Format, fallback: Option<LogIdentity>, expected: &Expect) {
    expected.assert_eq(&logged("info", format, fallback, events));
}

#[test]
fn text_lines() {
    check(
        Format::Text(Color::Plain),
        None,
        &expect![[r#"
            2026-11-22T20:48:01.123Z  INFO - started
            2026-11-22T20:48:01.123Z  WARN mapper/3f2a nothing to read stream=lines partition=3 empty=""
            2026-11-22T20:48:01.123Z ERROR mapper/3f2a two\nlines \u{1b}[31m error="disk = full" ok=false ratio=0.5 offset=7 stream=outer
            2026-11-22T20:48:01.123Z  INFO reducer/77 inner stream=x offset=7
        "#]],
    );
}

#[test]
fn json_lines() {
    check(
        Format::Json,
        Some(LogIdentity::new("fallback", &uid("0"))),
        &expect![[r#"
            {"time":"2026-11-22T20:48:01.123Z","level":"info","class":"fallback","uid":"0","target":"catenae::observe::tests","message":"started","fields":{}}
            {"time":"2026-11-22T20:48:01.123Z","level":"warn","class":"mapper","uid":"3f2a","target":"catenae::observe::tests","message":"nothing to read","fields":{"stream":"lines","partition":3,"empty":""}}
            {"time":"2026-11-22T20:48:01.123Z","level":"error","class":"mapper","uid":"3f2a","target":"catenae::observe::tests","message":"two\nlines \u001b[31m","fields":{"error":"disk = full","ok":false,"ratio":0.5,"offset":7,"stream":"outer"}}
            {"time":"2026-11-22T20:48:01.123Z","level":"info","class":"reducer","uid":"77","target":"catenae::observe::tests","message":"inner","fields":{"stream":"x","offset":7}}
        "#]],
    );
}

#[test]
fn colored_lines() {
    let line = logged("info", Format::Text(Color::Ansi), None, || {
        tracing::info!(n = 1, "text")
    });
    expect![[r#"
        ESC[2m2026-11-22T20:48:01.123ZESC[0m ESC[32m INFOESC[0m ESC[2m-ESC[0m text ESC[2mn=ESC[0m1
    "#]]
    .assert_eq(&line.replace('\u{1b}', "ESC"));
}

#[test]
fn a_span_may_learn_its_fields_later() {
    let line = logged("info", Format::Text(Color::Plain), None, || {
        let span = tracing::info_span!("call", status = tracing::field::Empty);
        span.record("status", 200);
        span.in_scope(|| tracing::info!("done"));
    });
    assert!(line.ends_with("  INFO - done status=200\n"), "{line}");
}

#[test]
fn levels_and_targets() {
    let check = |levels: &str, expected: &str| {
        let lines = logged(levels, Format::Text(Color::Plain), None, || {
            tracing::error!("e");
            tracing::debug!("d");
            tracing::trace!("t");
            tracing::info!(target: "librdkafka", "ki");
            tracing::debug!(target: "librdkafka", "kd");
            tracing::debug!(target: "rdkafka::client", "cd");
            tracing::debug!(target: "users_crate::part", "ud");
            tracing::debug!(target: "miolnir", "md");
        });
        let texts: Vec<_> = lines
            .lines()
            .filter_map(|line| line.split(' ').next_back())
            .collect();
        assert_eq!(texts.join(" "), expected, "{levels}");
    };
    check("off", "");
    check("error", "e");
    check("info", "e ki");
    check("debug", "e d ki ud md");
    check("trace", "e d t ki ud md");
    check("debug,librdkafka=debug", "e d ki kd ud md");
    check("debug,librdkafka=off,rdkafka=debug", "e d cd ud md");
    check("warn,users_crate=debug", "e ud");
    assert_eq!(
        LogConfig::parse("librdkafka=debug", LogFormat::Text)
            .unwrap()
            .level,
        LogLevel::Info
    );
}

#[test]
fn identity_survives_a_high_level() {
    let line = logged("error", Format::Text(Color::Plain), None, || {
        identity_span("mapper", &uid("3f2a")).in_scope(|| tracing::error!("bad"));
    });
    assert!(line.ends_with("ERROR mapper/3f2a bad\n"), "{line}");
}

#[test]
fn color_is_for_terminals_and_can_be_declined() {
    let check = |terminal, no_color: Option<&str>, term: Option<&str>, expected| {
        let color = color(terminal, no_color.map(OsStr::new), term.map(OsStr::new));
        assert_eq!(color, expected, "{terminal} {no_color:?} {term:?}");
    };
    check(true, None, Some("xterm"), Color::Ansi);
    check(true, Some(""), Some("xterm"), Color::Ansi);
    check(true, Some("1"), Some("xterm"), Color::Plain);
    check(false, None, Some("xterm"), Color::Plain);
    check(true, None, Some("dumb"), Color::Plain);
    check(true, None, None, Color::Plain);
}
