//! The whole filter in one process, on a broker of its own: streamer and two filters.

use std::process::ExitCode;

use catenae::Topology;

mod filter;
mod filter_streamer;

fn main() -> ExitCode {
    Topology::new("filter_topology")
        .about("Prints the lines of a text that have a wanted word.")
        .version(env!("CARGO_PKG_VERSION"))
        .link::<filter_streamer::filter_streamer>()
        .instances::<filter::filter>(2)
        .main()
}
