//! What a run stands on: its name, its folder, its streams, its groups.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fs, io, process};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::types::RDKafkaErrorCode;

use crate::calls;
use crate::cluster::Cluster;
use crate::collect::Places;
use crate::history::Flow;
use crate::judge::Lag;
use crate::mode::Mode;
use crate::options::Options;
use crate::reader::{self, Isolation, ends};
use crate::topology::{self, Topology, group, stream};
use crate::watch::{Asked, ask, client};

/// What a run stands on.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) run: String,
    pub(crate) folder: PathBuf,
    pub(crate) topologies: Vec<&'static Topology>,
    /// Whether there are callers and callees beside them.
    pub(crate) calls: bool,
    pub(crate) partitions: i32,
    dead_letters: bool,
    mode: Mode,
}

impl Ground {
    /// Makes the folder and the streams of a run.
    ///
    /// # Errors
    /// For an unknown topology, and when disk or Kafka refuse.
    pub(crate) fn prepare(cluster: &Cluster, options: &Options, seed: u64) -> io::Result<Self> {
        static RUNS: AtomicU64 = AtomicU64::new(1);
        let number = RUNS.fetch_add(1, Ordering::Relaxed);
        let run = format!("torture-{seed}-{}-{number}", process::id());
        let data = options.topology.iter().filter(|name| *name != calls::NAME);
        let named = data.map(|name| {
            let unknown = || io::Error::other(format!("there is no topology `{name}`"));
            topology::named(name).ok_or_else(unknown)
        });
        let ground = Self {
            topologies: named.collect::<io::Result<_>>()?,
            calls: options.topology.iter().any(|name| name == calls::NAME),
            // An absolute path: the links and a report name it from wherever they are.
            folder: std::path::absolute(options.folder.join(&run))?,
            partitions: options.partitions,
            dead_letters: options.dead_letters,
            mode: options.mode,
            run,
        };
        fs::create_dir_all(ground.folder.join("logs"))?;
        ground.create_streams(cluster)?;
        Ok(ground)
    }

    fn create_streams(&self, cluster: &Cluster) -> io::Result<()> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", cluster.direct());
        let admin: AdminClient<DefaultClientContext> = config.create().map_err(io::Error::other)?;
        let replicas = if cluster.brokers() < 3 { 1 } else { 3 };
        let places = self.places(cluster.direct());
        let topics = places.streams.iter().map(|stream| {
            NewTopic::new(stream, self.partitions, TopicReplication::Fixed(replicas))
                // When an output was there is compared with when an offset was committed.
                .set("message.timestamp.type", "LogAppendTime")
        });
        // Of one partition, so that the reports of a process keep their order.
        let reports = self.reports();
        let reports = reports.iter().filter(|_| self.calls);
        let reports =
            reports.map(|stream| NewTopic::new(stream, 1, TopicReplication::Fixed(replicas)));
        let topics: Vec<NewTopic<'_>> = topics.chain(reports).collect();
        let asked = AdminOptions::new();
        let creating = admin.create_topics(&topics, &asked);
        let results = cluster
            .runtime()
            .block_on(creating)
            .map_err(io::Error::other)?;
        for result in results {
            match result {
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((stream, code)) => return Err(io::Error::other(format!("{stream}: {code}"))),
            }
        }
        Ok(())
    }

    /// The streams that callees and callers report on.
    pub(crate) fn reports(&self) -> [String; 2] {
        calls::LINKS.map(|(_, short)| stream(&self.run, short))
    }

    /// How many kinds of processes there are.
    pub(crate) fn flows(&self) -> usize {
        self.topologies.len() + if self.calls { calls::LINKS.len() } else { 0 }
    }

    /// The streams in the order of their numbers: inputs, outputs, what is beside them.
    pub(crate) fn places(&self, brokers: &str) -> Places {
        let mut streams: Vec<String> = Vec::new();
        let mut number = |name: String| {
            let known = streams.iter().position(|stream| *stream == name);
            known.unwrap_or_else(|| {
                streams.push(name);
                streams.len() - 1
            })
        };
        let topologies = self.topologies.iter();
        let inputs = topologies.clone().flat_map(|topology| topology.inputs);
        let inputs = inputs.map(|short| number(stream(&self.run, short)));
        let inputs = inputs.max().map_or(0, |last| last + 1);
        let flow = |topology: &&'static Topology| {
            let mut all = |names: &[&str]| -> Vec<usize> {
                names
                    .iter()
                    .map(|short| number(stream(&self.run, short)))
                    .collect()
            };
            let (inputs, outputs) = (all(topology.inputs), all(topology.outputs));
            let mut beside = |end: &str| -> BTreeMap<usize, usize> {
                let pair = |short: &&str| {
                    let input = stream(&self.run, short);
                    let other = format!("{input}.{}.{end}", topology.name);
                    (number(input), number(other))
                };
                topology.inputs.iter().map(pair).collect()
            };
            let mut dead = BTreeMap::new();
            if self.dead_letters || topology.fails() {
                dead = beside("dlq");
            }
            let mut retries = BTreeMap::new();
            if topology.delays(self.mode) {
                retries = beside("retry");
            }
            Flow {
                name: topology.name.to_owned(),
                inputs,
                outputs,
                dead,
                retries,
                rules: topology.rules(self.mode),
            }
        };
        let flows = topologies.map(flow).collect();
        Places {
            brokers: brokers.to_owned(),
            streams,
            inputs,
            partitions: self.partitions,
            flows,
        }
    }

    /// The groups, for the watch.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        let places = self.places("");
        let asked = |(flow, topology): (usize, &&'static Topology)| Asked {
            flow,
            group: group(&self.run, topology),
            streams: places.flows[flow]
                .inputs
                .iter()
                .chain(places.flows[flow].retries.values())
                .map(|input| (*input, places.streams[*input].clone()))
                .collect(),
            partitions: self.partitions,
        };
        self.topologies.iter().enumerate().map(asked).collect()
    }

    /// The partitions that are not finished; all of a group that has no answer.
    pub(crate) fn lag(&self, brokers: &str) -> Vec<Lag> {
        let mut lags = Vec::new();
        let reading = reader::client(brokers, Isolation::Committed);
        for asked in self.asked() {
            let answer = ask(&client(brokers, &asked.group), &asked);
            for (id, stream) in &asked.streams {
                let ends = ends(&reading, stream, self.partitions).unwrap_or_default();
                for partition in 0..self.partitions {
                    let end = ends.get(partition as usize).copied().unwrap_or(-1);
                    let samples = answer.iter().flatten();
                    let mut samples = samples
                        .filter(|sample| (sample.stream, sample.partition) == (*id, partition));
                    let committed = samples.next().map(|sample| sample.next);
                    let done = committed == Some(end) || answer.is_some() && end == 0;
                    if !done {
                        lags.push(Lag {
                            flow: self.topologies[asked.flow].name.to_owned(),
                            stream: stream.clone(),
                            partition,
                            committed,
                            end,
                        });
                    }
                }
            }
        }
        lags
    }
}
