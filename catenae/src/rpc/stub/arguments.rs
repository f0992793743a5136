//! Arguments: what a method takes from its caller, and what a caller may give for it.

use std::any::type_name;

/// The arguments of a method: [`Nothing`], [`One`] or [`Many`].
pub trait Arguments: 'static {
    /// What crosses: a list with one item for each argument.
    type Tuple: 'static;

    /// The names of their types, as the compiler writes them.
    fn names() -> Vec<&'static str>;
}

/// A method takes nothing from its caller.
#[derive(Debug)]
pub enum Nothing {}

/// A method takes one argument.
#[derive(Debug)]
pub struct One<T>(std::marker::PhantomData<fn() -> T>);

/// A method takes several arguments, the tuple `T`.
#[derive(Debug)]
pub struct Many<T>(std::marker::PhantomData<fn() -> T>);

/// What a method takes that was refused: anything, so that no second error shows where it is called.
#[derive(Debug)]
pub enum UnknownArguments {}

impl Arguments for UnknownArguments {
    type Tuple = [u8; 0];

    fn names() -> Vec<&'static str> {
        Vec::new()
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoArguments<UnknownArguments> for T {
    fn fill(self) -> [u8; 0] {
        []
    }
}

impl Arguments for Nothing {
    // Serde's list of none; `()` would be null.
    type Tuple = [u8; 0];

    fn names() -> Vec<&'static str> {
        Vec::new()
    }
}

impl<T: 'static> Arguments for One<T> {
    type Tuple = (T,);

    fn names() -> Vec<&'static str> {
        vec![type_name::<T>()]
    }
}

/// Whether a value may be given as the argument `T` of a method.
#[diagnostic::on_unimplemented(
    message = "this rpc takes `{T}`, and `{Self}` is not that",
    label = "expected `{T}`, found `{Self}`",
    note = "the arguments of a call are those of the function: none is `()`, one is the value itself, \
            several are a tuple"
)]
pub trait Argument<T> {
    /// As the argument.
    fn argument(self) -> T;
}

#[diagnostic::do_not_recommend]
impl<T> Argument<T> for T {
    fn argument(self) -> T {
        self
    }
}

#[diagnostic::do_not_recommend]
impl Argument<String> for &str {
    fn argument(self) -> String {
        self.to_owned()
    }
}

/// Whether a value may be given as all the arguments of a method.
#[diagnostic::on_unimplemented(
    message = "this rpc takes `{A}`, and `{Self}` is not that",
    label = "expected `{A}`, found `{Self}`",
    note = "the arguments of a call are those of the function: `Nothing` is `()`, `One<T>` is the value \
            itself, `Many<(A, B)>` is the tuple"
)]
pub trait IntoArguments<A: Arguments> {
    /// As the arguments.
    fn fill(self) -> A::Tuple;
}

#[diagnostic::do_not_recommend]
impl IntoArguments<Nothing> for () {
    fn fill(self) -> [u8; 0] {
        []
    }
}

impl<T: 'static, U: Argument<T>> IntoArguments<One<T>> for U {
    fn fill(self) -> (T,) {
        (self.argument(),)
    }
}

macro_rules! many {
    ($($ty:ident $given:ident $at:tt),+) => {
        impl<$($ty: 'static),+> Arguments for Many<($($ty,)+)> {
            type Tuple = ($($ty,)+);

            fn names() -> Vec<&'static str> {
                vec![$(type_name::<$ty>()),+]
            }
        }

        impl<$($ty: 'static, $given: Argument<$ty>),+> IntoArguments<Many<($($ty,)+)>> for ($($given,)+) {
            fn fill(self) -> ($($ty,)+) {
                ($(self.$at.argument(),)+)
            }
        }
    };
}

many!(A X 0, B Y 1);
many!(A X 0, B Y 1, C Z 2);
many!(A X 0, B Y 1, C Z 2, D W 3);
many!(A X 0, B Y 1, C Z 2, D W 3, E V 4);
many!(A X 0, B Y 1, C Z 2, D W 3, E V 4, F U 5);
