//! The command of the proof: one run, or every mutant. Called by another name it is a link under torture.

mod links;

use std::env;
use std::path::Path;
use std::process::ExitCode;

use catenae::prelude::clap::Parser as _;
use catenae_torture::options::{Cli, Order};
use catenae_torture::{LINK, mutants, run};

fn main() -> ExitCode {
    let called = env::args_os().next().unwrap_or_default();
    let called = Path::new(&called).file_name().unwrap_or_default();
    if let Some(link) = called.to_string_lossy().strip_prefix(LINK) {
        return links::run(link);
    }
    let cli = Cli::parse();
    let passed = match cli.order {
        None => run::once(&cli.options),
        Some(Order::Mutants { names }) => mutants::all(&cli.options, &names),
    };
    match passed {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("torture: {error}");
            ExitCode::from(2)
        }
    }
}
