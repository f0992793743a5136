//! The flags of logs.

use crate::config::{LogFormat, LogLevel};

use super::*;

#[test]
fn log_level() {
    check(
        "--log-level",
        "CATENAE_LOG_LEVEL",
        |_, log| log.level,
        LogLevel::Info,
        &[
            ("trace", LogLevel::Trace),
            ("debug", LogLevel::Debug),
            ("INFO", LogLevel::Info),
            ("warn", LogLevel::Warn),
            ("warning", LogLevel::Warn),
            ("error", LogLevel::Error),
            ("critical", LogLevel::Error),
            ("off", LogLevel::Off),
            ("librdkafka=debug", LogLevel::Info),
        ],
        &[
            ("loud", "`loud` is not accepted: write `trace`, `debug`"),
            (
                "info,debug",
                "`info,debug` is not accepted: write one level",
            ),
            ("info,x=loud", "`loud` is not accepted"),
            ("=info", "`=info` is not accepted: write one level"),
        ],
    );
    let (_, log) = mapper("--log-level warn,librdkafka=debug", &[]).unwrap();
    assert_eq!(log.targets, [("librdkafka".to_owned(), LogLevel::Debug)]);
    assert_eq!(log.level, LogLevel::Warn);
}

#[test]
fn log_format() {
    check(
        "--log-format",
        "CATENAE_LOG_FORMAT",
        |_, log| log.format,
        LogFormat::Text,
        &[("json", LogFormat::Json), ("text", LogFormat::Text)],
        &[("xml", "`xml` is not accepted: write `text` or `json`")],
    );
    let (_, log) = mapper("--log-format json --log-level debug", &[]).unwrap();
    assert_eq!((log.level, log.format), (LogLevel::Debug, LogFormat::Json));
}
