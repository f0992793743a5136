//! A link of a topology with everything that its instances are told.

use std::sync::Arc;

use crate::args::UserArgs;
use crate::cli;
use crate::config::Config;
use crate::instance::Micromodule;

use super::PlannedLink;

/// A link that is to run.
pub(super) struct Plan {
    pub(super) link: PlannedLink,
    pub(super) config: Config,
    pub(super) args: UserArgs,
}

impl Plan {
    /// Its instances, each with an id of its own.
    pub(super) fn micromodules(&self) -> Vec<Micromodule> {
        match self.link.instances {
            1 => vec![self.micromodule(self.config.clone())],
            several => (0..several).map(|number| self.numbered(number)).collect(),
        }
    }

    /// One instance with a number behind its id.
    pub(super) fn numbered(&self, number: usize) -> Micromodule {
        let mut config = self.config.clone();
        config.set_uid(config.uid.numbered(number));
        self.micromodule(config)
    }

    fn micromodule(&self, config: Config) -> Micromodule {
        config.log();
        let (wiring, methods) = ((self.link.wiring)(), (self.link.methods)());
        Micromodule {
            contract: cli::contract(&self.link.spec, &wiring, &methods),
            wiring,
            methods,
            config,
            args: Arc::clone(&self.args),
        }
    }
}
