//! Sixteen-bit floats, the shortest form of CBOR's preferred serialization.

/// The sixteen-bit float with exactly the value of `value`, if there is one.
pub(super) fn to_half(value: f64) -> Option<u16> {
    let bits = value.to_bits();
    let sign = ((bits >> 48) & 0x8000) as u16;
    let exponent = ((bits >> 52) & 0x7ff) as i32 - 1023;
    let fraction = bits & ((1 << 52) - 1);
    let exact = |dropped: i32| fraction & ((1u64 << dropped) - 1) == 0;
    match exponent {
        // Infinite, or not a number; a signaling one keeps its full width.
        1024 if exact(42) && (fraction == 0 || fraction >> 51 == 1) => {
            Some(sign | 0x7c00 | (fraction >> 42) as u16)
        }
        -14..=15 if exact(42) => {
            Some(sign | (((exponent + 15) as u16) << 10) | (fraction >> 42) as u16)
        }
        // Subnormal halves count in units of 2^-24.
        -24..=-15 => {
            let dropped = 28 - exponent;
            let units = (fraction | 1 << 52) >> dropped;
            exact(dropped).then_some(sign | units as u16)
        }
        -1023 if fraction == 0 => Some(sign),
        _ => None,
    }
}

/// The value of a sixteen-bit float.
pub(super) fn from_half(half: u16) -> f64 {
    let sign = u64::from(half & 0x8000) << 48;
    let exponent = u64::from(half >> 10) & 0x1f;
    let fraction = u64::from(half & 0x3ff);
    match exponent {
        0 => {
            let magnitude = fraction as f64 / f64::from(1u32 << 24);
            f64::from_bits(magnitude.to_bits() | sign)
        }
        31 => f64::from_bits(sign | 0x7ff << 52 | fraction << 42),
        _ => f64::from_bits(sign | (exponent + 1008) << 52 | fraction << 42),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_comes_back() {
        for half in 0..=u16::MAX {
            let value = from_half(half);
            let signaling = value.is_nan() && half & 0x200 == 0;
            let expected = (!signaling).then_some(half);
            assert_eq!(to_half(value), expected, "{half:#06x} is {value}");
        }
    }

    #[test]
    fn what_is_between_two_halves_has_none() {
        for value in [
            1.1,
            65_505.0,
            1e-8,
            5e-324,
            f64::MAX,
            5.960_464_477_539_063e-8 * 1.5,
        ] {
            assert_eq!(to_half(value), None, "{value}");
        }
    }
}
