//! Several links in one process: a topology, with a broker of its own unless it is given one.

mod stages;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::bell::Bell;
use crate::cli::{self, TopologyLink, UserArgs};
use crate::config::{Broker, Config, Origins, Uid};
use crate::error::{Cause, Error, ErrorKind};
use crate::kafka::{Behind, Endpoint, Lag};
use crate::link::{LinkSpec, Wiring};
use crate::observe;
use crate::program::Program;
use crate::rpc::Served;
use crate::run::{self, Home, Micromodule};
use crate::shutdown::{self, Process, StopReason, Stopper};

/// How often a topology whose sources have ended looks whether everything is read.
const LOOK: Duration = Duration::from_millis(100);

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
/// `-g`, `--uid`), and the own arguments of all links. Without `-k` it starts the
/// [embedded broker](crate::EmbeddedBroker). When all its sources have ended and everything they
/// sent has been read to the end, it stops: link after link in the direction of the streams, so that
/// what a `finish` sends is read as well. A signal stops all links at once.
#[derive(Clone)]
pub struct Topology {
    name: &'static str,
    about: String,
    version: &'static str,
    links: Vec<Planned>,
}

#[derive(Clone, Copy)]
struct Planned {
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
        }
    }

    /// Says in one line what it is for, for `--help`.
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
        self.links.push(Planned {
            spec: L::SPEC,
            wiring: L::wiring,
            methods: L::methods,
            instances,
        });
        self
    }

    /// The whole program: reads the command line, runs every link, and gives the exit status as a
    /// micromodule's `main` does.
    #[must_use]
    pub fn main(self) -> ExitCode {
        shutdown::listen(Process::Beginning);
        let links: Vec<TopologyLink> = self.links.iter().map(Planned::described).collect();
        let parsed = match cli::topology(self.name, &self.about, self.version, &links) {
            Ok(parsed) => parsed,
            Err(status) => return status,
        };
        observe::init(&parsed.log, Some((self.name, &parsed.uid)));
        if let Some(promise) = &parsed.promise {
            tracing::info!("{promise}");
        }
        let mut micromodules = Vec::new();
        for (planned, member) in self.links.iter().zip(parsed.members) {
            planned.plan(&member.config, &member.args, &mut micromodules);
        }
        cli::finish(run_all(micromodules).map_err(Into::into))
    }

    /// Runs every link on an embedded broker until everything that its sources sent is read, with
    /// the settings of the attributes and without a look at the command line: a chain in a test, or
    /// inside another program. Own arguments have their defaults. SIGTERM and SIGINT stop it.
    ///
    /// # Errors
    /// What stopped it: the first link that failed, or a wrong attribute.
    pub fn run(self) -> Result<(), Error> {
        let mut micromodules = Vec::new();
        for planned in &self.links {
            let class = planned.spec.class;
            let wrong = |context: &str, cause: Cause| {
                let context = format!("`{class}` cannot run: {context}");
                Error::new(ErrorKind::Configuration, context).caused_by(cause)
            };
            let uid = Uid::random().map_err(|error| wrong("no uid", Box::new(error)))?;
            let config = Config::new(&planned.spec, uid, Broker::Embedded)
                .map_err(|(option, error)| wrong(option, Box::new(error)))?;
            config
                .check(&Origins::default())
                .map_err(|error| wrong("its attribute", Box::new(error)))?;
            let args = (planned.wiring)()
                .args
                .defaults()
                .map_err(|error| wrong("its own arguments have no defaults", Box::new(error)))?;
            planned.plan(&config, &args, &mut micromodules);
        }
        run_all(micromodules)
    }
}

impl Planned {
    fn described(&self) -> TopologyLink {
        let wiring = (self.wiring)();
        TopologyLink {
            spec: self.spec,
            types: wiring.types,
            args: wiring.args,
            methods: self.methods,
        }
    }

    /// Adds its instances, each with an id of its own.
    fn plan(&self, config: &Config, args: &UserArgs, micromodules: &mut Vec<Micromodule>) {
        for number in 0..self.instances {
            let mut config = config.clone();
            if self.instances > 1 {
                config.uid = config.uid.numbered(number);
            }
            config.log();
            let (wiring, args) = ((self.wiring)(), Arc::clone(args));
            micromodules.push(Micromodule {
                contract: cli::contract(&self.spec, &wiring, &(self.methods)()),
                wiring,
                methods: (self.methods)(),
                config,
                args,
            });
        }
    }
}

/// One running micromodule as the topology watches it.
struct Running {
    stopper: Arc<Stopper>,
    is_source: bool,
    /// It stops as a part of the orderly end, and the others go on.
    staged: Arc<AtomicBool>,
    ended: Arc<Mutex<Option<Result<(), Error>>>>,
}

impl Running {
    fn has_ended(&self) -> bool {
        self.ended
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }

    /// Whether it ended out of turn, or not as it should: then all the others stop.
    fn ended_the_whole(&self) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        match &*ended {
            Some(result) => result.is_err() || !self.staged.load(Ordering::SeqCst),
            None => false,
        }
    }

    fn take_error(&self) -> Option<Error> {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        match ended.replace(Ok(())) {
            Some(Err(error)) => Some(error),
            Some(Ok(())) => None,
            None => {
                *ended = None;
                None
            }
        }
    }
}

/// Runs all micromodules until one fails, a signal comes, or there is nothing left to do.
fn run_all(micromodules: Vec<Micromodule>) -> Result<(), Error> {
    let Some(first) = micromodules.first() else {
        let nothing = "the topology has no links: add one with `.link::<name>()`";
        return Err(Error::new(ErrorKind::Configuration, nothing));
    };
    let runtime = run::runtime()?;
    let limit = first.config.shutdown_timeout;
    let endpoint = Endpoint::of(&first.config.broker)?;
    warn_of_loose_ends(&micromodules);
    let configs: Vec<Config> = micromodules.iter().map(|one| one.config.clone()).collect();
    endpoint.register_readers(&configs);
    let home = Home {
        runtime: runtime.handle().clone(),
        endpoint,
    };
    let bell = Arc::new(Bell::default());
    let all = Arc::new(Stopper::new(Arc::clone(&bell)));
    let _attended = shutdown::attend(&all);
    shutdown::end_in_time(&home.runtime, Arc::clone(&all), limit);
    let result = thread::scope(|scope| {
        let mut running = Vec::new();
        for micromodule in micromodules {
            let own_bell = Arc::new(Bell::default());
            let stopper = Arc::new(Stopper::new(Arc::clone(&own_bell)));
            let ended = Arc::new(Mutex::new(None));
            let is_source = micromodule.is_source();
            let staged = Arc::new(AtomicBool::new(false));
            running.push(Running {
                staged: Arc::clone(&staged),
                stopper: Arc::clone(&stopper),
                is_source,
                ended: Arc::clone(&ended),
            });
            // At once, and not when its last handler has returned.
            let (one, everyone) = (Arc::clone(&stopper), Arc::clone(&all));
            home.runtime.spawn(async move {
                one.stopped().await;
                let alone = is_source || staged.load(Ordering::SeqCst);
                if !alone || one.has_failed() {
                    everyone.stop(StopReason::Topology);
                }
            });
            let (home, bell) = (&home, &bell);
            scope.spawn(move || {
                let ran = catch_unwind(AssertUnwindSafe(|| {
                    micromodule.run(home, &stopper, &own_bell)
                }));
                let result = ran.unwrap_or_else(|_| {
                    let context = "a link panicked outside of its function";
                    Err(Error::new(ErrorKind::Lifecycle, context))
                });
                *ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
                bell.ring();
            });
        }
        let watched = watch(&running, &configs, &home, &all, &bell);
        all.stop(StopReason::Topology);
        let reason = all.reason().unwrap_or(StopReason::Topology);
        for one in &running {
            one.stopper.stop(reason.clone());
        }
        while !bell.wait(LOOK, || running.iter().all(Running::has_ended)) {}
        watched.and_then(|()| {
            running
                .iter()
                .find_map(Running::take_error)
                .map_or(Ok(()), Err)
        })
    });
    runtime.shutdown_background();
    result
}

/// Returns when it is time to stop.
fn watch(
    running: &[Running],
    configs: &[Config],
    home: &Home,
    all: &Stopper,
    bell: &Bell,
) -> Result<(), Error> {
    let readers_end = |one: &Running| !one.is_source && one.ended_the_whole();
    let sources = || running.iter().filter(|one| one.is_source);
    let sources_done = || sources().next().is_some() && sources().all(Running::has_ended);
    let over = || {
        let sources_failed = sources().any(|one| one.has_ended() && one.stopper.reason().is_none());
        let reader_ended = running.iter().any(readers_end);
        all.is_stopping() || reader_ended || sources_failed || sources_done()
    };
    while !bell.wait(Duration::from_secs(60), over) {}
    if !sources_done() || sources().any(|one| one.stopper.reason().is_none()) {
        return Ok(());
    }
    let stop_now = || all.is_stopping() || running.iter().any(readers_end);
    let mut runs: Vec<bool> = running.iter().map(|one| !one.is_source).collect();
    while await_quiet(configs, &runs, home, bell, &stop_now)? {
        let stage = stages::next(configs, &runs);
        for index in &stage {
            runs[*index] = false;
        }
        if !runs.contains(&true) {
            tracing::info!("the sources have ended and everything is read");
            return Ok(());
        }
        for index in &stage {
            running[*index].staged.store(true, Ordering::SeqCst);
            running[*index].stopper.stop(StopReason::Topology);
        }
        let limit = configs[stage[0]].shutdown_timeout;
        let ended = || stop_now() || stage.iter().all(|index| running[*index].has_ended());
        if !bell.wait(limit, ended) {
            // Those that hang have as long again, with all the others.
            return Ok(());
        }
    }
    Ok(())
}

/// Waits until those that run have read everything: twice in a row nobody was behind and nothing was
/// written in between. Returns whether they have, or else it is time to stop.
fn await_quiet(
    configs: &[Config],
    runs: &[bool],
    home: &Home,
    bell: &Bell,
    stop_now: &impl Fn() -> bool,
) -> Result<bool, Error> {
    let mut asked = Vec::new();
    for (config, _) in configs.iter().zip(runs).filter(|(_, runs)| **runs) {
        asked.push(Lag::new(&home.endpoint, config)?);
    }
    let mut before: Option<Vec<Behind>> = None;
    while !stop_now() {
        let now: Result<Vec<Behind>, Error> = asked.iter().map(Lag::ask).collect();
        let now = match now {
            Ok(now) => now,
            Err(error) => {
                tracing::warn!("{}; asking again", error.with_causes());
                before = None;
                bell.wait(LOOK * 10, stop_now);
                continue;
            }
        };
        let quiet = now.iter().all(|behind| behind.electrons == 0);
        if quiet && before.as_ref() == Some(&now) {
            return Ok(true);
        }
        before = quiet.then_some(now);
        bell.wait(LOOK, stop_now);
    }
    Ok(false)
}

/// A stream that is read and never written, by any link here, is nearly always a misspelled name.
fn warn_of_loose_ends(micromodules: &[Micromodule]) {
    let written = |name: &str| {
        let mut outputs = micromodules.iter().flat_map(|one| &one.config.outputs);
        outputs.any(|(output, _)| output.as_str() == name)
    };
    for one in micromodules {
        for (input, _) in one
            .config
            .inputs
            .iter()
            .filter(|(input, _)| !written(input.as_str()))
        {
            tracing::warn!(
                "`{}` reads stream `{input}`, which no link of this topology writes: is the name \
                 right?",
                one.config.class
            );
        }
    }
}
