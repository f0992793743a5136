//! A method.

struct Mapper;

impl Mapper {
    #[catenae::link(input = "lines")]
    fn mapper(&self, _line: &str) {}
}

fn main() {
    Mapper.mapper("a line");
}
