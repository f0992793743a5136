//! What the micromodules of the space station share: the streams and their types.

use catenae::Stream;
use serde::{Deserialize, Serialize};

/// Where the station was. A link that reads or writes another type here does not compile.
pub const POSITIONS: Stream<Position> = Stream::new("iss_positions");

/// How it moved from one position to the next.
pub const MOTIONS: Stream<Motion> = Stream::new("iss_motions");

/// Where the station was, and when.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Seconds since the Unix epoch.
    pub seconds: i64,
    /// Degrees north of the equator.
    pub latitude: f64,
    /// Degrees east of Greenwich.
    pub longitude: f64,
}

/// How the station moved over the ground since the position before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Motion {
    /// Where it is now.
    pub position: Position,
    /// The way since the first position, in kilometers.
    pub traveled_km: f64,
    /// The speed since the last position, in kilometers per hour.
    pub speed_km_h: f64,
}
