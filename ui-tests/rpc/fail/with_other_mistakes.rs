//! Several mistakes, each said once.

#[catenae::rpc(idempotant)]
fn count<T>(_word: &str, _other: T) -> impl Iterator<Item = u64> {
    0..3
}

#[catenae::link(rpc = [count], main = false)]
fn counter() {}

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = count::any::<counter>().call(context, "word");
}

fn main() {}
