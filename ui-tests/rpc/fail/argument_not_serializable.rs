//! An argument that cannot be written.

struct Word;

#[catenae::rpc]
fn count(_word: Word) -> u64 {
    0
}

#[catenae::link(rpc = [count], main = false)]
fn counter() {}

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = count;
    let _ = count::any::<counter>().call(context, Word);
}

fn main() {}
