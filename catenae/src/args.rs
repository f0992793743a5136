//! The user's own arguments: a part of the generated command line whose type only the user knows.

use std::any::{Any, TypeId};
use std::sync::Arc;

use clap::builder::Resettable;
use clap::{Arg, ArgMatches, Command};

/// The user's own arguments, parsed: handed to the context, which knows their type again.
pub type UserArgs = Arc<dyn Any + Send + Sync>;

/// The user's own arguments as a part of the generated command line.
#[derive(Clone, Copy)]
pub struct ArgsSpec {
    /// Which type they are: the same type in two links of a topology is asked for once.
    kind: TypeId,
    /// Adds them to a command.
    augment: fn(Command) -> Command,
    /// Reads them back.
    parse: fn(&ArgMatches) -> Result<UserArgs, clap::Error>,
}

impl ArgsSpec {
    /// A link without arguments of its own.
    #[must_use]
    pub fn none() -> Self {
        Self {
            kind: TypeId::of::<()>(),
            augment: |command| command,
            parse: |_| Ok(Arc::new(())),
        }
    }

    /// The arguments of the clap type `A`.
    #[must_use]
    pub fn of<A: clap::Args + Send + Sync + 'static>() -> Self {
        Self {
            kind: TypeId::of::<A>(),
            augment: A::augment_args,
            parse: |matches| A::from_arg_matches(matches).map(|args| Arc::new(args) as UserArgs),
        }
    }

    /// Whether both are the same type.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.kind == other.kind
    }

    /// Adds the arguments to a command, under their own heading.
    pub(crate) fn augment(&self, command: Command, heading: String) -> Command {
        (self.augment)(command.next_help_heading(heading)).next_help_heading(Resettable::Reset)
    }

    /// Reads the arguments back.
    pub(crate) fn parse(&self, matches: &ArgMatches) -> Result<UserArgs, clap::Error> {
        (self.parse)(matches)
    }

    /// The arguments of an empty command line.
    ///
    /// # Errors
    /// One of them is required.
    pub(crate) fn defaults(&self) -> Result<UserArgs, clap::Error> {
        let matches = self.alone().try_get_matches_from(["own"])?;
        self.parse(&matches)
    }

    /// The arguments on a command of their own, to look at them.
    pub(crate) fn alone(&self) -> Command {
        (self.augment)(Command::new("own"))
    }
}

/// Every spelling of an argument: `--long`, `-s`, aliases.
pub(crate) fn spellings(arg: &Arg) -> Vec<String> {
    let longs = arg
        .get_long()
        .into_iter()
        .chain(arg.get_all_aliases().unwrap_or_default());
    let shorts = arg
        .get_short()
        .into_iter()
        .chain(arg.get_all_short_aliases().unwrap_or_default());
    longs
        .map(|long| format!("--{long}"))
        .chain(shorts.map(|short| format!("-{short}")))
        .collect()
}
