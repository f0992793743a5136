//! A method that changes another state than the link reads.

#[derive(Default)]
struct Counts;

#[derive(Default)]
struct Words;

#[catenae::rpc]
fn count(_words: &mut Words, _context: &catenae::Context) -> u64 {
    0
}

#[catenae::link(rpc = [count], main = false)]
fn counter(_counts: &Counts) {}

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = count;
    let _ = count::any::<counter>().call(context, ());
}

fn main() {}
