//! Two states.

struct Words;

#[derive(Default)]
struct Counts;

#[catenae::rpc]
fn count(_counts: &mut Counts, _words: &mut Words) -> u64 {
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
