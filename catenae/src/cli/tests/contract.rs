//! What a micromodule says of itself: help, version, contract, exit status, errors.

use std::process::ExitCode;

use expect_test::{Expect, expect};

use crate::cli::{chain, describe, end, finish, flags};
use crate::context::Context;
use crate::kafka;
use crate::rpc::{Caller, Served};

use super::*;

#[test]
fn the_table_of_flags_is_regular() {
    for flag in flags::FLAGS {
        let env = format!("CATENAE_{}", flag.long.to_uppercase().replace('-', "_"));
        assert_eq!(flag.env, env);
        assert!(
            !flags::RESERVED.contains(&&*format!("--{}", flag.long)),
            "{}",
            flag.long
        );
    }
}

#[test]
fn the_delivery_modes_are_the_same_in_both_documents() {
    let table = |text: &'static str| {
        let (_, section) = text.split_once("# Delivery modes\n\n").unwrap();
        let rows: Vec<_> = section
            .lines()
            .take_while(|line| !line.is_empty())
            .collect();
        rows.join("\n")
    };
    let rustdoc = table(include_str!("../../link/attribute.md"));
    assert_eq!(
        table(include_str!("../../../../guide/delivery.md")),
        rustdoc
    );
    for mode in ["default", "seq", "sync", "at-most-once", "exactly-once"] {
        assert!(rustdoc.contains(&format!("\n| {mode} |")), "{mode}");
    }
}

#[test]
fn the_guide_lists_every_flag_and_no_other() {
    let guide = include_str!("../../../../guide/command-line.md");
    let rows: Vec<Vec<&str>> = guide
        .lines()
        .filter(|line| line.starts_with("| `-"))
        .map(|line| line.trim_matches(['|', ' ']).split(" | ").collect())
        .collect();
    assert_eq!(rows.len(), flags::FLAGS.len());
    for flag in flags::FLAGS {
        let long = format!("`--{}", flag.long);
        let is_its = |row: &&Vec<&str>| {
            let at = row[0].find(&long).map(|at| at + long.len());
            at.is_some_and(|at| row[0][at..].starts_with(['`', ' ']))
        };
        let row = rows.iter().find(is_its).unwrap_or_else(|| panic!("{long}"));
        let stars = match flag.scope {
            flags::FlagScope::Everywhere => "",
            flags::FlagScope::Micromodule => " *",
            flags::FlagScope::Topology => " **",
        };
        assert_eq!(row[0].rsplit('`').next(), Some(stars), "{long}");
        let short = flag.short.map(|short| format!("`-{short}`, "));
        assert!(row[0].starts_with(&short.unwrap_or(long)), "{row:?}");
        assert!(row[2].contains(flag.default.unwrap_or("")), "{row:?}");
    }
}

#[test]
fn exit_statuses() {
    let status = |line: &str| end(mapper(line, &[]).err().unwrap());
    assert_eq!(finish(Ok(())), ExitCode::SUCCESS);
    assert_eq!(finish(Err("it broke".into())), ExitCode::from(1));
    assert_eq!(status("--help"), ExitCode::SUCCESS);
    assert_eq!(status("--version"), ExitCode::SUCCESS);
    assert_eq!(status("describe"), ExitCode::SUCCESS);
    assert_eq!(status("--unknown"), ExitCode::from(2));
    assert_eq!(status("--partitions 0"), ExitCode::from(2));
}

#[test]
fn errors_are_printed_with_their_causes() {
    let lines = Failure::new(FailureKind::Handler, "no such word");
    let expected = "error: the link's function returned an error\n  caused by: no such word\n";
    assert_eq!(chain(&lines), expected);
}

fn shows(line: &str, expected: &Expect) {
    let stop = parse(&MAPPER, &wiring(ArgsSpec::of::<Own>()), line, &[])
        .err()
        .unwrap();
    let (text, status) = printed(&stop);
    expected.assert_eq(&text);
    assert_eq!(status, 0);
}

#[test]
fn version() {
    // Linked dynamically it is the system's.
    let expected = format!(
        "Mapper 0.3.0 (catenae 0.1.0, librdkafka {})\n",
        kafka::client_version()
    );
    let stop = mapper("--version", &[]).expect_err("it is printed");
    assert_eq!(printed(&stop), (expected, 0));
}

#[test]
fn help() {
    shows(
        "--help",
        &expect![[r#"
            Counts the words of one line.

            Usage: mapper [OPTIONS]
                   mapper <COMMAND>

            Commands:
              describe  Prints the contract as JSON and exits

            Options:
              -h, --help     Print help
              -V, --version  Print version

            Streams:
              -i, --input <STREAMS>            Input streams, separated by commas, the most important first
                                               [env: CATENAE_INPUT] [default: lines]
              -o, --output <STREAMS>           Output streams, separated by commas; the first is the default
                                               destination
                                               [env: CATENAE_OUTPUT] [default: words,rest]
                  --input-mode <MODE>          How the next input is chosen: `parity` (equal shares), `exp` (1.7
                                               times the share of the next input in the list) or `strict` (the
                                               first input that is not empty)
                                               [env: CATENAE_INPUT_MODE] [default: parity]
                  --exp-window-size <SECONDS>  The longest time that an input waits because it was served a lot
                                               before
                                               [env: CATENAE_EXP_WINDOW_SIZE] [default: 900]
                  --reserve <PERCENT>          With `strict`: the share of its time that is kept for the inputs
                                               behind the first busy one, so that none of them starves, as in
                                               `10%`
                                               [env: CATENAE_RESERVE] [default: 0%]
                  --partitions <NUMBER>        Partitions of a stream that has to be created
                                               [env: CATENAE_PARTITIONS] [default: 10]

            Kafka:
              -k, --kafka-bootstrap-server <HOST:PORT>
                      Where Kafka is; several addresses separated by commas
                      [env: CATENAE_KAFKA_BOOTSTRAP_SERVER] [default: localhost:9092]
              -g, --consumer-group <GROUP>
                      Instances of one group share the work
                      [env: CATENAE_CONSUMER_GROUP] [default: catenae_mapper]
                  --random-consumer-group[=<true|false>]
                      Use a group of its own for each instance, so that every instance gets every electron
                      [env: CATENAE_RANDOM_CONSUMER_GROUP]
                  --consumer-timeout <SECONDS>
                      How long an instance may go without polling before its partitions go to other instances;
                      an instance that died is noticed after 10 seconds, or after this time if it is shorter
                      [env: CATENAE_CONSUMER_TIMEOUT] [default: 300]
                  --kafka <KEY=VALUE>
                      A setting for librdkafka, passed on untouched; may be repeated. In the environment: pairs
                      separated by commas, or one per line. It replaces the same setting in the attribute; a
                      setting that would break a promise is refused
                      [env: CATENAE_KAFKA]

            Behavior:
                  --delivery <PROMISE>          What is promised about lost and repeated electrons:
                                                `at-least-once`, `at-most-once` (committed before it is handled)
                                                or `exactly-once` (from Kafka to Kafka, by transactions; needs
                                                input and output streams)
                                                [env: CATENAE_DELIVERY] [default: at-least-once]
                  --commit-interval <SECONDS>   How long a transaction of exactly-once lasts, 0.001 to 60:
                                                readers see outputs only when it is over
                                                [env: CATENAE_COMMIT_INTERVAL] [default: 0.1]
                  --seq[=<true|false>]          One electron at a time over the whole instance, outputs in that
                                                order
                                                [env: CATENAE_SEQ]
                  --sync[=<true|false>]         As --seq, and each input is committed before the next is taken
                                                [env: CATENAE_SYNC]
                  --retry <RETRY>               How often an electron that failed is tried again, and when:
                                                `max=5,backoff=100ms..10s,jitter`; with `,park` it waits beside
                                                the lane with later electrons of its key while other keys go on,
                                                with `,delayed` it waits in a stream; or `none`
                                                [env: CATENAE_RETRY] [default: none]
                  --on-error <WHAT>             What happens to an electron that failed, after its retries:
                                                `fail` (stop), `skip` or `dead_letter` (write it to
                                                `<input>.<class>.dlq`); for single kinds of failure
                                                `decode=dead_letter,handler=skip,panic=fail`
                                                [env: CATENAE_ON_ERROR] [default: fail]
                  --give-up-cap <CAP>           How many electrons may be skipped or written to the dead letters
                                                before the micromodule stops anyway: in a row, and per hundred
                                                of the last thousand
                                                [env: CATENAE_GIVE_UP_CAP] [default: run=100,percent=10]
                  --on-recreate <WHAT>          What happens when a stream in use was deleted and created again:
                                                `fail` (stop, and name both ids) or `from-beginning` (inputs are
                                                read again from their beginning, and sending goes on to the new
                                                outputs)
                                                [env: CATENAE_ON_RECREATE] [default: fail]
                  --stall-timeout <SECONDS>     How long a partition with a lag may be stalled before this is
                                                reported
                                                [env: CATENAE_STALL_TIMEOUT] [default: 30]
                  --shutdown-timeout <SECONDS>  How long an orderly stop may take before the process ends anyway
                                                [env: CATENAE_SHUTDOWN_TIMEOUT] [default: 8]
                  --rpc <on|off>                Whether the micromodule answers calls from other micromodules
                                                and can be found by them; with `off` it needs no streams except
                                                its own, and a call made by its functions is an error
                                                [env: CATENAE_RPC] [default: on]
                  --uid <UID>                   The id of this instance; without it $HOSTNAME when
                                                CATENAE_DOCKER is set, else 12 random hexadecimal digits
                                                [env: CATENAE_UID]

            Logs:
                  --log-level <LEVEL>    `trace`, `debug`, `info`, `warn`, `error` or `off`; single targets as
                                         in `info,librdkafka=debug`
                                         [env: CATENAE_LOG_LEVEL] [default: info]
                  --log-format <FORMAT>  `text` or `json`, one object per line
                                         [env: CATENAE_LOG_FORMAT] [default: text]

            Options of Mapper:
                  --shortest <SHORTEST>      Words shorter than this are left out [default: 3]
                  --stop-words <STOP_WORDS>  Where the words to leave out are [env: MAPPER_TEST_STOP_WORDS=]
                  --source <INPUT>           Its field has the name of one of our flags, its flag has not
        "#]],
    );
}

#[test]
fn describe() {
    shows(
        "describe",
        &expect![[r#"
            {
              "class": "Mapper",
              "summary": "Counts the words of one line.",
              "version": "0.3.0",
              "inputs": [
                {
                  "stream": "lines",
                  "codec": "text"
                }
              ],
              "outputs": [
                {
                  "stream": "words",
                  "codec": "json"
                },
                {
                  "stream": "rest",
                  "codec": "auto"
                }
              ],
              "types": {
                "message": "&str",
                "output": "Vec<(String, u64)>",
                "state": null
              },
              "group": "catenae_mapper",
              "every_ms": null,
              "lanes": 4,
              "input_mode": "parity",
              "exp_window_ms": 900000,
              "reserve_percent": 0,
              "consumer_timeout_ms": 300000,
              "partitions": 10,
              "delivery": "at-least-once",
              "commit_interval_ms": 100,
              "order": "pipelined",
              "retry": null,
              "on_error": {
                "decode": "fail",
                "handler": "fail",
                "panic": "fail"
              },
              "cap": {
                "run": 100,
                "percent": 10
              },
              "kafka": [],
              "args": [
                {
                  "name": "--shortest",
                  "help": "Words shorter than this are left out",
                  "default": "3",
                  "required": false,
                  "env": null
                },
                {
                  "name": "--stop-words",
                  "help": "Where the words to leave out are",
                  "default": null,
                  "required": false,
                  "env": "MAPPER_TEST_STOP_WORDS"
                },
                {
                  "name": "--source",
                  "help": "Its field has the name of one of our flags, its flag has not",
                  "default": null,
                  "required": false,
                  "env": null
                }
              ],
              "rpcs": [],
              "flags": 5,
              "catenae": "0.1.0"
            }
        "#]],
    );
}

#[derive(Default)]
struct Counts(Vec<String>);

/// How often a word came.
///
/// So far.
#[catenae_macros::rpc(builtin, crate = crate)]
fn count(counts: &Counts, word: String, from: u64, _: &Context) -> usize {
    let later = counts.0.iter().skip(from as usize);
    later.filter(|other| **other == word).count()
}

#[catenae_macros::rpc(builtin, idempotent, crate = crate)]
async fn forget(counts: &mut Counts) -> Result<(), String> {
    counts.0.clear();
    Ok(())
}

#[catenae_macros::rpc(builtin, crate = crate)]
fn ping(caller: &Caller) -> String {
    caller.uid().to_owned()
}

#[test]
fn methods_are_described() {
    let methods = [
        Served::of::<count>(),
        Served::of::<forget>(),
        Served::of::<ping>(),
    ];
    let text = describe::micromodule(&MAPPER, &wiring(ArgsSpec::none()), &methods);
    let rpcs = text.split_once("\"rpcs\"").unwrap().1;
    let (rpcs, _) = rpcs.split_once("\n  ],").unwrap();
    expect![[r#"
        "rpcs": [
            {
              "name": "count",
              "summary": "How often a word came.",
              "arguments": [
                "alloc::string::String",
                "u64"
              ],
              "returned": "usize",
              "state": true,
              "idempotent": false
            },
            {
              "name": "forget",
              "summary": "",
              "arguments": [],
              "returned": "core::result::Result<(), alloc::string::String>",
              "state": true,
              "idempotent": true
            },
            {
              "name": "ping",
              "summary": "",
              "arguments": [],
              "returned": "alloc::string::String",
              "state": false,
              "idempotent": false
            }
          ],
    "#]]
    .assert_eq(&format!("\"rpcs\"{rpcs}\n  ],\n"));
}
