//! Reads a struct, from CBOR or a foreign producer's JSON, and writes it as CBOR.

use serde::{Deserialize, Serialize};

/// What lies on the stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    name: String,
    corners: u32,
    holes: Option<Vec<f64>>,
}

/// Adds a corner.
#[catenae::link(input = "in", output = "out")]
fn shapes(shape: Shape) -> Shape {
    Shape {
        corners: shape.corners + 1,
        ..shape
    }
}

program!();
