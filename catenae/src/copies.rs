//! `Copy` for types that only carry a type parameter, whatever that is: a derive would ask it of the parameter.

macro_rules! copies {
    ($($name:ident $(: $unsized:tt Sized)?),*) => {$(
        impl<T $(: $unsized Sized)?> Clone for $name<T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T $(: $unsized Sized)?> Copy for $name<T> {}
    )*};
}

pub(crate) use copies;
