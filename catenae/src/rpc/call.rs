//! The stub: whom to ask, how long to wait, and the call itself.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use crate::codec::EncodeError;
use crate::context::Context;
use crate::rpc::answer::{Answer, Names, Ticket};
use crate::rpc::arguments::Fills;
use crate::rpc::desk::{Question, Standpoint, TIMEOUT, Target, Wanted};
use crate::rpc::error::{CallError, CallErrorKind};
use crate::rpc::gather::Gathering;
use crate::rpc::method::Method;

/// A call to one instance: `count::at(uid)`, `count::any_of("reducer")` or `count::any::<reducer>()`.
#[derive(Debug)]
#[must_use = "nothing is sent before `call` or `notify`"]
pub struct Call<M> {
    target: Target,
    timeout: Duration,
    method: PhantomData<fn() -> M>,
}

/// A call to many instances: `count::all_of("reducer")`, `count::all::<reducer>()` or
/// `count::broadcast()`.
#[derive(Debug)]
#[must_use = "nothing is sent before `call` or `notify`"]
pub struct Gather<M> {
    target: Target,
    timeout: Duration,
    quorum: Option<usize>,
    method: PhantomData<fn() -> M>,
}

impl<M: Method> Call<M> {
    fn to(target: Target) -> Self {
        Self {
            target,
            timeout: TIMEOUT,
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
        self.timeout = timeout;
        self
    }

    /// Asks. Await the answer, or `wait` for it in a function that is not async.
    pub fn call(
        self,
        context: &Context,
        arguments: impl Fills<M::Arguments>,
    ) -> Answer<M::Returned> {
        let (timeout, names) = (self.timeout, names::<M>(&self.target));
        let ticket = Arc::new(Ticket::default());
        if let Err(error) = ask::<M>(
            context,
            self.target,
            timeout,
            Wanted::Answer,
            arguments,
            Some(&ticket),
        ) {
            ticket.end(Err(error));
        }
        Answer::new(ticket, names, M::wire().returned.read)
    }

    /// Tells, and wants no answer. A call for which nobody was found is an error in the log.
    ///
    /// # Errors
    /// What is known at once: its arguments cannot be written, the client refuses it, or there are no
    /// calls. What turns out later, as that it found nobody, is said in the log.
    pub fn notify(
        self,
        context: &Context,
        arguments: impl Fills<M::Arguments>,
    ) -> Result<(), CallError> {
        tell::<M>(context, self.target, self.timeout, arguments)
    }
}

impl<M: Method> Gather<M> {
    fn to(target: Target) -> Self {
        Self {
            target,
            timeout: TIMEOUT,
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
        self.timeout = timeout;
        self
    }

    /// Is content with `answers` of them; without it everybody is waited for.
    pub fn quorum(mut self, answers: usize) -> Self {
        self.quorum = Some(answers);
        self
    }

    /// Asks. Await the answers, or `wait` for them in a function that is not async.
    pub fn call(
        self,
        context: &Context,
        arguments: impl Fills<M::Arguments>,
    ) -> Gathering<M::Returned> {
        let (timeout, names) = (self.timeout, names::<M>(&self.target));
        let ticket = Arc::new(Ticket::default());
        let wanted = Wanted::Answers(self.quorum);
        if let Err(error) = ask::<M>(
            context,
            self.target,
            timeout,
            wanted,
            arguments,
            Some(&ticket),
        ) {
            ticket.end(Err(error));
        }
        Gathering::new(ticket, names, M::wire().returned.read)
    }

    /// Tells, and wants no answers.
    ///
    /// # Errors
    /// What is known at once: its arguments cannot be written, the client refuses it, or there are no
    /// calls. What turns out later, as that it found nobody, is said in the log.
    pub fn notify(
        self,
        context: &Context,
        arguments: impl Fills<M::Arguments>,
    ) -> Result<(), CallError> {
        tell::<M>(context, self.target, self.timeout, arguments)
    }
}

fn names<M: Method>(target: &Target) -> Names {
    Names {
        method: M::SPEC.name.to_owned(),
        target: target.words(),
    }
}

fn tell<M: Method>(
    context: &Context,
    target: Target,
    timeout: Duration,
    arguments: impl Fills<M::Arguments>,
) -> Result<(), CallError> {
    ask::<M>(context, target, timeout, Wanted::Nothing, arguments, None)
}

fn ask<M: Method>(
    context: &Context,
    target: Target,
    timeout: Duration,
    wanted: Wanted,
    arguments: impl Fills<M::Arguments>,
    ticket: Option<&Arc<Ticket>>,
) -> Result<(), CallError> {
    let asking = Asking {
        context,
        target,
        method: M::SPEC.name,
        timeout,
        wanted,
        idempotent: M::SPEC.idempotent,
    };
    asking.ask((M::wire().arguments.write)(&arguments.fill()), ticket)
}

/// A question, before its arguments are written.
pub(super) struct Asking<'a> {
    pub(super) context: &'a Context,
    pub(super) target: Target,
    pub(super) method: &'a str,
    pub(super) timeout: Duration,
    pub(super) wanted: Wanted,
    pub(super) idempotent: bool,
}

impl Asking<'_> {
    /// Asks, with the list of the arguments.
    ///
    /// # Errors
    /// What is known at once; then nothing is left on the ticket.
    pub(super) fn ask(
        self,
        arguments: Result<Vec<u8>, EncodeError>,
        ticket: Option<&Arc<Ticket>>,
    ) -> Result<(), CallError> {
        let mut question = Question {
            target: self.target,
            method: self.method.to_owned(),
            arguments: Vec::new(),
            timeout: self.timeout,
            wanted: self.wanted,
            idempotent: self.idempotent,
            from: match self.context.is_of_lane() {
                true => Standpoint::Lane,
                false => Standpoint::Beside,
            },
        };
        match arguments {
            Ok(bytes) => question.arguments = bytes,
            Err(error) => {
                return Err(question.error(CallErrorKind::Arguments, error.to_string()));
            }
        }
        self.context.desk().ask(question, ticket)
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
