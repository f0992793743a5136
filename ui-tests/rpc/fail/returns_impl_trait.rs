//! A result of no certain type.

#[catenae::rpc]
fn count() -> impl Iterator<Item = u64> {
    0..3
}

#[catenae::link(rpc = [count], main = false)]
fn counter() {}

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = count;
    let _ = count::any::<counter>().call(context, ());
}

fn main() {}
