//! An argument that borrows bytes.

#[catenae::rpc]
fn count(_word: &[u8]) -> u64 {
    0
}

#[catenae::link(rpc = [count], main = false)]
fn counter() {}

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = count;
    let _ = count::any::<counter>().call(context, vec![1_u8]);
}

fn main() {}
