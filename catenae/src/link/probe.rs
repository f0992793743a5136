//! Questions an expansion asks about the user's types, answered by method resolution.
//!
//! A macro sees tokens, not types: it cannot know whether `Outcome` is a `Result`, or `Text` is a
//! `str`. The compiler can, where the types are concrete: an expansion makes a [`Type`] and calls a
//! method that several traits offer. Resolution tries `&&Type<T>` before `&Type<T>` before
//! `Type<T>`, so the trait implemented on the most references, whose bound `T` meets, wins, and its
//! tag says what to do next ("autoref specialization", an idea of David Tolnay's case studies).
//! Every question has an answer for any type: what is wrong is said once, by an assertion on the
//! user's own token, and never a second time by a failed resolution.

mod call;
mod item;
mod lifecycle;
mod parameter;
mod returned;
mod rule;
mod settled;
mod shape;
mod typed;

pub use item::{ItemElectron, ItemOther, ItemValue, assert_sends, assert_writes};
pub use lifecycle::{
    BuildDefault, BuildOther, FinishAlone, FinishOther, FinishWithContext, SetupAlone, SetupOther,
    SetupWithContext,
};
pub use parameter::{
    OtherRole, Parameters, Ref, Role, SizedRole, Slot, Yes, exclusive, parameters, value,
};
pub use returned::returned;
pub use rule::{
    NoRecord, Taken, assert_can_send, assert_lanes, assert_message, assert_one_message, take,
};
pub use settled::{
    CauseChained, CauseDebugged, CauseDisplayed, CauseNamed, IsCertain, IsFuture, IsReady, IsResult,
};
pub use shape::{ShapeFixed, ShapeIterator, ShapeList, ShapeOne, ShapeStream, Silent};
pub use typed::{NoStream, StreamOf};

pub use crate::type_value::Type;
