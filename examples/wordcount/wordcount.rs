//! The whole word count in one process, on a broker of its own: streamer, four mappers, reducer.

use std::process::ExitCode;

use catenae::Topology;

mod mapper;
mod reducer;
mod streamer;

fn main() -> ExitCode {
    Topology::new("wordcount")
        .about("Counts the words of a text.")
        .version(env!("CARGO_PKG_VERSION"))
        .link::<streamer::streamer>()
        .instances::<mapper::mapper>(4)
        .link::<reducer::reducer>()
        .main()
}
