//! The handle on a topology that runs.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::shutdown::StopReason;

use super::ended::Ended;
use super::member::Member;
use super::running::{Running, Runs};

/// Why the handle holds its topology as long as anybody can ask.
const TAKEN_BY_WAIT: &str = "only `wait` takes it, and that is the end";

/// Why an instance ended that was ended through the handle.
const BY_HANDLE: &str = "by the handle of its topology";

/// The state of an instance of a topology.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InstanceState {
    /// It runs.
    Running,
    /// It has ended in order; the text says why it stopped.
    Ended(String),
    /// It was killed through the handle.
    Killed,
    /// It has failed, and the topology stops with it; the text is the error with its causes.
    Failed(String),
}

/// An instance of a topology.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TopologyInstance {
    /// The class of its link.
    pub class: &'static str,
    /// Its id.
    pub uid: String,
    /// How it stands.
    pub state: InstanceState,
}

/// A topology that was [started](super::Topology::start) and runs.
///
/// If it is dropped without [`wait`](Self::wait), the topology is stopped, and the drop waits for its end.
///
/// ```
/// # use catenae::Topology;
/// #[catenae::link(output = "lines", main = false)]
/// fn streamer() -> [&'static str; 2] {
///     ["a", "b"]
/// }
///
/// #[catenae::link(input = "lines", main = false)]
/// fn printer(line: &str) {
///     println!("{line}");
/// }
///
/// let topology = Topology::new("demo").link::<streamer>().link::<printer>();
/// let running = topology.start()?;
/// let second = running.add_instance("printer")?;
/// running.stop_instance(&second.uid)?;
/// println!("{}", running.wait()?);
/// # Ok::<(), catenae::Error>(())
/// ```
pub struct RunningTopology(Option<Running>);

impl RunningTopology {
    pub(super) fn new(running: Running) -> Self {
        Self(Some(running))
    }

    fn runs(&self) -> &Arc<Runs> {
        let running = self.0.as_ref().expect(TAKEN_BY_WAIT);
        &running.runs
    }

    /// Its instances in the order in which they were started, also those that have ended.
    #[must_use]
    pub fn instances(&self) -> Vec<TopologyInstance> {
        self.runs()
            .members()
            .iter()
            .map(|one| described(one))
            .collect()
    }

    /// Starts one more instance of a link that it has, by the class of that link. Instances of a link share its
    /// input streams.
    ///
    /// # Errors
    /// Of kind [`Configuration`](ErrorKind::Configuration): it has no link of that class, or one whose instances have
    /// groups of their own, or it is ending.
    pub fn add_instance(&self, class: &str) -> Result<TopologyInstance, Error> {
        let added = self.runs().add(class)?;
        Ok(described(&added))
    }

    /// Asks one instance to stop in order; the others go on, and those of its class take over what it read. Where none
    /// is left of a class, its streams are not read to their end, and [`wait`](Self::wait) returns an error that says
    /// so. Nobody takes over from an instance with a group of its own: each of the others reads everything anyway.
    ///
    /// # Errors
    /// Of kind [`Configuration`](ErrorKind::Configuration): no instance has that id.
    pub fn stop_instance(&self, uid: &str) -> Result<(), Error> {
        self.member(uid)?.dismiss(BY_HANDLE.to_owned());
        Ok(())
    }

    /// Ends one instance as a crash would, as far as one thread can end another: to see what the others make of it.
    /// Nothing more is settled, a transaction that is open is aborted, and its `finish` does not run. What it has sent may
    /// arrive all the same, and it has ended only when its function has returned. The instance leaves its group within
    /// three seconds, and the others of its class read again what it had not settled; [`wait`](Self::wait) takes it as
    /// one that was stopped.
    ///
    /// # Errors
    /// Of kind [`Configuration`](ErrorKind::Configuration): no instance has that id.
    pub fn kill_instance(&self, uid: &str) -> Result<(), Error> {
        self.member(uid)?.kill(BY_HANDLE.to_owned());
        Ok(())
    }

    fn member(&self, uid: &str) -> Result<Arc<Member>, Error> {
        let mut members = self.runs().members().into_iter();
        let one = members.find(|one| one.config.uid.as_str() == uid);
        one.ok_or_else(|| {
            let name = self.runs().name;
            let context = format!("topology `{name}` has no instance `{uid}`");
            Error::new(ErrorKind::Configuration, context)
        })
    }

    /// Asks all of it to stop; what is not read stays on its stream.
    pub fn stop(&self, reason: impl Into<String>) {
        self.runs().all.stop(StopReason::Asked(reason.into()));
    }

    /// Waits for its end, as [`Topology::run`](super::Topology::run) does.
    ///
    /// # Errors
    /// Those of [`Topology::run`](super::Topology::run).
    pub fn wait(mut self) -> Result<Ended, Error> {
        let running = self.0.take().expect(TAKEN_BY_WAIT);
        running.wait()
    }
}

impl Drop for RunningTopology {
    fn drop(&mut self) {
        let Some(running) = self.0.take() else { return };
        let dropped = "its handle was dropped".to_owned();
        running.runs.all.stop(StopReason::Asked(dropped));
        if let Err(error) = running.wait() {
            tracing::error!("{}", error.with_causes());
        }
    }
}

impl fmt::Debug for RunningTopology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RunningTopology")
            .field(&self.instances())
            .finish()
    }
}

fn described(one: &Member) -> TopologyInstance {
    TopologyInstance {
        class: one.config.class,
        uid: one.config.uid.to_string(),
        state: one.state(),
    }
}
