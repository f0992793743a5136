//! A call with one argument in place of two.

#[catenae::rpc]
fn count(_word: String, _from: u64) -> u64 {
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
