//! A method that takes another state than the link.

#[derive(Default)]
struct Counts;

#[derive(Default)]
struct Words;

#[catenae::rpc]
fn count(_words: &Words) -> u64 {
    0
}

#[catenae::link(rpc = [count], main = false)]
fn counter(_counts: &mut Counts) {}

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = count;
    let _ = count::any::<counter>().call(context, ());
}

fn main() {}
