//! Whom to ask and how long to wait: what every stub has, with types or by name.

use std::sync::Arc;
use std::time::Duration;

use crate::codec::EncodeError;
use crate::context::Context;
use crate::rpc::core::error::{CallError, CallErrorKind};
use crate::rpc::core::question::{CallScope, Question, TIMEOUT, Target, Wanted};
use crate::rpc::port::AnswerPromise;
use crate::rpc::stub::answer::CallNames;

/// Whom to ask, and how long to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallOptions {
    target: Target,
    pub(crate) timeout: Duration,
}

/// What to ask: a method, with the list of its arguments.
pub(crate) struct MethodCall<'a> {
    pub(crate) method: &'a str,
    pub(crate) idempotent: bool,
    pub(crate) arguments: Result<Vec<u8>, EncodeError>,
}

impl CallOptions {
    /// At those, with the usual time.
    pub(crate) fn at(target: Target) -> Self {
        Self {
            target,
            timeout: TIMEOUT,
        }
    }

    /// Asks. The ending is left on the promise, also what is known at once.
    pub(crate) fn begin(
        self,
        context: &Context,
        ask: MethodCall<'_>,
        wanted: Wanted,
    ) -> (Arc<AnswerPromise>, CallNames) {
        let names = CallNames {
            method: ask.method.to_owned(),
            target: self.target.words(),
        };
        let promise = Arc::new(AnswerPromise::default());
        if let Err(error) = self.send(context, ask, wanted, Some(&promise)) {
            promise.end(Err(error));
        }
        (promise, names)
    }

    /// Tells, and wants no answer.
    ///
    /// # Errors
    /// What is known at once.
    pub(crate) fn tell(self, context: &Context, ask: MethodCall<'_>) -> Result<(), CallError> {
        self.send(context, ask, Wanted::Nothing, None)
    }

    fn send(
        self,
        context: &Context,
        ask: MethodCall<'_>,
        wanted: Wanted,
        promise: Option<&Arc<AnswerPromise>>,
    ) -> Result<(), CallError> {
        let mut question = Question {
            target: self.target,
            method: ask.method.to_owned(),
            arguments: Vec::new(),
            timeout: self.timeout,
            wanted,
            idempotent: ask.idempotent,
            from: match context.is_of_lane() {
                true => CallScope::Lane,
                false => CallScope::Beside,
            },
        };
        match ask.arguments {
            Ok(bytes) => question.arguments = bytes,
            Err(error) => {
                return Err(question.error(CallErrorKind::Arguments, error.to_string()));
            }
        }
        context.inner().transport.ask(question, promise)
    }
}
