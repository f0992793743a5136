//! Refusals: what is wrong with the user's tokens, all of it at once.

use proc_macro2::{Span, TokenStream};

/// The mistakes found so far.
#[derive(Default)]
pub struct Refusals(Option<syn::Error>);

impl Refusals {
    /// Refuses what stands at `span`.
    pub fn at(&mut self, span: Span, message: impl std::fmt::Display) {
        self.add(syn::Error::new(span, message));
    }

    /// Adds an error.
    pub fn add(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            none => *none = Some(error),
        }
    }

    /// The value, or `None` and the error kept.
    pub fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The errors as tokens that the compiler reports.
    pub fn into_tokens(self) -> TokenStream {
        self.0
            .map(|error| error.to_compile_error())
            .unwrap_or_default()
    }
}

/// The one of `known` that `written` was probably meant to be.
pub fn nearest<'k>(written: &str, known: &[&'k str]) -> Option<&'k str> {
    known
        .iter()
        .map(|name| (strsim::osa_distance(written, name), *name))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_is_found_and_a_far_one_is_not() {
        let known = ["input", "output", "every", "setup", "lanes"];
        let check = |written, expected| assert_eq!(nearest(written, &known), expected, "{written}");
        check("inputs", Some("input"));
        check("ouptut", Some("output"));
        check("evry", Some("every"));
        check("lane", Some("lanes"));
        check("colour", None);
        check("", None);
    }
}
