//! A name that is too long for a part of a stream's name.

#[catenae::link(input = "lines", main = false)]
fn mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_(_line: &str) {}

fn main() {
    let _ = mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_mapper_;
}
