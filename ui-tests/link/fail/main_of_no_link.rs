//! A program written by hand for a plain function's type.

struct Mapper;

catenae::main!(Mapper);
