//! An argument that borrows inside.

#[catenae::rpc]
fn count(_word: Option<&str>, _from: u64) -> u64 {
    0
}

#[catenae::link(rpc = [count], main = false)]
fn counter() {}

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = count;
    let _ = count::any::<counter>().call(context, (Some("word"), 1));
}

fn main() {}
