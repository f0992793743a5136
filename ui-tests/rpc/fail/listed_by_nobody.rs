//! A method that nobody lists or calls.
#![deny(dead_code)]

#[catenae::rpc]
fn count(_word: String) -> u64 {
    0
}

fn main() {}
