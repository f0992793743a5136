//! Reads a struct and prints it; writes it as JSON for foreign readers.

use std::collections::BTreeMap;

use catenae::Value;
use catenae::prelude::*;

const OUT: Stream<BTreeMap<String, Value>> = Stream::new("out").codec(Codec::Json);

/// Writes a map as JSON.
#[catenae::link(input = "in", output = OUT)]
fn plain(map: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    map
}

program!();
