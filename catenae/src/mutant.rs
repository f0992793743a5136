//! Mistakes on purpose, which the proof must catch; a normal build has none of this.
//!
//! With `--cfg catenae_mutant` the variable `CATENAE_MUTANT` names one. `tests/torture/mutants.sh`
//! runs them all; design/proof.md says what each gets wrong.

/// Whether the engine shall make the mistake of that name.
#[cfg(catenae_mutant)]
pub(crate) fn is(name: &str) -> bool {
    static CHOSEN: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    let chosen = CHOSEN.get_or_init(|| std::env::var("CATENAE_MUTANT").ok());
    chosen.as_deref() == Some(name)
}

/// Never: the compiler removes what would follow.
#[cfg(not(catenae_mutant))]
pub(crate) const fn is(_name: &str) -> bool {
    false
}
