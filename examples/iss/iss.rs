//! The space station in one process, on a broker of its own: position, motion, board.

use std::process::ExitCode;

use catenae::Topology;

mod iss_board;
mod iss_motion;
mod iss_position;

fn main() -> ExitCode {
    Topology::new("iss")
        .about("Follows the International Space Station.")
        .version(env!("CARGO_PKG_VERSION"))
        .link::<iss_position::iss_position>()
        .link::<iss_motion::iss_motion>()
        .link::<iss_board::iss_board>()
        .main()
}
