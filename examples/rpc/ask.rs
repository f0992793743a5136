//! One who asks and one who calls back, in one process, on a broker of its own.

use std::process::ExitCode;

use catenae::Topology;

mod crawler;
mod profiles;

fn main() -> ExitCode {
    Topology::new("ask")
        .about("Asks for users, and is called back with each.")
        .version(env!("CARGO_PKG_VERSION"))
        .link::<profiles::profiles>()
        .link::<crawler::crawler>()
        .main()
}
