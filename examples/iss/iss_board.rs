//! The end of the space station: prints how it moves.

use iss_streams::{MOTIONS, Motion};

/// Prints a line per motion.
#[catenae::link(input = MOTIONS)]
pub fn iss_board(motion: Motion) {
    println!("{}", line(&motion));
}

/// The line of a motion.
fn line(motion: &Motion) -> String {
    let position = motion.position;
    let side = |degrees: f64, sides: [char; 2]| sides[usize::from(degrees < 0.0)];
    format!(
        "over {:.2} {}, {:.2} {}: {:.0} km/h, {:.0} km since the start",
        position.latitude.abs(),
        side(position.latitude, ['N', 'S']),
        position.longitude.abs(),
        side(position.longitude, ['E', 'W']),
        motion.speed_km_h,
        motion.traveled_km
    )
}

#[cfg(test)]
mod tests {
    use iss_streams::Position;

    use super::{Motion, line};

    #[test]
    fn degrees_have_a_side() {
        let motion = Motion {
            position: Position {
                seconds: 0,
                latitude: -51.5,
                longitude: 12.345,
            },
            traveled_km: 99.6,
            speed_km_h: 27_600.4,
        };
        let expected = "over 51.50 S, 12.35 E: 27600 km/h, 100 km since the start";
        assert_eq!(line(&motion), expected);
    }
}
