//! The command line of a binary that holds several links.

use std::sync::Arc;
use std::time::Duration;

use expect_test::expect;

use crate::cli::topology::{self, Parsed, TopologyLink};
use crate::config::Broker;
use crate::spec::modes::Order;

use super::own::Clashing;
use super::*;

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
        methods: Vec::new,
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
        ArgsSpec::of::<Fine>(),
        ArgsSpec::of::<Own>(),
        ArgsSpec::of::<Own>(),
    ];
    let line = "--shortest 4 --top 2 --seq --kafka linger.ms=1";
    let members = topology_of(&args, line, &[]).ok().unwrap().members;
    let groups: Vec<_> = members.iter().map(|member| &*member.config.group).collect();
    assert_eq!(groups, ["catenae_mapper", "catenae_reducer", "printers"]);
    for member in &members {
        assert_eq!(member.config.broker, Broker::Embedded);
        assert_eq!(member.config.order, Order::Sequential);
        assert_eq!(
            member.config.kafka.iter().collect::<Vec<_>>(),
            [("linger.ms", "1")]
        );
    }
    assert_ne!(members[0].config.uid, members[1].config.uid);
    assert_eq!(members[0].config.inputs[0].1, Codec::Text);
    assert_eq!(members[0].args.downcast_ref::<Fine>().unwrap().top, 2);
    assert_eq!(members[1].args.downcast_ref::<Own>().unwrap().shortest, 4);
    assert!(Arc::ptr_eq(&members[1].args, &members[2].args));
}

#[test]
fn the_instances_of_a_topology_may_have_groups_of_their_own() {
    let none = [ArgsSpec::none(); 3];
    let docker = [("CATENAE_DOCKER", "1"), ("HOSTNAME", "h")];
    let groups = |line: &str| -> Vec<String> {
        let parsed = topology_of(&none, line, &docker).ok().unwrap();
        let members = parsed.members.into_iter();
        members
            .map(|mut member| {
                // As the second instance of its link.
                member.config.set_uid(member.config.uid.numbered(1));
                member.config.group
            })
            .collect()
    };
    assert_eq!(
        groups("--random-consumer-group")[..2],
        ["catenae_h-0-1", "catenae_h-1-1"]
    );
    assert_eq!(groups("--random-consumer-group=false")[0], "catenae_mapper");
    assert_eq!(groups("")[0], "catenae_mapper");
}

#[test]
fn what_reaches_no_link_of_a_topology_is_refused() {
    let none = [ArgsSpec::none(); 3];
    assert!(topology_of(&none, "--input-mode strict --reserve 10%", &[]).is_ok());
    refused(topology_of(&none, "--reserve 10%", &[]), "`--reserve 10%`");
    refused(
        topology_of(&none, "--input-mode exp --reserve 10%", &[]),
        "`--reserve 10%`",
    );
    // Nothing is what any mode keeps.
    assert!(topology_of(&none, "--input-mode parity --reserve 0%", &[]).is_ok());
}

#[test]
fn a_topology_with_an_address_in_a_container() {
    let none = [ArgsSpec::none(); 3];
    let docker = [("CATENAE_DOCKER", "1"), ("HOSTNAME", "h")];
    let members = topology_of(&none, "-k kafka:9092", &docker)
        .ok()
        .unwrap()
        .members;
    let broker = Broker::Address("kafka:9092".to_owned());
    assert!(members.iter().all(|member| member.config.broker == broker));
    let uids: Vec<_> = members
        .iter()
        .map(|member| member.config.uid.as_str())
        .collect();
    assert_eq!(uids, ["h-0", "h-1", "h-2"]);
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
        "`CATENAE_CONSUMER_GROUP` is set, but it applies to single micromodules only",
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

#[test]
fn the_embedded_broker_is_chosen_and_not_come_upon() {
    const VARIABLE: &str = "CATENAE_KAFKA_BOOTSTRAP_SERVER";
    let args = [ArgsSpec::none(); 3];
    let check = |line: &str, env: &[(&str, &str)], expected: Broker| {
        let parsed = topology_of(&args, line, env).ok().unwrap();
        let brokers = parsed.members.iter().map(|member| &member.config.broker);
        assert!(
            brokers.into_iter().all(|broker| *broker == expected),
            "{line} {env:?}"
        );
    };
    let kafka = || Broker::Address("kafka:9092".to_owned());
    check("", &[], Broker::Embedded);
    check("-k embedded", &[(VARIABLE, "kafka:9092")], Broker::Embedded);
    check("", &[(VARIABLE, "embedded")], Broker::Embedded);
    check("", &[(VARIABLE, "kafka:9092")], kafka());
    check("-k kafka:9092", &[(VARIABLE, "")], kafka());
    refused(
        topology_of(&args, "", &[(VARIABLE, "")]),
        "`CATENAE_KAFKA_BOOTSTRAP_SERVER` is set but empty",
    );
    refused(
        topology_of(&args, "-k=", &[]),
        "`--kafka-bootstrap-server`: ``",
    );
}

#[test]
fn a_time_limit_is_for_topologies() {
    let args = [ArgsSpec::none(); 3];
    let limit = |line: &str| topology_of(&args, line, &[]).ok().unwrap().time_limit;
    assert_eq!(limit(""), None);
    assert_eq!(limit("--time-limit 1.5"), Some(Duration::from_millis(1500)));
    refused(
        topology_of(&args, "--time-limit 0", &[]),
        "`--time-limit`: `0`",
    );
    assert!(mapper("--time-limit 1", &[]).is_err());
}
