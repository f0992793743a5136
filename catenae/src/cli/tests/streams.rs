//! The flags of streams: names, choice among inputs, partitions.

use crate::codec::Codec;
use crate::spec::modes::InputMode;
use crate::stream::StreamName;

use super::*;

fn streams(list: &[(&str, Codec)]) -> Vec<(StreamName, Codec)> {
    list.iter()
        .map(|(name, codec)| ((*name).into(), *codec))
        .collect()
}

#[test]
fn input() {
    check(
        "--input",
        "CATENAE_INPUT",
        |config, _| config.inputs.clone(),
        streams(&[("lines", Codec::Text)]),
        &[
            ("a,b", streams(&[("a", Codec::Text), ("b", Codec::Text)])),
            (
                "words,lines",
                streams(&[("words", Codec::Json), ("lines", Codec::Text)]),
            ),
        ],
        &[
            ("a,,b", "a stream name is missing"),
            ("a/b", "`a/b` cannot be a stream name"),
            ("a,a", "the stream `a` is named twice"),
        ],
    );
    let (config, _) = mapper("-i a", &[]).unwrap();
    assert_eq!(config.inputs, streams(&[("a", Codec::Text)]));
    refused(mapper("-i a -i b", &[]), "cannot be used multiple times");
}

#[test]
fn output() {
    check(
        "--output",
        "CATENAE_OUTPUT",
        |config, _| config.outputs.clone(),
        streams(&[("words", Codec::Json), ("rest", Codec::Auto)]),
        &[(
            "rest,words",
            streams(&[("rest", Codec::Auto), ("words", Codec::Json)]),
        )],
        &[
            ("a:b", "`a:b` cannot be a stream name"),
            ("a,a", "the stream `a` is named twice"),
        ],
    );
    let (config, _) = mapper("-o a", &[]).unwrap();
    assert_eq!(config.outputs, streams(&[("a", Codec::Auto)]));
}

#[test]
fn input_mode() {
    check(
        "--input-mode",
        "CATENAE_INPUT_MODE",
        |config, _| config.input_mode,
        InputMode::Parity,
        &[
            ("exp", InputMode::Exp),
            ("strict", InputMode::Strict),
            ("parity", InputMode::Parity),
        ],
        &[(
            "fair",
            "`fair` is not accepted: write `parity`, `exp` or `strict`",
        )],
    );
}

#[test]
fn reserve() {
    let run = |line: &str| mapper(&format!("--input-mode strict {line}"), &[]);
    for (line, percent) in [
        ("", 0),
        ("--reserve 10%", 10),
        ("--reserve 50", 50),
        ("--reserve 0%", 0),
    ] {
        assert_eq!(run(line).ok().unwrap().0.reserve, percent, "{line}");
    }
    for wrong in ["51%", "-1%", "a lot", "10%%", "0.5%"] {
        let line = format!("--reserve={}", wrong.replace(' ', "_"));
        refused(
            run(&line),
            "is not accepted: write a share from `0%` (none) to `50%`",
        );
    }
    let why = "a reserve keeps time for the inputs that would starve";
    refused(
        mapper("--reserve 10%", &[]),
        &format!("`--reserve 10%` is not possible here: {why}"),
    );
    refused(
        mapper("--input-mode exp --reserve 10%", &[]),
        &format!("`--reserve 10%` and `--input-mode exp` exclude each other: {why}"),
    );
    let declared = SINGLE.input_mode(InputMode::Strict).reserve(20);
    refused(
        super::run(&declared, "--input-mode parity"),
        "`reserve = 20%` in its attribute and `--input-mode parity` exclude each other",
    );
    assert!(super::run(&declared, "--input-mode parity --reserve 0%").is_ok());
}

#[test]
fn how_inputs_are_read_is_a_default_in_the_attribute() {
    let declared = SINGLE
        .input_mode(InputMode::Exp)
        .exp_window_millis(60_000)
        .partitions(3)
        .consumer_timeout_millis(90_000);
    let read = |line: &str| {
        let config = run(&declared, line).ok().unwrap();
        let seconds = [config.exp_window_size, config.consumer_timeout].map(|span| span.as_secs());
        (config.input_mode, seconds, config.partitions)
    };
    assert_eq!(read(""), (InputMode::Exp, [60, 90], 3));
    let line = "--input-mode parity --exp-window-size 7 --consumer-timeout 8 --partitions 9";
    assert_eq!(read(line), (InputMode::Parity, [7, 8], 9));
    let strict = SINGLE.input_mode(InputMode::Strict).reserve(20);
    assert_eq!(run(&strict, "").ok().unwrap().reserve, 20);
    assert_eq!(run(&strict, "--reserve 5%").ok().unwrap().reserve, 5);
}

#[test]
fn partitions() {
    check(
        "--partitions",
        "CATENAE_PARTITIONS",
        |config, _| config.partitions,
        10,
        &[("1", 1), ("64", 64), ("2147483647", 2_147_483_647)],
        &[
            (
                "0",
                "`0` is not accepted: write a whole number from 1 to 2147483647",
            ),
            ("2147483648", "`2147483648` is not accepted"),
            ("ten", "`ten` is not accepted"),
        ],
    );
}
