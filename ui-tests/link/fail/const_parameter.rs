//! A link generic over a number.

#[catenae::link(input = "lines")]
fn mapper<const SIZE: usize>(_line: [u8; SIZE]) {}
