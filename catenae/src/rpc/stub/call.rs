//! The stub: whom to ask, how long to wait, and the call itself.

use std::marker::PhantomData;
use std::time::Duration;

use crate::context::Context;
use crate::rpc::core::error::CallError;
use crate::rpc::core::question::{Target, Wanted};
use crate::rpc::stub::aim::{CallOptions, MethodCall};
use crate::rpc::stub::answer::Answer;
use crate::rpc::stub::arguments::IntoArguments;
use crate::rpc::stub::gather::Gathering;
use crate::rpc::stub::method::Method;

/// A call to one instance: `count::at(uid)`, `count::any_of("reducer")` or `count::any::<reducer>()`.
#[derive(Debug)]
#[must_use = "nothing is sent before `call` or `notify`"]
pub struct Call<M> {
    aim: CallOptions,
    method: PhantomData<fn() -> M>,
}

/// A call to many instances: `count::all_of("reducer")`, `count::all::<reducer>()` or
/// `count::broadcast()`.
#[derive(Debug)]
#[must_use = "nothing is sent before `call` or `notify`"]
pub struct Gather<M> {
    aim: CallOptions,
    quorum: Option<usize>,
    method: PhantomData<fn() -> M>,
}

impl<M: Method> Call<M> {
    fn to(target: Target) -> Self {
        Self {
            aim: CallOptions::at(target),
            method: PhantomData,
        }
    }

    /// To the instance with this uid.
    pub fn at(uid: impl Into<String>) -> Self {
        Self::to(Target::Instance(uid.into()))
    }

    /// To any live instance of this class; those that answered are preferred.
    pub fn any_of(class: impl Into<String>) -> Self {
        Self::to(Target::Any(class.into()))
    }

    /// Sets the deadline, from the call on; five seconds unless told otherwise.
    ///
    /// The clocks of the machines must agree to well within it: an instance that finds the deadline
    /// past does not run the method.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.aim.timeout = timeout;
        self
    }

    /// Asks. Await the answer, or `wait` for it in a function that is not async.
    pub fn call(
        self,
        context: &Context,
        arguments: impl IntoArguments<M::Arguments>,
    ) -> Answer<M::Returned> {
        let ask = ask::<M>(arguments);
        let (promise, names) = self.aim.begin(context, ask, Wanted::Answer);
        Answer::new(promise, names, M::wire().returned.read)
    }

    /// Sends the call without asking for an answer. If no instance is found, an error goes to the log.
    ///
    /// # Errors
    /// What is known at once: its arguments cannot be written, the client refuses it, or there are no
    /// calls. What turns out later, as that it found nobody, is said in the log.
    pub fn notify(
        self,
        context: &Context,
        arguments: impl IntoArguments<M::Arguments>,
    ) -> Result<(), CallError> {
        self.aim.tell(context, ask::<M>(arguments))
    }
}

impl<M: Method> Gather<M> {
    fn to(target: Target) -> Self {
        Self {
            aim: CallOptions::at(target),
            quorum: None,
            method: PhantomData,
        }
    }

    /// To all live instances of this class.
    pub fn all_of(class: impl Into<String>) -> Self {
        Self::to(Target::All(class.into()))
    }

    /// To every live instance of any class that has the method.
    pub fn everybody() -> Self {
        Self::to(Target::Everybody)
    }

    /// Sets the deadline, as [`Call::timeout`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.aim.timeout = timeout;
        self
    }

    /// Ends the call as soon as `answers` instances have answered; without it, the call waits for all of them.
    pub fn quorum(mut self, answers: usize) -> Self {
        self.quorum = Some(answers);
        self
    }

    /// Asks. Await the answers, or `wait` for them in a function that is not async.
    pub fn call(
        self,
        context: &Context,
        arguments: impl IntoArguments<M::Arguments>,
    ) -> Gathering<M::Returned> {
        let wanted = Wanted::Answers(self.quorum);
        let (promise, names) = self.aim.begin(context, ask::<M>(arguments), wanted);
        Gathering::new(promise, names, M::wire().returned.read)
    }

    /// Tells, and wants no answers.
    ///
    /// # Errors
    /// As [`Call::notify`]; the others may have been told.
    pub fn notify(
        self,
        context: &Context,
        arguments: impl IntoArguments<M::Arguments>,
    ) -> Result<(), CallError> {
        self.aim.tell(context, ask::<M>(arguments))
    }
}

fn ask<M: Method>(arguments: impl IntoArguments<M::Arguments>) -> MethodCall<'static> {
    MethodCall {
        method: M::SPEC.name,
        idempotent: M::SPEC.idempotent,
        arguments: (M::wire().arguments.write)(&arguments.fill()),
    }
}

/// The associated functions of a method's twin.
#[doc(hidden)]
#[macro_export]
macro_rules! __stub {
    // The word behind it is there for a private function, whose visibility is no token.
    ($vis:vis fn) => {
        /// A call to the instance with this uid.
        $vis fn at(
            uid: impl ::core::convert::Into<$crate::__private::String>,
        ) -> $crate::__private::Call<Self> {
            $crate::__private::Call::at(uid)
        }

        /// A call to any live instance of this class.
        $vis fn any_of(
            class: impl ::core::convert::Into<$crate::__private::String>,
        ) -> $crate::__private::Call<Self> {
            $crate::__private::Call::any_of(class)
        }

        /// A call to any live instance of the link `L`.
        $vis fn any<L: $crate::__private::Serves<Self>>() -> $crate::__private::Call<Self> {
            $crate::__private::Call::any_of(L::CLASS)
        }

        /// A call to all live instances of this class.
        $vis fn all_of(
            class: impl ::core::convert::Into<$crate::__private::String>,
        ) -> $crate::__private::Gather<Self> {
            $crate::__private::Gather::all_of(class)
        }

        /// A call to all live instances of the link `L`.
        $vis fn all<L: $crate::__private::Serves<Self>>() -> $crate::__private::Gather<Self> {
            $crate::__private::Gather::all_of(L::CLASS)
        }

        /// A call to every live instance that has the method.
        $vis fn broadcast() -> $crate::__private::Gather<Self> {
            $crate::__private::Gather::everybody()
        }
    };
}
