//! The command line of every micromodule.

use std::any::Any;
use std::sync::Arc;

/// The user's own arguments, parsed: handed to the context, which knows their type again.
pub type UserArgs = Arc<dyn Any + Send + Sync>;

/// The user's own arguments as a part of the generated command line.
#[derive(Clone, Copy)]
pub struct ArgsSpec {
    /// Adds them to a command.
    augment: fn(clap::Command) -> clap::Command,
    /// Reads them back.
    parse: fn(&clap::ArgMatches) -> Result<UserArgs, clap::Error>,
}

impl ArgsSpec {
    /// A link without arguments of its own.
    #[must_use]
    pub fn none() -> Self {
        Self {
            augment: |command| command,
            parse: |_| Ok(Arc::new(())),
        }
    }

    /// The arguments of the clap type `A`.
    #[must_use]
    pub fn of<A: clap::Args + Send + Sync + 'static>() -> Self {
        Self {
            augment: A::augment_args,
            parse: |matches| A::from_arg_matches(matches).map(|args| Arc::new(args) as UserArgs),
        }
    }
}
