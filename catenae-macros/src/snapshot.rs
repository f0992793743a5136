//! Whole expansions as readable code, compared with the reviewed file.

use expect_test::ExpectFile;
use proc_macro2::{TokenStream, TokenTree};

/// The tokens of a test.
pub fn tokens(text: &str) -> TokenStream {
    text.parse().expect("the test's tokens")
}

/// Each option stands in the attribute of some snapshot.
pub fn all_shown(options: &[&str], attributes: &[&str]) {
    let is_named = |option: &str, attribute: &str| {
        let mut tokens = tokens(attribute).into_iter();
        tokens.any(|token| matches!(token, TokenTree::Ident(name) if name == option))
    };
    for option in options {
        let mut attributes = attributes.iter();
        assert!(
            attributes.any(|attribute| is_named(option, attribute)),
            "no snapshot shows what `{option}` writes"
        );
    }
}

/// What a reader takes in at a glance: an expansion has at most so many lines, the user's function included.
const LINES: usize = 40;

/// Compares an expansion with the reviewed file.
pub fn check(expansion: TokenStream, expected: ExpectFile) {
    let file = syn::parse2(expansion).expect("an expansion is a list of items");
    let text = prettyplease::unparse(&file);
    expected.assert_eq(&text);
    let lines = text.lines().count();
    assert!(lines <= LINES, "{lines} lines, more than {LINES}:\n{text}");
}
