//! Blanks out comments and literals, so that rules see code only.

/// The text with the insides of comments and literals replaced by spaces; line breaks stay.
pub fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let hidden = hidden_length(rest, masked.chars().last());
        if hidden == 0 {
            masked.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
            masked.extend(rest[..hidden].chars().map(blank));
            rest = &rest[hidden..];
        }
    }
    masked
}

/// How many bytes at the start of `rest` are a comment or a literal.
fn hidden_length(rest: &str, before: Option<char>) -> usize {
    let to = |end: &str| rest.find(end).map_or(rest.len(), |at| at + end.len());
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return to("*/");
    }
    if rest.starts_with('"') {
        return quoted(rest, '"');
    }
    if rest.starts_with('r') && !in_word {
        let hashes = rest[1..].chars().take_while(|&c| c == '#').count();
        if rest[1 + hashes..].starts_with('"') {
            return to(&format!("\"{}", "#".repeat(hashes))).max(2 + hashes);
        }
    }
    // A quote is a character, unless it begins a lifetime.
    let mut characters = rest.chars().skip(1);
    match (rest.starts_with('\''), characters.next(), characters.next()) {
        (true, Some('\\'), _) | (true, Some(_), Some('\'')) => quoted(rest, '\''),
        _ => 0,
    }
}

/// The length of a literal that ends with `quote`, which is also its first character.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == quote {
            return at + quote.len_utf8();
        }
    }
    rest.len()
}

#[test]
fn only_code_is_left() {
    for (text, expected) in [
        ("a // b\nc", "a     \nc"),
        ("a /* b\n */ c", "a     \n    c"),
        (r#"f("b \" c", d)"#, "f(        , d)"),
        (r##"r#"b " c"# d"##, "           d"),
        ("for<'a> 'b' '\\'' c", "for<'a>          c"),
    ] {
        assert_eq!(mask(text), expected, "{text}");
    }
}
