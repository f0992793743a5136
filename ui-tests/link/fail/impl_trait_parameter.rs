//! A parameter whose type has no name.

#[catenae::link(input = "lines")]
fn mapper(_line: impl std::fmt::Display) {}
