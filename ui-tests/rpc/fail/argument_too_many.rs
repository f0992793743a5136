//! A call with an argument that the function does not take.

#[catenae::rpc]
fn count() -> u64 {
    0
}

#[catenae::link(rpc = [count], main = false)]
fn counter() {}

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = count;
    let _ = count::any::<counter>().call(context, "a");
}

fn main() {}
