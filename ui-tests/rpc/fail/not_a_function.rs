//! Something that is no function.

#[catenae::rpc]
#[expect(dead_code)]
struct Count;

fn main() {}
