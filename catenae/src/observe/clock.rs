//! Writes a point in time as RFC 3339 in UTC, to the millisecond.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// A point in time that displays as `2026-11-22T20:48:01.123Z`.
#[derive(Clone, Copy)]
pub(super) struct Utc(pub(super) SystemTime);

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A clock before 1970 is set wrong; the line is worth more than its time.
        let since = self.0.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
        let (year, month, day) = date(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let millis = since.subsec_millis();
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"
        )
    }
}

/// The Gregorian date of a number of days after 1970-01-01.
fn date(days: u64) -> (u64, u64, u64) {
    let (mut year, mut left) = (1970, days);
    // 400 years are 146097 days whichever they are; the loop below then runs 400 times at most.
    year += left / 146_097 * 400;
    left %= 146_097;
    while left >= days_of(year) {
        left -= days_of(year);
        year += 1;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    (year, month, left + 1)
}

fn days_of(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn dates_are_those_of_date_u() {
        // Expected values from `date -u -d @<seconds> +%FT%T`.
        let check = |millis: u64, expected: &str| {
            assert_eq!(
                Utc(UNIX_EPOCH + Duration::from_millis(millis)).to_string(),
                expected
            );
        };
        check(0, "1970-01-01T00:00:00.000Z");
        check(86_399_999, "1970-01-01T23:59:59.999Z");
        check(951_782_400_000, "2000-02-29T00:00:00.000Z");
        check(951_868_799_000, "2000-02-29T23:59:59.000Z");
        check(951_868_800_000, "2000-03-01T00:00:00.000Z");
        check(1_735_689_599_000, "2024-12-31T23:59:59.000Z");
        check(1_795_380_481_123, "2026-11-22T20:48:01.123Z");
        check(4_107_542_400_000, "2100-03-01T00:00:00.000Z");
        check(253_402_300_799_000, "9999-12-31T23:59:59.000Z");
    }
}
