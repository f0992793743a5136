//! An argument with a lifetime.

use std::borrow::Cow;

#[catenae::rpc]
fn count(_word: Cow<'_, str>) -> u64 {
    0
}

#[catenae::link(rpc = [count], main = false)]
fn counter() {}

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = count;
    let _ = count::any::<counter>().call(context, "word");
}

fn main() {}
