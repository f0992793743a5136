//! The logs in one process, on a broker of its own: a reader and three printers.

use std::process::ExitCode;

use catenae::Topology;

mod logs_printer;
mod logs_reader;

fn main() -> ExitCode {
    Topology::new("logs")
        .about("Splits a log by host among three instances.")
        .version(env!("CARGO_PKG_VERSION"))
        .link::<logs_reader::logs_reader>()
        .instances::<logs_printer::logs_printer>(3)
        .main()
}
