//! Whether a whole payload is a number that a 64-bit float cannot tell from others.

/// Whether a type that takes anything gets the value of `json` to the digit, in case `json` is a
/// number alone: an integer of 64 bits, or what a float prints. Anything else is exact here, also
/// what is no JSON.
pub(in crate::codec) fn is_exact(json: &[u8]) -> bool {
    let number = json.trim_ascii();
    if !matches!(number, [b'-' | b'0'..=b'9', ..]) {
        return true;
    }
    let Ok(number) = std::str::from_utf8(number) else {
        return true;
    };
    if number.parse::<u64>().is_ok() || number.parse::<i64>().is_ok() {
        return true;
    }
    match (number.parse::<f64>(), decimal(number)) {
        (Ok(float), Some(given)) if float.is_finite() => {
            decimal(&format!("{float:e}")) == Some(given)
        }
        _ => true,
    }
}

/// The digits of a number without zeros around them, and the power of ten behind the last.
fn decimal(number: &str) -> Option<(String, i64)> {
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        // One that no integer holds is that of a number far too small, or of none.
        Some((mantissa, exponent)) => (mantissa, exponent.parse().unwrap_or(i64::MIN / 2)),
        None => (number, 0i64),
    };
    let mantissa = mantissa.trim_start_matches('-');
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let kept = digits.trim_end_matches('0');
    let zeros = digits.len() - kept.len();
    let kept = kept.trim_start_matches('0');
    if kept.is_empty() {
        return Some((String::new(), 0));
    }
    let shift = i64::try_from(zeros).ok()? - i64::try_from(fraction.len()).ok()?;
    Some((kept.to_owned(), exponent.checked_add(shift)?))
}

#[cfg(test)]
mod tests {
    use super::is_exact;

    #[test]
    fn only_what_a_float_loses_is_inexact() {
        for exact in [
            "0",
            "-0",
            "0.0",
            "0e5",
            " 12 ",
            "18446744073709551615",
            "-9223372036854775808",
            "12.50",
            "1e3",
            "1E+3",
            "100000000000000000000000",
            "123456789.12345679",
            "1.7976931348623157e308",
            "5e-324",
            "0.1",
            // Not numbers, or none that is read.
            "",
            "x",
            "-",
            "1e999",
            "1 2",
            "\"123456789.123456789\"",
            "[123456789.123456789]",
        ] {
            assert!(is_exact(exact.as_bytes()), "{exact}");
        }
        for inexact in [
            "123456789.123456789",
            "79228162514264337593543950335",
            "18446744073709551616.5",
            "-18446744073709551617",
            "0.1000000000000000000001",
            "1e-400",
            "1e-99999999999999999999",
            "9007199254740993.0",
        ] {
            assert!(!is_exact(inexact.as_bytes()), "{inexact}");
        }
    }
}
