//! A type as serde sees it, made by chance, and a value of it.

use std::rc::Rc;

use super::value::Value;

/// What a type is to serde.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Unit,
    UnitStruct,
    Bool,
    /// An integer of so many bits, signed or not.
    Integer(bool, u32),
    Single,
    Double,
    Char,
    Text,
    Bytes,
    /// Writes text, and takes anything.
    Digits,
    /// Writes anything, and takes it.
    Anything,
    Maybe(Rc<Shape>),
    Newtype(Rc<Shape>),
    List(Rc<Shape>),
    Tuple(Vec<Rc<Shape>>),
    Struct(Vec<Rc<Shape>>),
    Map(Rc<Shape>, Rc<Shape>),
    Enum(Vec<Variant>),
    /// In the field of an enum with `tag`, …
    Internally(Rc<Shape>),
    /// … with `tag` and `content`, …
    Adjacently(Rc<Shape>),
    /// … and `untagged`.
    Untagged(Rc<Shape>),
    /// In the rest of a struct, by names.
    Flat(Rc<Shape>),
}

#[derive(Clone, Debug)]
pub(super) enum Variant {
    Unit,
    Newtype(Rc<Shape>),
    Tuple(Vec<Rc<Shape>>),
    Struct(Vec<Rc<Shape>>),
}

/// Texts that look like something else.
const TEXTS: [&str; 16] = [
    "",
    " ",
    "12",
    "-1",
    "1.50",
    "1e5",
    "123456789.123456789",
    "true",
    "null",
    "NaN",
    "\"x\"",
    "{}",
    "[1",
    "x y",
    "\u{feff}1",
    "a\n\u{1f600}",
];

/// A generator of chance, from a seed.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Splitmix64, by Sebastiano Vigna.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub(super) fn shape(&mut self, depth: u32) -> Shape {
        if depth == 0 {
            return match self.below(12) {
                0 => Shape::Unit,
                1 => Shape::UnitStruct,
                2 => Shape::Bool,
                3 | 4 => Shape::Integer(self.below(2) == 0, 8 << self.below(5)),
                5 => Shape::Single,
                6 => Shape::Double,
                7 => Shape::Char,
                8 => Shape::Text,
                9 => Shape::Bytes,
                10 => Shape::Digits,
                _ => Shape::Anything,
            };
        }
        let depth = depth - 1;
        match self.below(14) {
            0 => self.shape(0),
            1 | 2 => Shape::Maybe(self.inner(depth)),
            3 => Shape::Newtype(self.inner(depth)),
            4 => Shape::List(self.inner(depth)),
            5 => Shape::Tuple(self.inners(depth)),
            6 => Shape::Struct(self.inners(depth)),
            7 => Shape::Map(self.inner(depth.min(1)), self.inner(depth)),
            8 => Shape::Map(Rc::new(Shape::Text), self.inner(depth)),
            9 => Shape::Enum((0..=self.below(3)).map(|_| self.variant(depth)).collect()),
            10 => Shape::Internally(self.inner(depth)),
            11 => Shape::Adjacently(self.inner(depth)),
            12 => Shape::Untagged(self.inner(depth)),
            _ => Shape::Flat(self.inner(depth)),
        }
    }

    fn inner(&mut self, depth: u32) -> Rc<Shape> {
        Rc::new(self.shape(depth))
    }

    fn inners(&mut self, depth: u32) -> Vec<Rc<Shape>> {
        (0..self.below(4)).map(|_| self.inner(depth)).collect()
    }

    fn variant(&mut self, depth: u32) -> Variant {
        match self.below(4) {
            0 => Variant::Unit,
            1 => Variant::Newtype(self.inner(depth)),
            2 => Variant::Tuple(self.inners(depth)),
            _ => Variant::Struct(self.inners(depth)),
        }
    }

    pub(super) fn value(&mut self, shape: &Shape) -> Value {
        match shape {
            Shape::Unit | Shape::UnitStruct => Value::Unit,
            Shape::Bool => Value::Bool(self.below(2) == 0),
            Shape::Integer(signed, bits) => self.integer(*signed, *bits),
            Shape::Single => Value::Single(self.double() as f32),
            Shape::Double => Value::Double(self.double()),
            Shape::Char => Value::Char(['1', 'x', '"', '\\', '\u{10ffff}'][self.below(5)]),
            Shape::Text | Shape::Digits => self.text(),
            Shape::Bytes => self.bytes(),
            Shape::Anything => self.anything(2),
            Shape::Maybe(inner) => match self.below(3) {
                0 => Value::None,
                _ => Value::Some(Box::new(self.value(inner))),
            },
            Shape::Newtype(inner)
            | Shape::Internally(inner)
            | Shape::Adjacently(inner)
            | Shape::Untagged(inner) => self.value(inner),
            Shape::List(inner) => {
                Value::List((0..self.below(4)).map(|_| self.value(inner)).collect())
            }
            Shape::Tuple(inners) | Shape::Struct(inners) => self.values(inners),
            Shape::Map(key, inner) => Value::Map(
                (0..self.below(4))
                    .map(|_| (self.value(key), self.value(inner)))
                    .collect(),
            ),
            Shape::Enum(variants) => {
                let chosen = self.below(variants.len());
                let content = match &variants[chosen] {
                    Variant::Unit => Value::Unit,
                    Variant::Newtype(inner) => self.value(inner),
                    Variant::Tuple(inners) | Variant::Struct(inners) => self.values(inners),
                };
                Value::Variant(chosen, Box::new(content))
            }
            Shape::Flat(inner) => Value::Map(
                (0..self.below(4))
                    .map(|at| (Value::Text(["", "1", "x"][at].into()), self.value(inner)))
                    .collect(),
            ),
        }
    }

    fn values(&mut self, shapes: &[Rc<Shape>]) -> Value {
        Value::List(shapes.iter().map(|shape| self.value(shape)).collect())
    }

    /// Near a power of two, where encodings change.
    fn integer(&mut self, signed: bool, bits: u32) -> Value {
        let wide = u128::from(self.next()) << 64 | u128::from(self.next());
        let few = self.below(128) as u32;
        let near = (1u128 << (few % bits))
            .wrapping_add(self.below(3) as u128)
            .wrapping_sub(1);
        let number = if self.below(2) == 0 {
            near
        } else {
            wide >> few
        };
        let unused = 128 - bits;
        match signed {
            true if self.below(2) == 0 => Value::Signed(!((number << unused) as i128 >> unused)),
            true => Value::Signed((number << unused) as i128 >> unused),
            false => Value::Unsigned(number << unused >> unused),
        }
    }

    fn double(&mut self) -> f64 {
        match self.below(5) {
            0 => [0.0, -0.0, 1.0, -1.5, 0.1, 1e16, f64::MAX, 5e-324][self.below(8)],
            1 => [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 7.038_531e-26][self.below(4)],
            2 => f64::from(f32::from_bits(self.next() as u32)),
            3 => self.next() as f64 / 1000.0,
            _ => f64::from_bits(self.next()),
        }
    }

    fn text(&mut self) -> Value {
        match self.below(8) {
            0 => Value::Text("x".repeat(self.below(300))),
            _ => Value::Text(TEXTS[self.below(TEXTS.len())].to_owned()),
        }
    }

    fn bytes(&mut self) -> Value {
        let mut bytes =
            [b"".as_slice(), b"12", b"\xd9\xd9\xf7", b"\xd9\xd9\xf7\xf6"][self.below(4)].to_vec();
        bytes.extend((0..self.below(4)).map(|at| (self.0 >> (8 * at)) as u8));
        Value::Bytes(bytes)
    }

    /// What a type may write that takes anything; integers as they are given to it.
    fn anything(&mut self, depth: u32) -> Value {
        match self.below(if depth == 0 { 6 } else { 8 }) {
            0 => Value::Unit,
            1 => Value::Bool(self.below(2) == 0),
            2 => match self.integer(true, 128) {
                Value::Signed(number) if number >= 0 => Value::Unsigned(number as u128),
                number => number,
            },
            3 => Value::Double(self.double()),
            4 => self.text(),
            5 => self.bytes(),
            6 => Value::List(
                (0..self.below(3))
                    .map(|_| self.anything(depth - 1))
                    .collect(),
            ),
            _ => Value::Map(
                (0..self.below(3))
                    .map(|_| (self.anything(depth - 1), self.anything(depth - 1)))
                    .collect(),
            ),
        }
    }
}
