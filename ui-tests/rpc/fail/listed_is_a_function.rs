//! A list that names a function without the attribute.

fn other() {}

#[catenae::link(rpc = [other], main = false)]
fn counter() {}

#[expect(dead_code)]
fn used() {
    other();
}

fn main() {}
