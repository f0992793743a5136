//! The probes: links, and programs around links, that the behavior tests run as processes. One file each, and one
//! binary of all of them, since to link a binary with the Kafka client takes long.
//!
//! The name that it is called by says which it is: `probe-worker`. `cargo run --bin probes -- worker …` calls it
//! by that name.

use std::env;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode, Termination as _};

/// The `main` that a link's attribute wrote, for the one of this binary.
macro_rules! program {
    () => {
        pub fn program() -> std::process::ExitCode {
            main()
        }
    };
}

mod asker;
mod broker;
mod caller;
mod chain;
mod clerk;
mod desk;
mod ends;
mod flaky;
mod holder;
mod inlets;
mod keeper;
mod lanes;
mod leaf;
mod numbers;
mod odd;
mod orders;
mod pair;
mod plain;
mod poller;
mod router;
mod runs;
mod sender;
mod shapes;
mod spread;
mod sums;
mod tasks;
mod ticker;
mod tombs;
mod tuner;
mod watched;
mod worker;

fn main() -> ExitCode {
    let mut arguments = env::args_os();
    let called = arguments.next().unwrap_or_default();
    let called = Path::new(&called)
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    match called.strip_prefix("probe-") {
        Some("asker") => asker::program().report(),
        Some("broker") => broker::program().report(),
        Some("caller") => caller::program().report(),
        Some("chain") => chain::program().report(),
        Some("clerk") => clerk::program().report(),
        Some("desk") => desk::program().report(),
        Some("ends") => ends::program().report(),
        Some("flaky") => flaky::program().report(),
        Some("holder") => holder::program().report(),
        Some("inlets") => inlets::program().report(),
        Some("keeper") => keeper::program().report(),
        Some("lanes") => lanes::program().report(),
        Some("leaf") => leaf::program().report(),
        Some("numbers") => numbers::program().report(),
        Some("odd") => odd::program().report(),
        Some("pair") => pair::program().report(),
        Some("plain") => plain::program().report(),
        Some("poller") => poller::program().report(),
        Some("router") => router::program().report(),
        Some("runs") => runs::program().report(),
        Some("sender") => sender::program().report(),
        Some("shapes") => shapes::program().report(),
        Some("spread") => spread::program().report(),
        Some("sums") => sums::program().report(),
        Some("tasks") => tasks::program().report(),
        Some("ticker") => ticker::program().report(),
        Some("tombs") => tombs::program().report(),
        Some("tuner") => tuner::program().report(),
        Some("watched") => watched::program().report(),
        Some("worker") => worker::program().report(),
        Some(other) => {
            eprintln!("there is no probe `{other}`");
            ExitCode::FAILURE
        }
        None => again(arguments),
    }
}

/// Calls this program by the name of the probe that comes first among its arguments.
fn again(mut arguments: env::ArgsOs) -> ExitCode {
    let Some(probe) = arguments.next() else {
        eprintln!("write which probe, for example `worker`");
        return ExitCode::FAILURE;
    };
    let program = env::current_exe().unwrap_or_default();
    let mut command = Command::new(program);
    let name = format!("probe-{}", probe.display());
    let error = command.arg0(name).args(arguments).exec();
    eprintln!("{error}");
    ExitCode::FAILURE
}
