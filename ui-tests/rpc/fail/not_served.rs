//! A class that does not serve the method.

#[catenae::rpc]
fn count() -> u64 {
    0
}

#[catenae::link(main = false)]
fn counter() {}

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = count;
    let _ = count::any::<counter>().call(context, ());
}

fn main() {}
