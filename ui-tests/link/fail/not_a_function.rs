//! The attribute on a struct.

#[catenae::link(input = "lines")]
struct Mapper;

fn main() {
    let _ = Mapper;
}
