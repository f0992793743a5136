//! The command line of every micromodule.

mod command;
mod describe;
mod error;
mod flags;
mod given;
mod micromodule;
mod shared;
mod topology;

#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use crate::descriptors;
use crate::error::{Error, ErrorKind};
use crate::instance as run;
use crate::instance::Micromodule;
use crate::link::Wiring;
use crate::observe;
use crate::program::Program;
use crate::rpc::Served;
use crate::shutdown::{self, Process};
use crate::spec::LinkSpec;

pub use topology::{TopologyLink, topology};

use error::Stop;

/// The status of a micromodule that failed; 0 is one that stopped as asked.
const FAILED: u8 = 1;
/// The status of a wrong command line or configuration.
const USAGE: u8 = 2;

/// How an environment variable is looked up: a parameter, so that parsing is a pure function.
pub type Lookup<'l> = &'l dyn Fn(&str) -> Option<OsString>;

/// The environment of this process.
#[must_use]
pub fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// The `main` of a program that is one link.
///
/// It names the link by `self` and by a second name, so that a link inside a function does not compile: its `main`
/// would not be the program's. The second name is what the compiler says then. The attributes are for both of them.
#[doc(hidden)]
#[macro_export]
macro_rules! __program {
    ($(#[$attribute:meta])* $main:ident: $link:ident, $outside:ident) => {
        $(#[$attribute])*
        type $outside = $link;
        $(#[$attribute])*
        fn $main() -> $crate::__private::ExitCode {
            $crate::__private::main::<self::$outside>()
        }
    };
}

/// The whole program of one micromodule: reads the command line and the environment, begins to log
/// and runs the link until it stops.
///
/// The status is 0 when it stopped as asked, 1 when it failed, 2 when the command line or the
/// configuration is wrong.
#[must_use]
pub fn main<L: Program>() -> ExitCode {
    // Before anything opens some: the runtime panics without.
    if let Err(error) = descriptors::check() {
        return finish(Err(error.into()));
    }
    shutdown::listen(Process::Beginning);
    let wiring = L::wiring();
    match micromodule::parse(
        &L::SPEC,
        &wiring,
        &L::methods(),
        std::env::args_os(),
        &environment,
    ) {
        Ok((config, args, log)) => {
            observe::init(&log, Some((config.class, &config.uid)));
            let contract = contract(&L::SPEC, &wiring, &L::methods());
            let span = observe::identity_span(config.class, &config.uid);
            span.in_scope(|| {
                config.log();
                finish(start(Micromodule {
                    wiring,
                    methods: L::methods(),
                    config,
                    args,
                    contract,
                }))
            })
        }
        Err(stop) => end(stop),
    }
}

/// Runs the link: the one place where the command line meets the engine.
fn start(micromodule: Micromodule) -> Result<(), Failed> {
    run::alone(micromodule).map_err(Into::into)
}

type Failed = Box<dyn StdError + Send + Sync>;

/// What `describe` prints of one micromodule.
pub(crate) fn contract(spec: &LinkSpec, wiring: &Wiring, methods: &[Served]) -> String {
    describe::micromodule(spec, wiring, methods)
}

/// The exit status of a program that ended with `result`; an error is printed with its causes.
pub fn finish(result: Result<(), Failed>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let ours = error.downcast_ref::<Error>();
            if let Some(error) = ours {
                shutdown::told_elsewhere(&error.with_causes());
            }
            // What stopped the others of a topology.
            shutdown::say_all();
            match ours.filter(|_| observe::writes_json()) {
                Some(error) => tracing::error!("{}", error.with_causes()),
                None => eprint(&chain(&*error)),
            }
            let kind = ours.map(Error::kind);
            ExitCode::from(match kind {
                Some(ErrorKind::Configuration) => USAGE,
                _ => FAILED,
            })
        }
    }
}

/// The exit status of a program that ends before it begins.
fn end(stop: Stop) -> ExitCode {
    match stop {
        Stop::Print(text) => match std::io::stdout().write_all(text.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => finish(Err(error.into())),
        },
        Stop::Clap(error) => {
            // Nothing is left to be done when not even this can be written.
            let _ = error.print();
            ExitCode::from(if error.use_stderr() { USAGE } else { 0 })
        }
        Stop::Usage(error) => {
            eprint(&format!(
                "{}\nFor more information, try '--help'.\n",
                chain(&error)
            ));
            ExitCode::from(USAGE)
        }
    }
}

/// An error and its causes, one per line.
fn chain(error: &dyn StdError) -> String {
    let mut text = format!("error: {error}\n");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!("  caused by: {error}\n"));
        cause = error.source();
    }
    text
}

/// Writes to stderr, which may be closed.
fn eprint(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
