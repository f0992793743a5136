//! No lint of the expansion of a method reaches the user.
#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub)]
#![deny(unused_qualifications, rust_2018_idioms, single_use_lifetimes, elided_lifetimes_in_paths)]
#![deny(non_camel_case_types, private_bounds, private_interfaces, non_local_definitions)]

/// Methods that others call.
pub mod methods {
    use catenae::Context;
    use catenae::rpc::Caller;

    /// The state.
    #[derive(Debug, Default)]
    pub struct Counts(u64);

    /// How often a word came.
    #[catenae::rpc]
    pub fn count(counts: &Counts, _word: String, _caller: &Caller) -> u64 {
        counts.0
    }

    /// Forgets everything.
    #[catenae::rpc(idempotent)]
    pub async fn reset(counts: &mut Counts, _context: &Context) -> Result<(), String> {
        counts.0 = 0;
        Ok(())
    }

    /// Called only.
    #[catenae::rpc]
    pub(crate) fn called() {}

    #[catenae::rpc]
    fn private(_: &Context) {}

    /// Serves them.
    #[catenae::link(rpc = [count, reset, private], main = false)]
    pub fn counter(_counts: &Counts) {}
}

fn main() {
    let _ = methods::called::broadcast();
}
