//! The middle of the space station: makes way and speed of positions.

use catenae::prelude::*;
use iss_streams::{MOTIONS, Motion, POSITIONS, Position};

/// The mean radius of the Earth, in kilometers.
const EARTH_KM: f64 = 6371.0;

/// Where the station was last, and how far it came since the first position.
#[derive(Default)]
pub struct Track {
    last: Option<Position>,
    traveled_km: f64,
}

/// Compares each position with the one before; the first has none, and one that is not later than
/// the last says nothing new.
///
/// The electron is passed on with another value, so the motions keep the key of the positions.
#[catenae::link(input = POSITIONS, output = MOTIONS)]
pub fn iss_motion(track: &mut Track, electron: Electron<Position>) -> Option<Electron<Motion>> {
    let position = electron.value;
    let last = *track.last.get_or_insert(position);
    let hours = (position.seconds - last.seconds) as f64 / 3600.0;
    if hours <= 0.0 {
        return None;
    }
    let way = ground_km(last, position);
    track.last = Some(position);
    track.traveled_km += way;
    let traveled_km = track.traveled_km;
    Some(electron.map(|position| Motion {
        position,
        traveled_km,
        speed_km_h: way / hours,
    }))
}

/// The way over the ground between two positions: the haversine formula.
fn ground_km(from: Position, to: Position) -> f64 {
    let [from_lat, to_lat] = [from.latitude, to.latitude].map(f64::to_radians);
    let half_lat = (to_lat - from_lat) / 2.0;
    let half_lon = (to.longitude - from.longitude).to_radians() / 2.0;
    let a = half_lat.sin().powi(2) + from_lat.cos() * to_lat.cos() * half_lon.sin().powi(2);
    2.0 * EARTH_KM * a.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::{Electron, Position, Track, ground_km, iss_motion};

    fn at(seconds: i64, latitude: f64, longitude: f64) -> Position {
        Position {
            seconds,
            latitude,
            longitude,
        }
    }

    #[test]
    fn the_way_over_the_ground() {
        // A degree of a great circle is 2 π 6371 / 360 km long.
        for (from, to, km) in [
            (at(0, 0.0, 0.0), at(1, 0.0, 1.0), 111.195),
            (at(0, 89.5, 10.0), at(1, 89.5, -170.0), 111.195),
            (at(0, 0.0, 179.5), at(1, 0.0, -179.5), 111.195),
            (at(0, 12.0, 34.0), at(1, 12.0, 34.0), 0.0),
        ] {
            assert!((ground_km(from, to) - km).abs() < 0.001, "{from:?} {to:?}");
        }
    }

    #[test]
    fn the_state_is_the_last_position() {
        let mut track = Track::default();
        let mut next = |position| iss_motion(&mut track, Electron::new(position));
        assert_eq!(next(at(0, 0.0, 0.0)), None);
        assert_eq!(next(at(0, 0.0, 1.0)), None, "no time has passed");
        let motion = next(at(36, 0.0, 1.0)).unwrap().value;
        assert!((motion.traveled_km - 111.195).abs() < 0.001);
        assert!((motion.speed_km_h - 11119.5).abs() < 0.1);
        assert_eq!(next(at(35, 0.0, 2.0)), None, "an old position");
        assert!((next(at(72, 0.0, 2.0)).unwrap().value.traveled_km - 222.390).abs() < 0.001);
    }
}
