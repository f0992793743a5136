//! The command of the proof: one run, or every mutant.

use std::process::ExitCode;

use catenae::prelude::clap::Parser as _;
use catenae_torture::options::{Cli, Order};
use catenae_torture::{mutants, run};

fn main() -> ExitCode {
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
