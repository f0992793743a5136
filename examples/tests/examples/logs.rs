//! Logs split by host: a host's lines reach one instance, in order.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use catenae_tests::{Child, DEADLINE, TestBroker, eventually};

use crate::fleet::Fleet;

/// Enough for every partition to have one.
const HOSTS: usize = 60;
const LINES: usize = 50;

/// Checks that the times of each host's lines never go back: `instance | time host text`.
#[track_caller]
pub fn check_order(printed: &[String]) {
    let mut last: BTreeMap<&str, &str> = BTreeMap::new();
    for line in printed {
        let (_, line) = line.split_once(" | ").unwrap();
        let mut words = line.split(' ');
        let (time, host) = (words.next().unwrap(), words.next().unwrap());
        let before = last.insert(host, time).unwrap_or("");
        assert!(before <= time, "{host}: {time} behind {before}");
    }
}

/// The partitions that an instance has, as its log tells it.
fn assigned(child: &Child) -> BTreeSet<u32> {
    let mut owned = BTreeSet::new();
    for line in child.lines() {
        let numbers = |line: &str| -> Vec<u32> {
            let (_, listed) = line.rsplit_once('[').unwrap_or_default();
            let listed = listed.trim_end_matches(']').split_whitespace();
            listed.map(|number| number.parse().unwrap()).collect()
        };
        if line.contains(" assigned: ") {
            owned.extend(numbers(&line));
        } else if line.contains(" revoked: ") {
            for number in numbers(&line) {
                owned.remove(&number);
            }
        }
    }
    owned
}

#[test]
fn a_host_reaches_one_of_three_instances_in_order() {
    let mut fleet = Fleet::new(TestBroker::start());
    let printers: Vec<Child> = ["one", "two", "three"]
        .iter()
        .map(|uid| fleet.start_with("logs_printer", &["--uid", uid]))
        .collect();
    // A partition that changes hands later takes its keys along, so first everybody has a share.
    eventually("ten partitions are shared by three", DEADLINE, || {
        let shares = printers.iter().map(|child| assigned(child).len());
        let shares: Vec<usize> = shares.collect();
        let fair = shares.iter().all(|share| (3..=4).contains(share));
        (fair && shares.iter().sum::<usize>() == 10).then_some(())
    });
    let mut log = String::new();
    for number in 0..LINES {
        for host in 0..HOSTS {
            writeln!(log, "{number:05} host-{host} line").unwrap();
        }
    }
    let file = std::env::temp_dir().join(catenae_tests::unique("hosts.log"));
    std::fs::write(&file, log).unwrap();
    let reader = fleet.start_with("logs_reader", &["--file", file.to_str().unwrap()]);
    assert!(reader.end(DEADLINE).success(), "{:#?}", reader.lines());
    std::fs::remove_file(&file).unwrap();
    fleet.read_to_the_end("logs_printer", DEADLINE);
    let mut places: BTreeMap<String, BTreeMap<String, Vec<usize>>> = BTreeMap::new();
    for printer in &printers {
        // What is read is printed, and its pipe may still be on the way.
        printer.signal(catenae_tests::Signal::Terminate);
        assert!(printer.end(DEADLINE).success());
        let printed = printer.printed();
        assert!(!printed.is_empty(), "{:#?}", printer.lines());
        for line in printed {
            let (uid, line) = line.split_once(" | ").unwrap();
            let words: Vec<&str> = line.split(' ').collect();
            let host = places.entry(words[1].to_owned()).or_default();
            let lines = host.entry(uid.to_owned()).or_default();
            lines.push(words[0].parse().unwrap());
        }
    }
    assert_eq!(places.len(), HOSTS);
    for (host, instances) in places {
        assert_eq!(instances.len(), 1, "{host} is at {:?}", instances.keys());
        for lines in instances.values() {
            let expected: Vec<usize> = (0..LINES).collect();
            assert_eq!(lines, &expected, "the lines of {host}");
        }
    }
}
