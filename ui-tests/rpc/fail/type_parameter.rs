//! A generic method.

#[catenae::rpc]
fn count<T>(_word: T) -> u64 {
    0
}

#[catenae::link(rpc = [count], main = false)]
fn counter() {}

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = count::any::<counter>().call(context, "word");
}

fn main() {}
