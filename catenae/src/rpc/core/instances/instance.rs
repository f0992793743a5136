//! One live instance, as it tells of itself.

use std::time::Duration;

use crate::rpc::core::envelope::{AnnouncedMethod, Announcement};

/// The methods that every micromodule has, whatever it lists.
pub(crate) const BUILT_IN: [&str; 9] = [
    "ping",
    "describe",
    "stats",
    "stop",
    "pause",
    "resume",
    "log_level",
    "add_input",
    "remove_input",
];

/// A live instance of a micromodule, as it announced itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    pub(super) uid: String,
    pub(super) class: String,
    pub(super) group: String,
    pub(super) host: String,
    pub(super) version: String,
    pub(super) catenae: String,
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<String>,
    pub(super) methods: Vec<InstanceMethod>,
    pub(super) incarnation: u64,
}

/// A method that an instance has, besides those that every instance has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceMethod {
    name: String,
    arguments: Vec<String>,
    returned: String,
    takes_state: bool,
    idempotent: bool,
}

impl Instance {
    /// Its id: what `count::at(uid)` takes.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// Its class: the name of its link.
    #[must_use]
    pub fn class(&self) -> &str {
        &self.class
    }

    /// The consumer group that it reads its inputs in.
    #[must_use]
    pub fn group(&self) -> &str {
        &self.group
    }

    /// The machine that it runs on, by its own word.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The version of the package that it was built from.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The version of this library that it was built with.
    #[must_use]
    pub fn catenae(&self) -> &str {
        &self.catenae
    }

    /// The streams that it reads.
    #[must_use]
    pub fn inputs(&self) -> &[String] {
        &self.inputs
    }

    /// The streams that it writes.
    #[must_use]
    pub fn outputs(&self) -> &[String] {
        &self.outputs
    }

    /// The methods that it lists; the built-in ones are not among them.
    #[must_use]
    pub fn methods(&self) -> &[InstanceMethod] {
        &self.methods
    }

    /// When it started, as the time since 1970 by its own clock.
    #[must_use]
    pub fn started(&self) -> Duration {
        Duration::from_micros(self.incarnation)
    }

    /// Whether it can be asked for `method`: it lists it, or every instance has it.
    #[must_use]
    pub fn has(&self, method: &str) -> bool {
        BUILT_IN.contains(&method) || self.methods.iter().any(|own| own.name == method)
    }

    /// Which of its incarnations this is.
    pub(crate) fn incarnation(&self) -> u64 {
        self.incarnation
    }
}

impl InstanceMethod {
    /// Its name: that of the function.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The types of its arguments, as the compiler that built it writes them.
    #[must_use]
    pub fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// The type that it returns.
    #[must_use]
    pub fn returned(&self) -> &str {
        &self.returned
    }

    /// Whether it takes the state of the link, and so runs between two electrons.
    #[must_use]
    pub fn takes_state(&self) -> bool {
        self.takes_state
    }

    /// Whether it may run twice for one call.
    #[must_use]
    pub fn is_idempotent(&self) -> bool {
        self.idempotent
    }
}

impl From<Announcement> for Instance {
    fn from(said: Announcement) -> Self {
        Self {
            uid: said.uid,
            class: said.class,
            group: said.group,
            host: said.host,
            version: said.version,
            catenae: said.catenae,
            inputs: said.inputs,
            outputs: said.outputs,
            methods: said.methods.into_iter().map(InstanceMethod::from).collect(),
            incarnation: said.incarnation,
        }
    }
}

impl From<AnnouncedMethod> for InstanceMethod {
    fn from(said: AnnouncedMethod) -> Self {
        Self {
            name: said.name,
            arguments: said.arguments,
            returned: said.returned,
            takes_state: said.takes_state,
            idempotent: said.idempotent,
        }
    }
}
