//! An argument that can be written and not read.

#[derive(serde::Serialize)]
struct Word;

#[catenae::rpc]
fn count(_word: Word, _from: u64) -> u64 {
    0
}

#[catenae::link(rpc = [count], main = false)]
fn counter() {}

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = count;
    let _ = count::any::<counter>().call(context, (Word, 1));
}

fn main() {}
