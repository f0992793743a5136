//! Prints one expansion for whoever wants to read it: `CATENAE_EXPAND=mapper cargo build`, whenever Cargo compiles
//! the file of `mapper`. It does not know that the variable matters, so a file that has not changed is to be touched.

use std::env;
use std::io::Write;
use std::process::{Command, Stdio};

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::{File, Item};

/// The variable that names the function.
const VARIABLE: &str = "CATENAE_EXPAND";

/// Prints the expansion to standard error when its function is the one that is asked for.
pub fn if_asked(expansion: &TokenStream) {
    let asked = env::var(VARIABLE).ok();
    if let Some(text) = asked.and_then(|asked| of(&asked, expansion)) {
        eprint!("{text}");
    }
}

/// The expansion as text, if it is that of the function `asked`.
fn of(asked: &str, expansion: &TokenStream) -> Option<String> {
    let File { items, .. } = syn::parse2(expansion.clone()).ok()?;
    let is_asked = |item: &Item| matches!(item, Item::Fn(one) if one.sig.ident.unraw() == asked);
    if !items.iter().any(is_asked) {
        return None;
    }
    let text = expansion.to_string();
    Some(formatted(&text).unwrap_or(text))
}

/// The text as rustfmt writes it; `None` without rustfmt.
fn formatted(text: &str) -> Option<String> {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    rustfmt.stdin.take()?.write_all(text.as_bytes()).ok()?;
    let output = rustfmt.wait_with_output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}

#[cfg(test)]
mod tests {
    use super::of;
    use crate::link::{Target, link};
    use crate::snapshot::tokens;

    #[test]
    fn the_one_that_is_asked_for() {
        let item = tokens("fn mapper(line: String) -> String { line }");
        let expansion = link(tokens(r#"input = "a", output = "b""#), item, Target::Other);
        let text = of("mapper", &expansion).expect("it is the one");
        assert!(text.contains("LinkSpec"), "{text}");
        assert_eq!(of("reducer", &expansion), None);
    }
}
