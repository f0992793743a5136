//! What single values may be: the name of a stream, a period.

use syn::LitStr;

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

/// A period in milliseconds.
pub fn millis(written: &LitStr) -> syn::Result<u64> {
    let text = written.value();
    let refuse = |fault: &str| {
        let message = format!(
            "`{text}` {fault}: write a whole number and a unit, `ms`, `s`, `m` or `h`, such as \
             `\"500ms\"`"
        );
        syn::Error::new(written.span(), message)
    };
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = match unit.trim_start() {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "" => return Err(refuse("has no unit")),
        _ => return Err(refuse("is not a period")),
    };
    let number: u64 = number.parse().map_err(|_| refuse("is not a period"))?;
    match number.checked_mul(unit) {
        None => Err(refuse("is too long")),
        Some(0) => Err(refuse("is no time at all")),
        Some(millis) => Ok(millis),
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
