//! What is known of a link of a topology before anything runs.

use std::any::TypeId;

use crate::config::Config;
use crate::kafka::SideStreams;
use crate::stream::StreamName;

use super::role::LinkRole;

/// One entry of a topology, as its attribute and the command line describe it.
pub(super) struct Facts<'f> {
    /// Its twin.
    pub(super) link: TypeId,
    /// The path of its function, as the compiler writes it.
    pub(super) path: &'static str,
    pub(super) instances: usize,
    pub(super) config: &'f Config,
    pub(super) takes_message: bool,
    /// The type of what its function returns, item by item.
    pub(super) returns: &'static str,
    /// The names of the methods it serves.
    pub(super) methods: Vec<&'static str>,
}

impl Facts<'_> {
    pub(super) fn class(&self) -> &'static str {
        self.config.class
    }

    pub(super) fn role(&self) -> LinkRole {
        LinkRole::of(self.config, self.takes_message, !self.methods.is_empty())
    }

    pub(super) fn inputs(&self) -> impl Iterator<Item = &StreamName> {
        self.config.inputs.iter().map(|(name, _)| name)
    }

    pub(super) fn outputs(&self) -> impl Iterator<Item = &StreamName> {
        self.config.outputs.iter().map(|(name, _)| name)
    }

    /// Where its dead letters would go, whether it writes any or not.
    pub(super) fn dead_letters(&self) -> impl Iterator<Item = StreamName> {
        let side = SideStreams::of(self.config);
        self.inputs().map(move |input| side.dead_letters(input))
    }

    /// Whether it writes dead letters.
    pub(super) fn writes_dead_letters(&self) -> bool {
        self.config.policy.may_dead_letter()
    }
}
