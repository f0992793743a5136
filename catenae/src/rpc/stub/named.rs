//! Calls by name, for tools that learn at run time what there is: no twin, so nothing is checked here.

use std::time::Duration;

use ciborium::Value;

use crate::codec::{Codec, DecodeError};
use crate::context::Context;
use crate::rpc::core::error::CallError;
use crate::rpc::core::question::{Target, Wanted};
use crate::rpc::stub::aim::{CallOptions, MethodCall};
use crate::rpc::stub::answer::Answer;
use crate::rpc::stub::gather::Gathering;

/// A method by its name; what it takes and returns is any value. `Context::instances` tells which
/// methods there are, and the instance that is asked refuses arguments that are not its own.
///
/// ```
/// use catenae::{Context, Value, rpc};
///
/// async fn ask(context: &Context) -> Result<Value, rpc::CallError> {
///     let count = rpc::named("count").any_of("reducer");
///     count.call(context, &[Value::from("be")]).await
/// }
/// ```
///
/// What the method returns is the value as it crosses: a `Result` is a map, `{"Ok": …}` or `{"Err": …}`.
pub fn named(method: impl Into<String>) -> Named {
    Named {
        method: method.into(),
    }
}

/// A method by its name, before it is said whom to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "nothing is sent before `call` or `notify`"]
pub struct Named {
    method: String,
}

impl Named {
    /// A call to the instance with this uid.
    pub fn at(self, uid: impl Into<String>) -> NamedCall {
        self.aim(Target::Instance(uid.into()))
    }

    /// A call to any live instance of this class.
    pub fn any_of(self, class: impl Into<String>) -> NamedCall {
        self.aim(Target::Any(class.into()))
    }

    /// A call to all live instances of this class.
    pub fn all_of(self, class: impl Into<String>) -> NamedGather {
        self.aim_at_many(Target::All(class.into()))
    }

    /// A call to every live instance that has the method.
    pub fn broadcast(self) -> NamedGather {
        self.aim_at_many(Target::Everybody)
    }

    fn aim(self, target: Target) -> NamedCall {
        NamedCall {
            method: self.method,
            aim: CallOptions::at(target),
        }
    }

    fn aim_at_many(self, target: Target) -> NamedGather {
        NamedGather {
            method: self.method,
            aim: CallOptions::at(target),
            quorum: None,
        }
    }
}

fn ask<'m>(method: &'m str, arguments: &[Value]) -> MethodCall<'m> {
    MethodCall {
        method,
        // What may run twice, only its twin knows.
        idempotent: false,
        arguments: Codec::Cbor.encode(arguments).map(Option::unwrap_or_default),
    }
}

/// A call by name to one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "nothing is sent before `call` or `notify`"]
pub struct NamedCall {
    method: String,
    aim: CallOptions,
}

impl NamedCall {
    /// Sets the deadline, from the call on; five seconds unless told otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.aim.timeout = timeout;
        self
    }

    /// Asks, with one value for each argument.
    pub fn call(self, context: &Context, arguments: &[Value]) -> Answer<Value> {
        let ask = ask(&self.method, arguments);
        let (promise, names) = self.aim.begin(context, ask, Wanted::Answer);
        Answer::new(promise, names, value)
    }

    /// Tells, and wants no answer.
    ///
    /// # Errors
    /// As [`Call::notify`](crate::rpc::Call::notify).
    pub fn notify(self, context: &Context, arguments: &[Value]) -> Result<(), CallError> {
        self.aim.tell(context, ask(&self.method, arguments))
    }
}

/// A call by name to many instances.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "nothing is sent before `call` or `notify`"]
pub struct NamedGather {
    method: String,
    aim: CallOptions,
    quorum: Option<usize>,
}

impl NamedGather {
    /// Sets the deadline, as [`NamedCall::timeout`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.aim.timeout = timeout;
        self
    }

    /// Is content with `answers` of them; without it everybody is waited for.
    pub fn quorum(mut self, answers: usize) -> Self {
        self.quorum = Some(answers);
        self
    }

    /// Asks, with one value for each argument.
    pub fn call(self, context: &Context, arguments: &[Value]) -> Gathering<Value> {
        let wanted = Wanted::Answers(self.quorum);
        let ask = ask(&self.method, arguments);
        let (promise, names) = self.aim.begin(context, ask, wanted);
        Gathering::new(promise, names, value)
    }

    /// Tells, and wants no answers.
    ///
    /// # Errors
    /// As [`Call::notify`](crate::rpc::Call::notify).
    pub fn notify(self, context: &Context, arguments: &[Value]) -> Result<(), CallError> {
        self.aim.tell(context, ask(&self.method, arguments))
    }
}

/// The value in an answer.
fn value(said: &[u8]) -> Result<(Value,), DecodeError> {
    Codec::Cbor.decode(Some(said))
}
