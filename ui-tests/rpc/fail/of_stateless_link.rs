//! A method that takes a state, of a link that has none.

#[derive(Default)]
struct Counts;

#[catenae::rpc]
fn count(_counts: &Counts) -> u64 {
    0
}

#[catenae::link(rpc = [count], main = false)]
fn counter() {}

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = count;
    let _ = count::any::<counter>().call(context, ());
}

fn main() {}
