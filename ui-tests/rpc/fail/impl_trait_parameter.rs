//! An argument of no certain type.

#[catenae::rpc]
fn count(_word: impl Into<String>) -> u64 {
    0
}

#[catenae::link(rpc = [count], main = false)]
fn counter() {}

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = count::any::<counter>().call(context, "word");
}

fn main() {}
