//! Who asks: what a method may know of the micromodule that called it.

use serde::{Deserialize, Serialize};

/// The micromodule that asks, as a method sees it: take it as `&Caller`.
///
/// ```
/// use catenae::Context;
/// use catenae::rpc::Caller;
///
/// /// Answers later, by a call of its own.
/// #[catenae::rpc]
/// fn request_user(name: String, caller: &Caller, context: &Context) {
///     println!("{} of class {} asks for {name}", caller.uid(), caller.class());
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Caller {
    pub(crate) uid: String,
    pub(crate) class: String,
    /// Tells two incarnations of the same uid apart, and says which is the newer: microseconds since 1970
    /// when it began.
    pub(crate) incarnation: u64,
}

impl Caller {
    /// A caller for unit tests of a method.
    #[must_use]
    pub fn new(uid: impl Into<String>, class: impl Into<String>) -> Self {
        Self {
            uid: uid.into(),
            class: class.into(),
            incarnation: 0,
        }
    }

    /// The id of the instance, for a call back: `answer::at(caller.uid())`.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// Its class: the name of its link.
    #[must_use]
    pub fn class(&self) -> &str {
        &self.class
    }
}
