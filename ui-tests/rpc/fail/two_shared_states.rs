//! Two shared states.

struct Words;

#[derive(Default)]
struct Counts;

#[catenae::rpc]
fn count(_counts: &Counts, _context: &catenae::Context, _words: &Words) -> u64 {
    0
}

fn main() {}
