//! Two states, which only the compiler can tell.

struct Words;

#[derive(Default)]
struct Counts;

#[catenae::rpc]
fn count(_counts: &mut Counts, _words: &Words) -> u64 {
    0
}

fn main() {}
