//! The links under torture, one file each. They are this program, called by another name: `torture-relay`.

use std::process::ExitCode;

/// The `main` that a link's attribute wrote, for the one of this binary.
macro_rules! program {
    () => {
        pub fn program() -> std::process::ExitCode {
            main()
        }
    };
}

mod again;
mod callee;
mod caller;
mod fan;
mod flaky;
mod keyed;
mod lanes;
mod later;
mod merge;
mod refused;
mod relay;

/// Runs the link of this name.
pub fn run(name: &str) -> ExitCode {
    match name {
        "again" => again::program(),
        "callee" => callee::program(),
        "caller" => caller::program(),
        "fan" => fan::program(),
        "flaky" => flaky::program(),
        "keyed" => keyed::program(),
        "lanes" => lanes::program(),
        "later" => later::program(),
        "merge" => merge::program(),
        "refused" => refused::program(),
        "relay" => relay::program(),
        other => {
            eprintln!("there is no link `{other}` under torture");
            ExitCode::from(2)
        }
    }
}
