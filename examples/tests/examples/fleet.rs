//! Micromodules that run side by side on one broker, on streams and in groups of their own.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use catenae_tests::{Child, TestBroker, committed, eventually, length, unique};
use serde_json::Value;

use crate::readme::{CargoRun, binary, root};

/// As many as a micromodule creates when it is not told otherwise.
const PARTITIONS: i32 = 10;

/// A broker and the names that streams and groups have on it: it may be shared with others.
pub struct Fleet {
    pub broker: TestBroker,
    names: BTreeMap<String, String>,
}

/// What a micromodule reads and writes, as `describe` tells it.
pub struct Contract {
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    group: String,
}

/// What a binary says of itself.
pub fn contract(name: &str) -> Contract {
    let output = Command::new(binary(name)).arg("describe").output().unwrap();
    assert!(output.status.success(), "{name}: {output:?}");
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let streams = |key: &str| {
        let listed = json[key].as_array().unwrap().iter();
        listed
            .map(|stream| stream["stream"].as_str().unwrap().to_owned())
            .collect()
    };
    Contract {
        inputs: streams("inputs"),
        outputs: streams("outputs"),
        group: json["group"].as_str().unwrap().to_owned(),
    }
}

impl Fleet {
    /// A fleet of nobody yet on `broker`.
    pub fn new(broker: TestBroker) -> Self {
        let names = BTreeMap::new();
        Self { broker, names }
    }

    /// The name that a stream has here; it is created when it is new.
    pub fn stream(&mut self, name: &str) -> String {
        let broker = &self.broker;
        let create = || {
            let unique = unique(name);
            broker.create(&unique, PARTITIONS);
            unique
        };
        self.names
            .entry(name.to_owned())
            .or_insert_with(create)
            .clone()
    }

    /// The name that a group has here.
    pub fn group(&mut self, name: &str) -> String {
        let entry = self.names.entry(name.to_owned());
        entry.or_insert_with(|| unique(name)).clone()
    }

    /// Starts a micromodule with the arguments that a README gives it, on this broker.
    pub fn start(&mut self, run: &CargoRun) -> Child {
        let contract = contract(&run.binary);
        let mut arguments = self.broker.options();
        for (flag, streams) in [("-i", &contract.inputs), ("-o", &contract.outputs)] {
            let streams: Vec<String> = streams.iter().map(|name| self.stream(name)).collect();
            if !streams.is_empty() {
                arguments.extend([flag.to_owned(), streams.join(",")]);
            }
        }
        if !contract.inputs.is_empty() {
            arguments.extend(["-g".to_owned(), self.group(&contract.group)]);
        }
        let mut given = run.arguments.iter();
        while let Some(argument) = given.next() {
            match argument.as_str() {
                // What these examples say of streams is what they declare.
                "-i" | "-o" => {
                    let value = given.next().unwrap();
                    let declared = if argument == "-i" {
                        &contract.inputs
                    } else {
                        &contract.outputs
                    };
                    assert_eq!(value, &declared.join(","), "{run:?}");
                }
                "-k" => assert_eq!(given.next().unwrap(), "localhost:9092", "{run:?}"),
                _ => arguments.push(argument.clone()),
            }
        }
        let mut command = Command::new(binary(&run.binary));
        command.current_dir(root()).args(arguments);
        Child::spawn(command)
    }

    /// Starts a micromodule with these arguments.
    pub fn start_with(&mut self, binary: &str, arguments: &[&str]) -> Child {
        let arguments = arguments.iter().map(|&word| word.to_owned()).collect();
        let binary = binary.to_owned();
        self.start(&CargoRun { binary, arguments })
    }

    /// Waits until a micromodule's group has read its streams to the end, as they are now.
    #[track_caller]
    pub fn read_to_the_end(&mut self, binary: &str, deadline: Duration) {
        let contract = contract(binary);
        let group = self.group(&contract.group);
        for stream in &contract.inputs {
            let stream = self.stream(stream);
            let end = length(&self.broker, &stream) as i64;
            let what = format!("`{binary}` reads the {end} electrons of {stream}");
            eventually(&what, deadline, || {
                let read: i64 = committed(&self.broker, &group, &stream).values().sum();
                (read >= end).then_some(())
            });
        }
    }
}
