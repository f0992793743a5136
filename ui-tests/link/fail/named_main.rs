//! A link named like what is generated.

#[catenae::link(every = "2s")]
fn main() {}
