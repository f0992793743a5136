//! Several links in one process: a topology, with a broker of its own unless it is given one.

mod check;
mod conclusion;
mod ended;
mod ending;
mod external;
mod facts;
mod handle;
mod member;
mod mistake;
mod plan;
mod quiet;
mod role;
mod running;
mod stages;
mod unfinished;

use std::any::{TypeId, type_name};
use std::borrow::Borrow;
use std::process::ExitCode;
use std::time::Duration;

use crate::cli::{self, TopologyLink};
use crate::config::{Broker, Config, Origins, Uid, defaults};
use crate::descriptors;
use crate::error::{Cause, Error, ErrorKind};
use crate::link::Wiring;
use crate::observe;
use crate::program::Program;
use crate::rpc::Served;
use crate::shutdown::{self, Process};
use crate::spec::LinkSpec;
use crate::stream::StreamName;

use self::check::{Reach, mistakes};
pub use self::ended::Ended;
use self::external::{Direction, External};
use self::facts::Facts;
pub use self::handle::{InstanceState, RunningTopology, TopologyInstance};
use self::mistake::Mistake;
use self::plan::Plan;
use self::running::Running;

/// Links that run together in one process.
///
/// ```no_run
/// # use catenae::prelude::*;
/// # use catenae::Topology;
/// # #[catenae::link(output = "lines", main = false)] fn streamer() -> [&'static str; 2] { ["a", "b"] }
/// # #[catenae::link(input = "lines", main = false)] fn printer(line: &str) { println!("{line}") }
/// fn main() -> std::process::ExitCode {
///     Topology::new("demo").link::<streamer>().instances::<printer>(4).main()
/// }
/// ```
///
/// The program takes the flags of a micromodule except those that belong to one link (`-i`, `-o`,
/// `-g`, `--uid`), and the own arguments of all links. Without `-k`, or with `-k embedded`, it starts
/// the [embedded broker](crate::EmbeddedBroker), which keeps everything in memory.
///
/// # When it ends
/// When all its sources have ended and everything they sent has been read to the end, it stops: link
/// after link in the direction of the streams, so that what a `finish` sends is read as well. A source
/// is a link that takes no message and has an output, or is called once and returns. What only ticks
/// (`every`, without an output) or only answers calls is not waited for. Links in a circle end when
/// nothing is left on any of their streams and nothing is written; a task of your own that keeps
/// writing into a circle keeps it alive.
///
/// It ends at once when a link fails, on a signal, and when a link that is no source calls
/// [`Context::stop`](crate::Context::stop). The last is an error, of kind
/// [`Unfinished`](ErrorKind::Unfinished), unless everything that was sent is read by then and no source
/// was cut off (one with `every` does not count). [`time_limit`](Self::time_limit) sets how long it may
/// take at most.
///
/// # What is refused
/// Before anything runs a topology is checked, and every mistake is reported at once: see
/// [`check`](Self::check).
#[derive(Clone)]
pub struct Topology {
    name: &'static str,
    about: String,
    version: &'static str,
    links: Vec<PlannedLink>,
    external: External,
    limit: Option<Duration>,
}

#[derive(Clone, Copy)]
struct PlannedLink {
    link: TypeId,
    /// The path of its function.
    path: &'static str,
    spec: LinkSpec,
    wiring: fn() -> Wiring,
    methods: fn() -> Vec<Served>,
    instances: usize,
}

impl Topology {
    /// A topology without links; `name` is that of the program.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            about: String::new(),
            version: "",
            links: Vec::new(),
            external: External::default(),
            limit: None,
        }
    }

    /// Sets the one-line description for `--help`.
    #[must_use]
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.about = about.into();
        self
    }

    /// Its version, for `--version`: `env!("CARGO_PKG_VERSION")`.
    #[must_use]
    pub fn version(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }

    /// Adds one instance of a link.
    #[must_use]
    pub fn link<L: Program>(self) -> Self {
        self.instances::<L>(1)
    }

    /// Adds `instances` instances of a link, which share its input streams.
    #[must_use]
    pub fn instances<L: Program>(mut self, instances: usize) -> Self {
        self.links.push(PlannedLink {
            link: TypeId::of::<L>(),
            path: type_name::<L>(),
            spec: L::SPEC,
            wiring: L::wiring,
            methods: L::methods,
            instances,
        });
        self
    }

    /// Says that other programs write `stream`, which a link here reads.
    ///
    /// A stream that is read here and that no link here writes is refused without this.
    #[must_use]
    pub fn external_input(mut self, stream: impl Into<StreamName>) -> Self {
        self.external.add(Direction::Input, stream.into());
        self
    }

    /// Says that other programs read `stream`, which a link here writes.
    ///
    /// A stream that is written here and that no link here reads is refused without this. Streams of
    /// dead letters are for people, and need none.
    #[must_use]
    pub fn external_output(mut self, stream: impl Into<StreamName>) -> Self {
        self.external.add(Direction::Output, stream.into());
        self
    }

    /// Ends the topology with an error when it has not ended by itself within `limit`: of kind
    /// [`Unfinished`](ErrorKind::Unfinished), with the sources that had not ended, and the partitions
    /// that were not read. There is no limit unless it is set, here or by `--time-limit`.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Looks for mistakes without running anything: a test may call it.
    ///
    /// ```
    /// # use catenae::Topology;
    /// #[catenae::link(output = "lines", main = false)]
    /// fn streamer() -> [&'static str; 2] {
    ///     ["a", "b"]
    /// }
    ///
    /// #[catenae::link(input = "liens", main = false)]
    /// fn printer(line: &str) {
    ///     println!("{line}");
    /// }
    ///
    /// let topology = Topology::new("demo").link::<streamer>().link::<printer>();
    /// assert_eq!(
    ///     topology.check().unwrap_err().to_string(),
    ///     "topology `demo` cannot run: `printer` reads stream `liens`, which no link here writes, and \
    ///      `streamer` writes `lines`, which no link here reads: is one of the two names misspelled?"
    /// );
    /// ```
    ///
    /// `run` and `main` check the same, with what the command line says, and on the embedded broker they also refuse a
    /// topology in which no link sends anything by itself.
    ///
    /// # Errors
    /// All of these at once, by name: a stream that is read and that nobody writes, or written and that
    /// nobody reads, unless it was declared as [input](Self::external_input) or
    /// [output](Self::external_output) of others; such a declaration that fits no link; a link with 0
    /// instances; a link that is added twice; two functions of one class; two links that share a
    /// consumer group and a stream; two methods of one name in a link; a message without an input;
    /// values without an output; an attribute that contradicts itself.
    pub fn check(&self) -> Result<(), Error> {
        let somewhere = Broker::Address(defaults::BROKER.to_owned());
        let configs = self.configs(&somewhere)?;
        self.refuse(attributes(&configs), &configs, Reach::Shared)
    }

    /// The whole program: reads the command line, runs every link, and gives the exit status as a
    /// micromodule's `main` does. It is 1 as well when the topology ended before it was finished (see
    /// above), and 2 when it has mistakes.
    #[must_use]
    pub fn main(self) -> ExitCode {
        if let Err(error) = descriptors::check() {
            return cli::finish(Err(error.into()));
        }
        shutdown::listen(Process::Beginning);
        let links: Vec<TopologyLink> = self.links.iter().map(PlannedLink::described).collect();
        let parsed = match cli::topology(self.name, &self.about, self.version, &links) {
            Ok(parsed) => parsed,
            Err(status) => return status,
        };
        observe::init(&parsed.log, Some((self.name, &parsed.uid)));
        if let Some(promise) = &parsed.promise {
            tracing::info!("{promise}");
        }
        let configs: Vec<&Config> = parsed.members.iter().map(|member| &member.config).collect();
        let reach = match configs.first().map(|config| &config.broker) {
            Some(Broker::Embedded) => Reach::Alone,
            _ => Reach::Shared,
        };
        // What contradicts itself was refused with the command line.
        if let Err(error) = self.refuse(Vec::new(), &configs, reach) {
            return cli::finish(Err(error.into()));
        }
        let planned = self.links.iter().zip(parsed.members);
        let plans = planned.map(|(link, member)| Plan {
            link: *link,
            config: member.config,
            args: member.args,
        });
        let limit = parsed.time_limit.or(self.limit);
        let ended = Running::start(self.name, plans.collect(), limit).and_then(Running::wait);
        cli::finish(ended.map(|_| ()).map_err(Into::into))
    }

    /// Runs every link on an embedded broker until everything that its sources sent is read, with the settings of the
    /// attributes and without a look at the command line: a chain in a test, or inside another program. Arguments of
    /// the links have their defaults. SIGTERM, SIGINT and SIGHUP stop the topology, SIGHUP only if the program neither
    /// listens for it nor ignores it. Returns why it ended.
    ///
    /// # Errors
    /// What stopped it: the first link that failed, the mistakes that [`check`](Self::check) finds, or a
    /// wrong attribute. Of kind [`Unfinished`](ErrorKind::Unfinished): what was left when a link stopped
    /// it too early, or its time limit was over.
    pub fn run(self) -> Result<Ended, Error> {
        self.start()?.wait()
    }

    /// Starts every link, as [`run`](Self::run) does, and returns while they run. The handle that it returns adds and
    /// stops single instances, reports the state of each, and waits for the end.
    ///
    /// # Errors
    /// The mistakes that [`check`](Self::check) finds, or a wrong attribute.
    pub fn start(self) -> Result<RunningTopology, Error> {
        let configs = self.configs(&Broker::Embedded)?;
        self.refuse(attributes(&configs), &configs, Reach::Alone)?;
        let planned = self.links.iter().zip(configs);
        let plans = planned.map(|(link, config)| {
            let args = (link.wiring)().args.defaults();
            let wrong = |error| link.wrong("its own arguments have no defaults", Box::new(error));
            let args = args.map_err(wrong)?;
            let link = *link;
            Ok(Plan { link, config, args })
        });
        let plans = plans.collect::<Result<Vec<Plan>, Error>>()?;
        let running = Running::start(self.name, plans, self.limit)?;
        Ok(RunningTopology::new(running))
    }

    /// What the attributes say.
    fn configs(&self, broker: &Broker) -> Result<Vec<Config>, Error> {
        let of_link = |planned: &PlannedLink| {
            let uid = Uid::random().map_err(|error| planned.wrong("no uid", Box::new(error)))?;
            Config::new(&planned.spec, uid, broker.clone())
                .map_err(|(option, error)| planned.wrong(option, Box::new(error)))
        };
        self.links.iter().map(of_link).collect()
    }

    /// Refuses all mistakes in one error.
    fn refuse<C: Borrow<Config>>(
        &self,
        mut found: Vec<Mistake>,
        configs: &[C],
        reach: Reach,
    ) -> Result<(), Error> {
        let facts = self.links.iter().zip(configs);
        let facts: Vec<Facts<'_>> = facts
            .map(|(planned, config)| planned.facts(config.borrow()))
            .collect();
        found.extend(mistakes(&facts, &self.external, reach));
        let name = self.name;
        let context = match found.as_slice() {
            [] => {
                if reach == Reach::Alone {
                    self.say_who_is_missing();
                }
                return Ok(());
            }
            [one] => format!("topology `{name}` cannot run: {one}"),
            several => {
                let lines: Vec<String> = several.iter().map(|one| format!("\n  - {one}")).collect();
                format!(
                    "topology `{name}` cannot run, for {} reasons:{}",
                    several.len(),
                    lines.concat()
                )
            }
        };
        Err(Error::new(ErrorKind::Configuration, context))
    }

    fn say_who_is_missing(&self) {
        for stream in self.external.inputs() {
            tracing::warn!(
                "`{stream}` is declared as an external input, but no other program can write to the embedded \
                 broker: it stays empty"
            );
        }
    }
}

/// What the attributes say that contradicts itself, or that the broker does not keep.
fn attributes(configs: &[Config]) -> Vec<Mistake> {
    let wrong = |config: &Config| {
        let problem = config.check(&Origins::default()).err()?;
        let class = config.class;
        Some(Mistake::Attribute { class, problem })
    };
    configs.iter().filter_map(wrong).collect()
}

impl PlannedLink {
    fn described(&self) -> TopologyLink {
        let wiring = (self.wiring)();
        TopologyLink {
            spec: self.spec,
            types: wiring.types,
            args: wiring.args,
            methods: self.methods,
        }
    }

    fn facts<'f>(&self, config: &'f Config) -> Facts<'f> {
        let wiring = (self.wiring)();
        let methods = (self.methods)();
        Facts {
            link: self.link,
            path: self.path,
            instances: self.instances,
            config,
            takes_message: wiring.takes_message,
            returns: wiring.types.output,
            methods: methods.iter().map(|served| served.spec.name).collect(),
        }
    }

    fn wrong(&self, context: &str, cause: Cause) -> Error {
        let context = format!("`{}` cannot run: {context}", self.spec.class);
        Error::new(ErrorKind::Configuration, context).caused_by(cause)
    }
}
