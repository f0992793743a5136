//! Decimal fractions, which other encoders write behind a tag, as the text that serde's decimals read.

use serde::de::Visitor;

use super::{CborError, CborReader, Head, Result, tags};
use crate::codec::cbor::{self, major};

/// How many zeros a power of ten is written out with; beyond them stands an exponent.
const ZEROS: i64 = 64;
const LEAST: i64 = -ZEROS;

/// The tag of a decimal fraction, as it is written.
const HEAD: u8 = major::TAG | cbor::DECIMAL as u8;

impl<'de> CborReader<'de> {
    /// Gives the next item, which should be a text, to the visitor; a decimal fraction as one.
    pub(super) fn textual<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        const MARKED: [u8; 4] = [cbor::TAG[0], cbor::TAG[1], cbor::TAG[2], HEAD];
        let start = self.at;
        let head = match &self.payload[start..] {
            [HEAD, ..] => 1,
            rest if rest.starts_with(&MARKED) => MARKED.len(),
            _ => return self.typed(visitor),
        };
        self.at += head;
        visitor.visit_string(decimal(self, start)?)
    }
}

/// The number behind the tag of a decimal fraction, which was read at `start`.
pub(super) fn decimal<'de>(reader: &mut CborReader<'de>, start: usize) -> Result<String> {
    let no_decimal = || {
        let message = "the value behind tag 4 is not a decimal fraction, that is, a list of an \
            exponent and an integer";
        CborError::new(start, message)
    };
    let Head::Array(Some(2)) = reader.head()? else {
        return Err(no_decimal());
    };
    let (minus, magnitude) = integer(reader)?.ok_or_else(no_decimal)?;
    let exponent = i64::try_from(magnitude).map_err(|_| no_decimal())?;
    let exponent = if minus { -exponent } else { exponent };
    let (minus, magnitude) = integer(reader)?.ok_or_else(no_decimal)?;
    Ok(text(minus, magnitude, exponent))
}

/// The sign and the magnitude of the integer that is next.
fn integer<'de>(reader: &mut CborReader<'de>) -> Result<Option<(bool, u128)>> {
    Ok(match reader.head()? {
        Head::Positive(number) => Some((false, number.into())),
        Head::Negative(inverse) => Some((true, u128::from(inverse) + 1)),
        Head::Tag(tag @ (cbor::BIG_POSITIVE | cbor::BIG_NEGATIVE)) if reader.is_big()? => {
            let inverse = tags::big_magnitude(reader)?;
            match tag {
                cbor::BIG_POSITIVE => Some((false, inverse)),
                _ => inverse.checked_add(1).map(|magnitude| (true, magnitude)),
            }
        }
        _ => None,
    })
}

fn text(minus: bool, magnitude: u128, exponent: i64) -> String {
    let sign = if minus { "-" } else { "" };
    let digits = magnitude.to_string();
    match exponent {
        0 => format!("{sign}{digits}"),
        1..=ZEROS if magnitude != 0 => {
            format!("{sign}{digits}{:0<1$}", "", exponent as usize)
        }
        LEAST..0 => {
            let places = exponent.unsigned_abs() as usize;
            let digits = format!("{digits:0>0$}", places + 1);
            let (whole, fraction) = digits.split_at(digits.len() - places);
            format!("{sign}{whole}.{fraction}")
        }
        _ => format!("{sign}{digits}e{exponent}"),
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn the_digits_stay() {
        for (minus, magnitude, exponent, expected) in [
            (false, 15, -1, "1.5"),
            (true, 15, -1, "-1.5"),
            (false, 1250, -2, "12.50"),
            (false, 7, -3, "0.007"),
            (false, 7, 0, "7"),
            (true, 7, 2, "-700"),
            (false, 0, -2, "0.00"),
            (false, 0, 2, "0e2"),
            (false, 7, 65, "7e65"),
            (false, 7, -65, "7e-65"),
            (
                false,
                u128::MAX,
                -10,
                "34028236692093846346337460743.1768211455",
            ),
        ] {
            assert_eq!(text(minus, magnitude, exponent), expected);
        }
    }
}
