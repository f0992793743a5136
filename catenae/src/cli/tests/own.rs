//! The user's arguments, help, the contract, topologies, and what is refused as a whole.

use std::os::unix::ffi::OsStringExt;
use std::process::ExitCode;

use expect_test::{Expect, expect};

use crate::cli::topology::{self, Parsed, TopologyLink};
use crate::cli::{chain, end, finish, flags};
use crate::config::{Broker, Order};

use super::*;

fn own(line: &str) -> Result<Own, Stop> {
    let (_, args, _) = parse(&MAPPER, &wiring(ArgsSpec::of::<Own>()), line, &[])?;
    Ok(args.downcast_ref::<Own>().unwrap().clone())
}

#[test]
fn own_arguments_are_part_of_the_command_line() {
    let args = own("-i a --shortest 5 --source s --partitions 3").unwrap();
    assert_eq!(
        args,
        Own {
            shortest: 5,
            stop_words: None,
            input: Some("s".to_owned())
        }
    );
    assert_eq!(own("").unwrap().shortest, 3);
    refused(
        own("--shortest five"),
        "invalid value 'five' for '--shortest <SHORTEST>'",
    );
}

#[test]
fn unknown_arguments_are_errors() {
    refused(
        mapper("--inptu a", &[]),
        "unexpected argument '--inptu' found",
    );
    refused(mapper("a", &[]), "unrecognized subcommand 'a'");
    refused(
        mapper("-m localhost:27017", &[]),
        "unexpected argument '-m' found",
    );
    refused(
        mapper("-a localhost:3000", &[]),
        "unexpected argument '-a' found",
    );
    refused(mapper("-i a describe", &[]), "cannot be used with");
}

#[test]
fn inputs_and_the_function_must_fit() {
    let source = Wiring {
        takes_message: false,
        ..wiring(ArgsSpec::none())
    };
    let spec = LinkSpec::new("streamer");
    assert!(parse(&spec, &source, "-o lines", &[]).is_ok());
    refused(
        parse(&spec, &source, "-i a", &[]),
        "`--input`: `streamer` is a source",
    );
    refused(
        parse(&spec, &source, "", &[("CATENAE_INPUT", "a")]),
        "`CATENAE_INPUT`: `streamer` is a source",
    );
    refused(
        parse(&spec, &wiring(ArgsSpec::none()), "", &[]),
        "`streamer` takes a message but has no input stream: add `input = \"…\"`",
    );
    const BAD: LinkSpec = LinkSpec::new("x").inputs(&[StreamRef::named("a b")]);
    refused(
        parse(&BAD, &wiring(ArgsSpec::none()), "", &[]),
        "`input` in the attribute of `x`: `a b` cannot be a stream name",
    );
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let broken = || OsString::from_vec(vec![0xff]);
    let wiring = wiring(ArgsSpec::none());
    let line = [OsString::from("mapper"), "-g".into(), broken()];
    refused(
        micromodule::parse(&MAPPER, &wiring, line, &|_| None),
        "invalid UTF-8",
    );
    let env = |name: &str| (name == "CATENAE_INPUT").then(broken);
    refused(
        micromodule::parse(&MAPPER, &wiring, words("mapper"), &env),
        "`CATENAE_INPUT` in the environment is not UTF-8",
    );
}

#[derive(Args)]
struct Clashing {
    #[arg(long)]
    kafka: String,
    #[arg(short = 'k', long = "keys")]
    keys: Option<String>,
    #[arg(long, alias = "mongodb")]
    store: Option<String>,
}

#[derive(Args)]
struct WithCommands {
    #[command(subcommand)]
    command: Commands,
}

#[derive(clap::Subcommand)]
enum Commands {
    Go,
}

#[test]
fn own_arguments_that_clash_get_one_message() {
    refused(
        parse(&MAPPER, &wiring(ArgsSpec::of::<Clashing>()), "", &[]),
        "the arguments of `Mapper` clash with the command line of every micromodule: `--kafka`, \
         `-k`, `--mongodb`: rename them",
    );
    refused(
        parse(&MAPPER, &wiring(ArgsSpec::of::<WithCommands>()), "", &[]),
        "the arguments of `Mapper` hold subcommands",
    );
}

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
fn errors_are_printed_with_their_causes() {
    let lines = Failure::new(FailureKind::Handler, "no such word");
    let expected = "error: the link's function returned an error\n  caused by: no such word\n";
    assert_eq!(chain(&lines), expected);
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
    shows(
        "--version",
        &expect![[r#"
        Mapper 0.3.0 (catenae 0.1.0)
    "#]],
    );
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
                  --input-mode <MODE>          Which input is next: `parity` (equal shares), `exp` (1.7 times
                                               the share of the one behind it) or `strict` (the first that is
                                               not empty)
                                               [env: CATENAE_INPUT_MODE] [default: parity]
                  --exp-window-size <SECONDS>  Length of one cycle of the `exp` input mode
                                               [env: CATENAE_EXP_WINDOW_SIZE] [default: 900]
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
                      Be a group of its own: this instance gets every electron
                      [env: CATENAE_RANDOM_CONSUMER_GROUP]
                  --consumer-timeout <SECONDS>
                      How long an instance may be silent before its partitions go to other instances
                      [env: CATENAE_CONSUMER_TIMEOUT] [default: 300]
                  --kafka <KEY=VALUE>
                      A setting for librdkafka, passed on untouched; may be repeated. In the environment: pairs
                      separated by commas, or one per line
                      [env: CATENAE_KAFKA]

            Behavior:
                  --seq[=<true|false>]          One electron at a time over the whole instance, outputs in that
                                                order
                                                [env: CATENAE_SEQ]
                  --sync[=<true|false>]         As --seq, and each input is committed before the next is taken
                                                [env: CATENAE_SYNC]
                  --delivery <PROMISE>          What is promised about lost and repeated electrons:
                                                `at-least-once`
                                                [env: CATENAE_DELIVERY] [default: at-least-once]
                  --shutdown-timeout <SECONDS>  How long an orderly stop may take before the process ends anyway
                                                [env: CATENAE_SHUTDOWN_TIMEOUT] [default: 8]
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
          "flags": 1,
          "catenae": "0.1.0"
        }
    "#]],
    );
}

const REDUCER: LinkSpec = LinkSpec::new("reducer").inputs(&[StreamRef::named("words")]);

#[derive(Args, Debug)]
struct Other {
    /// Another way to say the same word
    #[arg(long)]
    shortest: Option<u8>,
}

#[derive(Args, Debug)]
struct Fine {
    /// How many to show
    #[arg(long, default_value_t = 10)]
    top: u8,
}

fn topology_of(args: &[ArgsSpec], line: &str, env: &[(&str, &str)]) -> Result<Parsed, Stop> {
    let types = TypeNames {
        message: None,
        output: "()",
        state: None,
    };
    let specs = [MAPPER, REDUCER, LinkSpec::new("printer").group("printers")];
    let link = |(spec, args): (LinkSpec, &ArgsSpec)| TopologyLink {
        spec,
        types,
        args: *args,
    };
    let links: Vec<_> = specs.into_iter().zip(args).map(link).collect();
    let line = words(&format!("wordcount {line}"));
    topology::parse(
        "wordcount",
        "Counts words.",
        "0.3.0",
        &links,
        line,
        &lookup(env),
    )
}

#[test]
fn a_topology_shares_flags_and_arguments() {
    let args = [
        ArgsSpec::of::<Own>(),
        ArgsSpec::of::<Fine>(),
        ArgsSpec::of::<Own>(),
    ];
    let line = "--shortest 4 --top 2 --seq --kafka linger.ms=1";
    let members = topology_of(&args, line, &[]).ok().unwrap().members;
    assert_eq!(members.len(), 3);
    for (member, group) in members
        .iter()
        .zip(["catenae_mapper", "catenae_reducer", "printers"])
    {
        assert_eq!(member.config.broker, Broker::Embedded);
        assert_eq!(member.config.order, Order::Sequential);
        assert_eq!(
            member.config.kafka.iter().collect::<Vec<_>>(),
            [("linger.ms", "1")]
        );
        assert_eq!(member.config.group, group);
    }
    assert_ne!(members[0].config.uid, members[1].config.uid);
    assert_eq!(members[0].config.inputs[0].1, Codec::Text);
    for index in [0, 2] {
        assert_eq!(
            members[index].args.downcast_ref::<Own>().unwrap().shortest,
            4
        );
    }
    assert_eq!(members[1].args.downcast_ref::<Fine>().unwrap().top, 2);

    let docker = [("CATENAE_DOCKER", "1"), ("HOSTNAME", "h")];
    let members = topology_of(&args, "-k kafka:9092", &docker)
        .ok()
        .unwrap()
        .members;
    assert_eq!(
        members[2].config.broker,
        Broker::Address("kafka:9092".to_owned())
    );
    assert_eq!(members[2].config.uid.as_str(), "h-2");
}

#[test]
fn what_a_topology_refuses() {
    let none = [ArgsSpec::none()];
    refused(
        topology_of(&none, "-i a", &[]),
        "unexpected argument '-i' found",
    );
    refused(
        topology_of(&none, "--uid a", &[]),
        "unexpected argument '--uid' found",
    );
    refused(
        topology_of(&none, "", &[("CATENAE_CONSUMER_GROUP", "g")]),
        "`CATENAE_CONSUMER_GROUP` is set, but it is for single micromodules",
    );
    refused(
        topology_of(&[ArgsSpec::of::<Own>(), ArgsSpec::of::<Other>()], "", &[]),
        "`Mapper` and `reducer` have different arguments of the same name: `shortest`, \
         `--shortest`: let both links use one type",
    );
    refused(
        topology_of(&[ArgsSpec::of::<Clashing>()], "", &[]),
        "the arguments of `Mapper` clash",
    );
}

#[test]
fn help_of_a_topology() {
    let args = [
        ArgsSpec::of::<Fine>(),
        ArgsSpec::none(),
        ArgsSpec::of::<Fine>(),
    ];
    let (text, status) = printed(&topology_of(&args, "-h", &[]).err().unwrap());
    let end = text.split_once("Logs:").unwrap().1;
    expect![[r#"

              --log-level <LEVEL>    `trace`, `debug`, `info`, `warn`, `error` or `off`; single targets as
                                     in `info,librdkafka=debug`
                                     [env: CATENAE_LOG_LEVEL] [default: info]
              --log-format <FORMAT>  `text` or `json`, one object per line
                                     [env: CATENAE_LOG_FORMAT] [default: text]

        Options of Mapper, printer:
              --top <TOP>  How many to show [default: 10]
    "#]].assert_eq(end);
    assert!(
        text.starts_with("Counts words.\n\nUsage: wordcount [OPTIONS]\n"),
        "{text}"
    );
    assert!(
        text.contains("[default: a broker inside this process]"),
        "{text}"
    );
    assert!(
        !text.contains("--input ") && !text.contains("--uid"),
        "{text}"
    );
    assert_eq!(status, 0);
    let (text, _) = printed(&topology_of(&args, "describe", &[]).err().unwrap());
    let contracts: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(contracts.as_array().unwrap().len(), 3);
    assert_eq!(contracts[2]["group"], "printers");
}
