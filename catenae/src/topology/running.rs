//! The links of a topology while they run: each on a thread of its own, and watched from one.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::config::{Broker, Config};
use crate::error::{Error, ErrorKind};
use crate::instance as run;
use crate::instance::{Host, Micromodule};
use crate::kafka::{Endpoint, register, unregister};
use crate::shutdown::{self, Attended, InstanceHandle, StopReason};

use super::conclusion::conclude;
use super::ended::Ended;
use super::ending::EndWatch;
use super::member::Member;
use super::plan::Plan;
use super::role::{LinkRole, awaited};

/// How often the end of all links is looked for, should the bell not be heard.
const LOOK: Duration = Duration::from_millis(100);

/// A topology that runs, and what it runs on.
pub(super) struct Running {
    pub(super) runs: Arc<Runs>,
    /// The thread that looks for its end, whoever waits for it.
    ending: JoinHandle<Result<Ended, Error>>,
    runtime: Runtime,
    _attended: Attended,
}

/// The links of a topology that runs.
pub(super) struct Runs {
    pub(super) name: &'static str,
    pub(super) host: Host,
    /// The whole, as signals and its own threads know it.
    pub(super) all: Arc<InstanceHandle>,
    pub(super) limit: Option<Duration>,
    pub(super) deadline: Option<Instant>,
    plans: Vec<Plan>,
    members: Mutex<Vec<Arc<Member>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Nobody joins any more.
    closed: AtomicBool,
}

impl Running {
    /// Starts all instances of all plans.
    pub(super) fn start(
        name: &'static str,
        plans: Vec<Plan>,
        limit: Option<Duration>,
    ) -> Result<Self, Error> {
        let micromodules: Vec<Micromodule> = plans.iter().flat_map(Plan::micromodules).collect();
        let Some(first) = micromodules.first() else {
            let nothing = "the topology has no links: add one with `.link::<name>()`";
            return Err(Error::new(ErrorKind::Configuration, nothing));
        };
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let runtime = run::runtime()?;
        let patience = first.config.shutdown_timeout;
        let broker = first.config.broker.clone();
        let endpoint = Endpoint::of(&broker)?;
        if broker == Broker::Embedded {
            tracing::info!(
                "the embedded broker runs at {}, in memory: what it holds is gone when this process ends",
                endpoint.address()
            );
        }
        let configs: Vec<Config> = micromodules.iter().map(|one| one.config.clone()).collect();
        register(&endpoint, &configs);
        let all = Arc::new(InstanceHandle::new(name));
        let attended = shutdown::attend(&all);
        let host = Host::new(runtime.handle().clone(), endpoint);
        shutdown::end_in_time(&host.runtime, Arc::clone(&all), patience);
        let runs = Arc::new(Runs {
            name,
            host,
            all,
            limit,
            deadline,
            plans,
            members: Mutex::default(),
            threads: Mutex::default(),
            closed: AtomicBool::new(false),
        });
        let role = |one: &Micromodule| {
            let serves = one.serves();
            (
                LinkRole::of(&one.config, one.wiring.takes_message, serves),
                serves,
            )
        };
        let roles: Vec<(LinkRole, bool)> = micromodules.iter().map(role).collect();
        let awaited = awaited(&roles);
        for ((micromodule, (role, _)), awaited) in micromodules.into_iter().zip(roles).zip(awaited)
        {
            let member = Member::new(&micromodule, role, awaited);
            runs.begin(&mut runs.lock(), micromodule, member);
        }
        let ended = Arc::clone(&runs);
        let ending = thread::Builder::new()
            .name("topology-end".to_owned())
            .spawn(move || ended.end());
        let ending = ending.map_err(|error| {
            Error::new(ErrorKind::Lifecycle, "a topology has no thread").caused_by(error)
        })?;
        Ok(Self {
            runs,
            ending,
            runtime,
            _attended: attended,
        })
    }

    /// Waits for its end.
    pub(super) fn wait(self) -> Result<Ended, Error> {
        let ended = self.ending.join();
        self.runtime.shutdown_background();
        ended.unwrap_or_else(|_| {
            let context = "the thread that ends the topology panicked";
            Err(Error::new(ErrorKind::Lifecycle, context))
        })
    }
}

impl Runs {
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Member>>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that have begun, in that order; they stay when they have ended.
    pub(super) fn members(&self) -> Vec<Arc<Member>> {
        self.lock().clone()
    }

    /// From now on nobody joins; returns all that have.
    pub(super) fn close(&self) -> Vec<Arc<Member>> {
        let members = self.lock();
        self.closed.store(true, Ordering::SeqCst);
        members.clone()
    }

    /// Starts one more instance of a class.
    pub(super) fn add(self: &Arc<Self>, class: &str) -> Result<Arc<Member>, Error> {
        let refused = |why: &str| {
            let context = format!(
                "topology `{}` cannot start another instance of `{class}`: {why}",
                self.name
            );
            Error::new(ErrorKind::Configuration, context)
        };
        let mut members = self.lock();
        if self.closed.load(Ordering::SeqCst) || self.all.is_stopping() {
            return Err(refused("it is ending"));
        }
        let of_class = |one: &&Arc<Member>| one.config.class == class;
        let plan = self.plans.iter().find(|plan| plan.config.class == class);
        let (Some(plan), Some(before)) = (plan, members.iter().find(of_class)) else {
            return Err(refused("it has no such link"));
        };
        if plan.config.has_own_group {
            return Err(refused(
                "its instances have groups of their own, and what was sent before is not kept for a new one",
            ));
        }
        let (role, awaited) = (before.role, before.awaited);
        let micromodule = plan.numbered(members.iter().filter(of_class).count());
        let member = Member::new(&micromodule, role, awaited);
        Ok(self.begin(&mut members, micromodule, member))
    }

    fn begin(
        self: &Arc<Self>,
        members: &mut Vec<Arc<Member>>,
        micromodule: Micromodule,
        member: Member,
    ) -> Arc<Member> {
        let member = Arc::new(member);
        self.follow(&member);
        let (runs, one) = (Arc::clone(self), Arc::clone(&member));
        let thread = thread::spawn(move || {
            one.run(micromodule, &runs.host);
            if one.has_left_its_group_empty() {
                unregister(&runs.host.endpoint, &one.config);
            }
            runs.all.bell().ring();
        });
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.push(thread);
        members.push(Arc::clone(&member));
        member
    }

    /// When one stops by itself that is not to end alone, so do all: at once, and not when its last handler
    /// has returned.
    fn follow(&self, member: &Arc<Member>) {
        let (member, all) = (Arc::clone(member), Arc::clone(&self.all));
        self.host.runtime.spawn(async move {
            member.instance.stopped().await;
            if member.stops_alone() {
                // Until it fails, or a task that it has left does.
                member.instance.failed().await;
            }
            all.stop(StopReason::Topology);
        });
    }

    /// Returns when one has failed, somebody stops them, there is nothing left to do, or the time is over, and then
    /// all have been stopped.
    fn end(&self) -> Result<Ended, Error> {
        // Clients for questions are let go when all else is over: that takes its time.
        let mut asked = Vec::new();
        let verdict = EndWatch { runs: self }.watch(&mut asked);
        let members = self.close();
        self.all.stop(StopReason::Topology);
        let reason = self.all.reason().unwrap_or(StopReason::Topology);
        for one in &members {
            one.instance.stop(reason.clone());
        }
        let have_ended = || members.iter().all(|one| one.has_ended());
        while !self.all.bell().wait(LOOK, have_ended) {}
        let threads = mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // What it panicked with is its member's error.
            let _ = thread.join();
        }
        let verdict = verdict?;
        let errors: Vec<Error> = members.iter().filter_map(|one| one.take_error()).collect();
        match errors.into_iter().next() {
            Some(error) => Err(error),
            None => conclude(self, verdict, &reason),
        }
    }
}
