//! What `--help` shows as a default is what holds where the flag is not given.

use super::*;
use crate::cli::flags::{FLAGS, FlagScope};

#[test]
fn the_defaults_that_are_shown_are_those_that_hold() {
    let parsed = |line: &str| match mapper(&format!("--uid it {line}"), &[]) {
        Ok(parsed) => parsed,
        Err(stop) => panic!("{line}: {}", printed(&stop).0),
    };
    let mut compared = 0;
    for flag in FLAGS {
        let Some(default) = flag.default.filter(|_| flag.scope != FlagScope::Topology) else {
            continue;
        };
        // Nothing is capped where nothing is given up.
        let beside = match flag.long {
            "give-up-cap" => "--on-error=skip",
            _ => "",
        };
        let line = format!("{beside} --{}={default}", flag.long);
        assert_eq!(parsed(&line), parsed(beside), "{line}");
        compared += 1;
    }
    assert!(compared > 10, "only {compared}");
}
