//! What a run stands on: its name, its folder, its streams, its groups.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fs, io, process};

use crate::calls;
use crate::cluster::Cluster;
use crate::collect::Places;
use crate::history::{Flow, Rules};
use crate::judge::Lag;
use crate::limits::Limits;
use crate::mode::Mode;
use crate::options::Options;
use crate::reader::{self, Isolation, ends};
use crate::schedule::Kind;
use crate::sources::Written;
use crate::streams::{Stream, Streams};
use crate::topology::{self, RECREATED, Topology, group, stream};
use crate::watch::{Asked, Seen, ask, client};

use super::role::Role;

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
    limited: bool,
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
            dead_letters: options.has_dead_letters(),
            limited: options.faults.contains(&Kind::Limits),
            mode: options.mode,
            run,
        };
        fs::create_dir_all(ground.folder.join("logs"))?;
        ground.create_streams(cluster)?;
        Ok(ground)
    }

    /// How a stream is created.
    pub(crate) fn planned(&self, cluster: &Cluster, name: &str, role: Role) -> Stream {
        let limit = self.size_limits().remove(name);
        let limited = self.limited && limit.is_none();
        let settings = role.settings(limited).iter();
        let mut settings: Vec<_> = settings
            .map(|(name, value)| (*name, Cow::Borrowed(*value)))
            .collect();
        if let Some(limit) = limit {
            settings.push(("max.message.bytes", Cow::Owned(limit)));
        }
        Stream {
            name: name.to_owned(),
            // Of one partition, so that the reports of a process keep their order.
            partitions: if role == Role::Reports {
                1
            } else {
                self.partitions
            },
            replicas: if cluster.brokers() < 3 { 1 } else { 3 },
            settings,
        }
    }

    fn create_streams(&self, cluster: &Cluster) -> io::Result<()> {
        let places = self.places(cluster.direct());
        let (inputs, others) = places.streams.split_at(places.inputs);
        let planned = |name: &String, role| self.planned(cluster, name, role);
        let inputs = inputs.iter().map(|name| planned(name, Role::Input));
        let roles = places.flows.iter().enumerate().flat_map(|(turn, flow)| {
            let of = |role| move |stream: &usize| (*stream, role);
            let outputs = flow.outputs.iter().map(of(Role::Output));
            let letters = flow.dead.values().map(of(Role::DeadLetters(turn)));
            outputs
                .chain(letters)
                .chain(flow.retries.values().map(of(Role::Retries)))
        });
        let roles: BTreeMap<usize, Role> = roles.collect();
        let others = (places.inputs..).zip(others);
        let others = others.map(|(number, name)| planned(name, roles[&number]));
        let reports = self.reports();
        let reports = reports.iter().filter(|_| self.calls);
        let reports = reports.map(|name| planned(name, Role::Reports));
        let all: Vec<Stream> = inputs.chain(others).chain(reports).collect();
        self.streams(cluster)?.create(&all)
    }

    /// A client that creates streams.
    pub(crate) fn streams(&self, cluster: &Cluster) -> io::Result<Streams> {
        Streams::new(cluster.direct(), cluster.runtime())
    }

    /// The limits of outputs, where an operator has set them.
    pub(crate) fn limits(&self, cluster: &Cluster) -> io::Result<Limits> {
        let places = self.places("");
        let flows = places.flows.iter().zip(&self.topologies);
        let outputs = flows.filter(|_| self.limited).map(|(flow, topology)| {
            // What the link sends too much for stays as it is.
            let outputs = flow.outputs.iter().filter(|_| topology.taken().is_none());
            outputs
                .map(|output| places.streams[*output].clone())
                .collect()
        });
        Ok(Limits::new(self.streams(cluster)?, outputs.collect()))
    }

    /// The input that is deleted and created again, if one of the topologies reads it: its number, its name.
    pub(crate) fn recreated(&self) -> Option<(usize, String)> {
        let name = stream(&self.run, RECREATED);
        let places = self.places("");
        let index = places.streams.iter().position(|stream| *stream == name)?;
        Some((index, name))
    }

    /// The streams that do not take everything, each with its `max.message.bytes`.
    fn size_limits(&self) -> BTreeMap<String, String> {
        let limited = |topology: &&'static Topology| {
            let limit = topology.taken()?.to_string();
            let outputs = topology.outputs.iter();
            let run = &self.run;
            Some(outputs.map(move |short| (stream(run, short), limit.clone())))
        };
        self.topologies
            .iter()
            .filter_map(limited)
            .flatten()
            .collect()
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
                rules: Rules {
                    limited: self.limited,
                    ..topology.rules(self.mode)
                },
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

    /// The partitions that are not finished; all of a group that has no answer. Nothing is written to the
    /// inputs any more.
    pub(crate) fn lag(&self, brokers: &str, written: &Written) -> Vec<Lag> {
        let mut lags = Vec::new();
        let reading = reader::client(brokers, Isolation::Committed);
        for asked in self.asked() {
            let answer = ask(&client(brokers, &asked.group), &asked);
            for (number, stream) in &asked.streams {
                let incarnation = written.last_incarnation(*number);
                let ends = match incarnation {
                    Some(_) => Vec::new(),
                    None => ends(&reading, stream, self.partitions).unwrap_or_default(),
                };
                for partition in 0..self.partitions {
                    let end = match incarnation {
                        Some(incarnation) => incarnation.held.due(partition),
                        None => ends.get(partition as usize).copied().unwrap_or(-1),
                    };
                    let mut seen = answer.iter().flatten().filter(|seen| {
                        let Seen { sample, id } = seen;
                        (sample.stream, sample.partition) == (*number, partition)
                            // An offset of a former incarnation says nothing.
                            && incarnation.is_none_or(|incarnation| incarnation.is_named(id.as_deref()))
                    });
                    let committed = seen.next().map(|seen| seen.sample.next);
                    let is_empty = answer.is_some() && end == 0;
                    let done = committed.is_some_and(|next| next >= end && end >= 0);
                    if !done && !is_empty {
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
