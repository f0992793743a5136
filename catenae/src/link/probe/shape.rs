//! The third phase of a result: how many items there are, and how to come by them.

use std::future::poll_fn;
use std::pin::pin;

use futures_core::Stream as AsyncStream;

use super::Type;
use crate::emit::Emitter;
use crate::link::wiring::Out;
use crate::outcome::Failure;

/// Nothing to send.
pub struct Nothing;

/// An item or none.
pub struct Maybe;

/// A list or an iterator.
pub struct Many;

/// An asynchronous stream.
pub struct Flow;

/// One item.
pub struct One;

/// The item of a function that returns nothing.
pub enum Silent {}

/// Answers for the types whose shape is fixed.
pub trait ShapeFixed {
    /// The shape.
    type Shape;
    /// Says it.
    fn shape(&self) -> Self::Shape;
}

impl ShapeFixed for &&&&Type<()> {
    type Shape = Nothing;
    fn shape(&self) -> Nothing {
        Nothing
    }
}

impl<T> ShapeFixed for &&&&Type<Option<T>> {
    type Shape = Maybe;
    fn shape(&self) -> Maybe {
        Maybe
    }
}

// A vector or array of bytes is one value: nobody means an electron per byte.
impl ShapeFixed for &&&&Type<Vec<u8>> {
    type Shape = One;
    fn shape(&self) -> One {
        One
    }
}

impl<const N: usize> ShapeFixed for &&&&Type<[u8; N]> {
    type Shape = One;
    fn shape(&self) -> One {
        One
    }
}

/// Answers for vectors and arrays.
pub trait ShapeList {
    /// Many items.
    fn shape(&self) -> Many {
        Many
    }
}

impl<T> ShapeList for &&&Type<Vec<T>> {}
impl<T, const N: usize> ShapeList for &&&Type<[T; N]> {}

/// Answers for iterators.
pub trait ShapeIterator {
    /// Many items.
    fn shape(&self) -> Many {
        Many
    }
}

impl<I: Iterator> ShapeIterator for &&Type<I> {}

/// Answers for asynchronous streams.
pub trait ShapeStream {
    /// Items in their own time.
    fn shape(&self) -> Flow {
        Flow
    }
}

impl<S: AsyncStream> ShapeStream for &Type<S> {}

/// Answers for everything else.
pub trait ShapeOne {
    /// One item.
    fn shape(&self) -> One {
        One
    }
}

impl<T> ShapeOne for Type<T> {}

impl Nothing {
    /// Sends nothing.
    ///
    /// # Errors
    /// None.
    pub fn each(
        self,
        (): (),
        _: &mut Out<'_, '_>,
        _: impl FnMut(Silent, &mut Emitter<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        Ok(())
    }

    /// The type of its items, of which there are none.
    pub fn next(self, _: Type<()>) -> Type<Silent> {
        Type::new()
    }
}

impl Maybe {
    /// Sends the item, if there is one.
    ///
    /// # Errors
    /// What `send` says.
    pub fn each<T>(
        self,
        item: Option<T>,
        out: &mut Out<'_, '_>,
        mut send: impl FnMut(T, &mut Emitter<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        item.map_or(Ok(()), |item| send(item, out.emitter))
    }

    /// The type of the item.
    pub fn next<T>(self, _: Type<Option<T>>) -> Type<T> {
        Type::new()
    }
}

impl Many {
    /// Sends the items in order; a source ends before the next one when it is asked to stop.
    ///
    /// # Errors
    /// What `send` says; the rest is not sent then.
    pub fn each<I: IntoIterator>(
        self,
        items: I,
        out: &mut Out<'_, '_>,
        mut send: impl FnMut(I::Item, &mut Emitter<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut items = items.into_iter();
        while !out.ended() {
            let Some(item) = items.next() else { break };
            send(item, out.emitter)?;
        }
        Ok(())
    }

    /// The type of an item.
    pub fn next<I: IntoIterator>(self, _: Type<I>) -> Type<I::Item> {
        Type::new()
    }
}

impl Flow {
    /// Sends the items as they come; a source ends before the next one when it is asked to stop,
    /// also while it waits for it.
    ///
    /// # Errors
    /// What `send` says; the rest is not awaited then.
    pub fn each<S: AsyncStream>(
        self,
        items: S,
        out: &mut Out<'_, '_>,
        mut send: impl FnMut(S::Item, &mut Emitter<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        // Streams are dropped in here, and some need the runtime for that.
        let context = out.context;
        let _runtime = context.inner().enter();
        let mut items = pin!(items);
        while !out.ended() {
            let next = poll_fn(|task| items.as_mut().poll_next(task));
            let Some(Some(item)) = out.wait(next) else {
                break;
            };
            send(item, out.emitter)?;
        }
        Ok(())
    }

    /// The type of an item.
    pub fn next<S: AsyncStream>(self, _: Type<S>) -> Type<S::Item> {
        Type::new()
    }
}

impl One {
    /// Sends the value.
    ///
    /// # Errors
    /// What `send` says.
    pub fn each<T>(
        self,
        item: T,
        out: &mut Out<'_, '_>,
        mut send: impl FnMut(T, &mut Emitter<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        send(item, out.emitter)
    }

    /// The type of the value.
    pub fn next<T>(self, _: Type<T>) -> Type<T> {
        Type::new()
    }
}
