//! The user's own arguments, and what is refused as a whole.

use std::os::unix::ffi::OsStringExt;

use super::*;
use crate::rpc::Served;

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
    refused(mapper("a", &[]), "unexpected word `a`");
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
    refused(
        parse(&spec, &source, "", &[]),
        "`streamer` returns values but has no output stream: add `output = \"…\"`",
    );
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let broken = || OsString::from_vec(vec![0xff]);
    let wiring = wiring(ArgsSpec::none());
    let line = [OsString::from("mapper"), "-g".into(), broken()];
    refused(
        micromodule::parse(&MAPPER, &wiring, &[], line, &|_| None),
        "invalid UTF-8",
    );
    let env = |name: &str| (name == "CATENAE_INPUT").then(broken);
    refused(
        micromodule::parse(&MAPPER, &wiring, &[], words("mapper"), &env),
        "`CATENAE_INPUT` in the environment is not UTF-8",
    );
}

#[derive(Args)]
pub(super) struct Clashing {
    #[arg(long)]
    kafka: String,
    #[arg(short = 'k', long = "keys")]
    keys: Option<String>,
    #[arg(long, alias = "mongodb")]
    store: Option<String>,
}

#[derive(Args)]
struct Needed {
    #[arg(long)]
    file: String,
}

#[test]
fn a_needed_argument_is_not_needed_to_describe() {
    let needed = |line: &str| parse(&MAPPER, &wiring(ArgsSpec::of::<Needed>()), line, &[]);
    refused(needed(""), "required arguments were not provided");
    assert!(matches!(needed("describe"), Err(Stop::Print(_))));
    let (_, args, _) = needed("--file f").ok().unwrap();
    assert_eq!(args.downcast_ref::<Needed>().unwrap().file, "f");
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

/// Under a name of its own in the list, which the macro cannot see through.
#[test]
fn two_methods_of_one_name_are_refused() {
    let served = || Served::of::<crate::rpc::ping>();
    let wiring = wiring(ArgsSpec::none());
    refused(
        micromodule::parse(
            &MAPPER,
            &wiring,
            &[served(), served()],
            words("mapper"),
            &|_| None,
        ),
        "`Mapper` serves two methods named `ping`",
    );
}
