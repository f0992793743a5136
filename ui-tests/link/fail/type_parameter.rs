//! A generic link.

#[catenae::link(input = "lines")]
fn mapper<T: std::fmt::Display>(_line: T) {}
