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
