//! Methods with nothing but absolute paths.
#![no_implicit_prelude]

struct Counts(u64);

impl ::core::default::Default for Counts {
    fn default() -> Self {
        Counts(0)
    }
}

#[::catenae::rpc]
async fn count(
    counts: &mut Counts,
    _word: ::std::string::String,
    _times: ::std::vec::Vec<u64>,
    _context: &::catenae::Context,
) -> ::core::result::Result<u64, ::std::string::String> {
    ::core::result::Result::Ok(counts.0)
}

#[::catenae::link(rpc = [count], main = false)]
fn counter(_counts: &Counts) {}

fn main() {
    let _ = count::all::<counter>();
}
