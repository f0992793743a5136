//! Two counters and the one who asks them, in one process, on a broker of its own.

use std::process::ExitCode;

use catenae::Topology;

mod asker;
mod counter;

fn main() -> ExitCode {
    Topology::new("rpc")
        .about("Asks two counters.")
        .version(env!("CARGO_PKG_VERSION"))
        .instances::<counter::counter>(2)
        .link::<asker::asker>()
        .main()
}
