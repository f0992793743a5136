//! What single values may be: the name of a stream, a period, a number, a setting.

use std::ops::RangeInclusive;

use syn::{LitInt, LitStr};

/// What Kafka would say of such a name.
pub fn name_fault(name: &str) -> Option<String> {
    let rule = "a name has 1 to 249 letters, digits, `.`, `_` or `-`";
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() {
        return Some(format!("the name of a stream is empty: {rule}"));
    }
    if name == "." || name == ".." {
        return Some(format!(
            "`{name}` is not the name of a stream: Kafka reserves it"
        ));
    }
    if let Some(wrong) = name.chars().find(|c| !allowed(*c)) {
        return Some(format!(
            "a stream cannot be named `{name}`, because of `{wrong}`: {rule}"
        ));
    }
    (name.len() > 249).then(|| format!("this name has {} characters: {rule}", name.len()))
}

/// The milliseconds of a day.
pub const DAY: u64 = 24 * 3_600_000;

/// A period in milliseconds.
pub fn millis(written: &LitStr) -> syn::Result<u64> {
    let text = written.value();
    period(&text).map_err(|fault| {
        let message = format!(
            "`{text}` {fault}: write a whole number and a unit, `ms`, `s`, `m` or `h`, such as \
             `\"500ms\"`"
        );
        syn::Error::new(written.span(), message)
    })
}

fn period(text: &str) -> Result<u64, &'static str> {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = match unit.trim_start() {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "" => return Err("has no unit"),
        _ => return Err("is not a period"),
    };
    let number: u64 = number.parse().map_err(|_| "is not a period")?;
    match number.checked_mul(unit) {
        None => Err("is too long"),
        Some(0) => Err("is zero"),
        Some(millis) => Ok(millis),
    }
}

/// The first and the longest of several pauses, in milliseconds; one period is both.
pub fn backoff(written: &LitStr) -> syn::Result<(u64, u64)> {
    let text = written.value();
    let refuse = |fault: &str| {
        let message = format!(
            "`{text}` {fault}: write the first pause and the longest, such as \
             `\"100ms..10s\"`, or one that is always the same, `\"1s\"`"
        );
        syn::Error::new(written.span(), message)
    };
    let (first, longest) = text.split_once("..").unwrap_or((&text, &text));
    let (first, longest) = match (period(first.trim()), period(longest.trim())) {
        (Ok(first), Ok(longest)) => (first, longest),
        (Err(fault), _) | (_, Err(fault)) => return Err(refuse(fault)),
    };
    if first > longest {
        return Err(refuse("begins with its longest pause"));
    }
    if longest > DAY {
        return Err(refuse("is longer than a day"));
    }
    Ok((first, longest))
}

/// A number that must lie in a range; `what` names it.
pub fn ranged(written: &LitInt, range: RangeInclusive<u32>, what: &str) -> syn::Result<u32> {
    let number = written.base10_parse().ok();
    number
        .filter(|number| range.contains(number))
        .ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            let message = format!("{what} is at least {least} and at most {most}");
            syn::Error::new(written.span(), message)
        })
}

/// The name in a setting `name=value`; the value may be a password and is never repeated.
pub fn setting_name(written: &LitStr) -> syn::Result<String> {
    let text = written.value();
    match text.split_once('=') {
        Some((name, _)) if !name.trim().is_empty() => Ok(name.trim().to_owned()),
        _ => {
            let message = "a setting has a name and a value: write `\"name=value\"`, such as \
                           `\"linger.ms=50\"`";
            Err(syn::Error::new(written.span(), message))
        }
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;
    use syn::LitStr;

    #[test]
    fn periods() {
        let check = |text: &str, expected: Option<u64>| {
            let written = LitStr::new(text, Span::call_site());
            assert_eq!(super::millis(&written).ok(), expected, "{text}");
        };
        check("500ms", Some(500));
        check("2s", Some(2_000));
        check("2 s", Some(2_000));
        check("5m", Some(300_000));
        check("1h", Some(3_600_000));
        for wrong in [
            "",
            "2",
            "s",
            "0s",
            "-1s",
            "1.5s",
            "2d",
            "2s2",
            "99999999999999999999s",
        ] {
            check(wrong, None);
        }
        check(&format!("{}h", u64::MAX), None);
    }

    #[test]
    fn backoffs() {
        let check = |text: &str, expected: Option<(u64, u64)>| {
            let written = LitStr::new(text, Span::call_site());
            assert_eq!(super::backoff(&written).ok(), expected, "{text}");
        };
        check("100ms..10s", Some((100, 10_000)));
        check("1s .. 24h", Some((1_000, 86_400_000)));
        check("2s", Some((2_000, 2_000)));
        for wrong in [
            "",
            "..",
            "1s..",
            "..1s",
            "2s..1s",
            "25h",
            "0s..1s",
            "1s..2s..3s",
        ] {
            check(wrong, None);
        }
    }

    #[test]
    fn settings() {
        let check = |text: &str, expected: Option<&str>| {
            let written = LitStr::new(text, Span::call_site());
            let found = super::setting_name(&written).ok();
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check("linger.ms=50", Some("linger.ms"));
        check(" a = b=c ", Some("a"));
        check("a=", Some("a"));
        for wrong in ["", "a", "=b", " =b"] {
            check(wrong, None);
        }
    }

    #[test]
    fn names() {
        let check = |name: &str, fine: bool| {
            assert_eq!(super::name_fault(name).is_none(), fine, "{name}");
        };
        for fine in ["a", "word_count.lines-2", "_", &"x".repeat(249)] {
            check(fine, true);
        }
        for wrong in ["", ".", "..", "my lines", "naïve", "a/b", &"x".repeat(250)] {
            check(wrong, false);
        }
    }
}
