//! A list that names another link.

#[catenae::link(main = false)]
fn other() {}

#[catenae::link(rpc = [other], main = false)]
fn counter() {}

fn main() {}
