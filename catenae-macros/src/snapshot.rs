//! Whole expansions as readable code, compared with the reviewed file.

use expect_test::ExpectFile;
use proc_macro2::TokenStream;

/// The tokens of a test.
pub fn tokens(text: &str) -> TokenStream {
    text.parse().expect("the test's tokens")
}

/// Compares an expansion with the reviewed file.
pub fn check(expansion: TokenStream, expected: ExpectFile) {
    let file = syn::parse2(expansion).expect("an expansion is a list of items");
    expected.assert_eq(&prettyplease::unparse(&file));
}
