//! Tasks that the user's code spawns and the micromodule watches over.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Polling, Poll};

use crate::error::{Cause, Error, ErrorKind};
use crate::mutant;
use crate::outcome::{Failure, FailureKind};
use crate::panics::{self, Panicked};
use crate::shutdown::InstanceHandle;

/// What a task of [`Context::spawn`](crate::Context::spawn) may end with: nothing, or a `Result` without a
/// value, of any error that becomes a `Box<dyn Error + Send + Sync>`.
#[diagnostic::on_unimplemented(
    message = "a task of `Context::spawn` ends with nothing or with `Result<(), E>`, not with `{Self}`",
    label = "what this task ends with would be ignored",
    note = "write `spawn_isolated` for a task whose value you await through its handle"
)]
pub trait TaskEnd {
    /// How the task ended.
    ///
    /// # Errors
    /// The error that it ended with.
    #[doc(hidden)]
    fn ended(self) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;
}

impl TaskEnd for () {
    fn ended(self) -> Result<(), Cause> {
        Ok(())
    }
}

impl<E: Into<Cause>> TaskEnd for Result<(), E> {
    fn ended(self) -> Result<(), Cause> {
        self.map_err(Into::into)
    }
}

/// `!`, which cannot be named yet: what a task ends with that never does.
type Diverging = <fn() -> ! as never::Returned>::Output;

impl TaskEnd for Diverging {
    fn ended(self) -> Result<(), Cause> {
        match self {}
    }
}

mod never {
    pub trait Returned {
        type Output;
    }

    impl<T> Returned for fn() -> T {
        type Output = T;
    }
}

/// Who is told how a task ends.
pub(super) struct Overseer {
    pub(super) spawned: &'static Location<'static>,
    pub(super) instance: Arc<InstanceHandle>,
}

impl Overseer {
    fn panicked(&self, Panicked { place, payload }: Panicked) {
        let at = place.map_or_else(String::new, |place| format!(" at {place}"));
        let failure = Failure::new(FailureKind::Panic, panics::text(&*payload));
        self.fail(&format!("panicked{at}"), failure.into());
    }

    fn fail(&self, how: &str, cause: Cause) {
        // A runtime that is taken down takes its timers from what still runs, and that panics.
        if self.instance.is_closed() {
            return;
        }
        let context = format!(
            "{}: the task spawned at {} {how}",
            self.instance.who(),
            self.spawned
        );
        let error = Error::new(ErrorKind::Task, context);
        self.instance.fail(error.caused_by(cause));
    }
}

/// A task whose panic or error stops the micromodule.
pub(super) struct Watched<F> {
    /// Until it has ended.
    task: Option<Pin<Box<F>>>,
    overseer: Overseer,
}

impl<F> Watched<F> {
    pub(super) fn new(task: F, overseer: Overseer) -> Self {
        panics::keep_places();
        Self {
            task: Some(Box::pin(task)),
            overseer,
        }
    }

    /// Drops the task, which is code of the user as well.
    fn clear(&mut self) {
        let task = self.task.take();
        if let Err(panicked) = panics::catch(|| drop(task)) {
            self.overseer.panicked(panicked);
        }
    }
}

impl<F> Future for Watched<F>
where
    F: Future,
    F::Output: TaskEnd,
{
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, polling: &mut Polling<'_>) -> Poll<()> {
        let Some(task) = &mut self.task else {
            return Poll::Ready(());
        };
        let polled = panics::catch(|| task.as_mut().poll(polling).map(TaskEnd::ended));
        match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(Ok(()))) => {}
            Ok(Poll::Ready(Err(cause))) => self.overseer.fail("ended with an error", cause),
            Err(_) if mutant::is("tasks-forgotten") => {}
            Err(panicked) => self.overseer.panicked(panicked),
        }
        self.clear();
        Poll::Ready(())
    }
}

impl<F> Drop for Watched<F> {
    /// It has ended, or it is cancelled, by its handle or because the micromodule ends.
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;
    use crate::context::Context;

    /// Panics when it is dropped.
    struct Fragile;

    impl Drop for Fragile {
        fn drop(&mut self) {
            panic!("fragile");
        }
    }

    fn wait<F: Future>(context: &Context, future: F) -> F::Output {
        context.inner().block_on(future)
    }

    /// How the micromodule ended with a task that was spawned and has ended.
    fn ended(task: impl FnOnce(&Context)) -> Result<(), Error> {
        let context = Context::detached();
        task(&context);
        context.inner().instance.outcome()
    }

    #[track_caller]
    fn fails(task: impl FnOnce(&Context), parts: &[&str]) {
        let error = ended(task).expect_err("it fails");
        assert_eq!(error.kind(), ErrorKind::Task);
        let text = error.with_causes();
        for part in parts {
            assert!(text.contains(part), "no `{part}`: {text}");
        }
    }

    #[test]
    fn a_task_that_fails_stops_the_micromodule_and_names_its_line() {
        let line = line!() + 2;
        fails(
            |context| drop(wait(context, context.spawn(async { panic!("here") }))),
            &[
                &format!("spawned at catenae/src/context/task.rs:{line}:"),
                &format!("panicked at catenae/src/context/task.rs:{line}:"),
                "here",
            ],
        );
        fails(
            |context| drop(wait(context, context.spawn(async { Err("no reason") }))),
            &["ended with an error", "no reason"],
        );
        // A panic while it is cancelled.
        fails(
            |context| {
                let fragile = Fragile;
                let handle = context.spawn(async move {
                    let _fragile = fragile;
                    pending::<()>().await;
                });
                handle.abort();
                drop(wait(context, handle));
            },
            &["panicked at", "fragile"],
        );
    }

    #[test]
    fn a_task_that_ends_is_cancelled_or_isolated_stops_nothing() {
        let ends = |task: fn(&Context)| ended(task).expect("nothing failed");
        ends(|context| drop(wait(context, context.spawn(async {}))));
        ends(|context| drop(wait(context, context.spawn(async { Ok::<(), String>(()) }))));
        ends(|context| {
            let handle = context.spawn(async {
                loop {
                    pending::<()>().await;
                }
            });
            handle.abort();
            assert!(wait(context, handle).expect_err("cancelled").is_cancelled());
        });
        ends(|context| {
            let handle = context.spawn_isolated(async { panic!("alone") });
            let error = wait(context, handle).expect_err("it panics");
            assert!(error.is_panic());
        });
        ends(|context| {
            let handle = context.spawn_isolated(async { 7 });
            assert_eq!(wait(context, handle).expect("a value"), 7);
        });
    }

    #[test]
    fn what_fails_when_everything_has_ended_is_not_told() {
        let late = |context: &Context| {
            context.inner().instance.close();
            drop(wait(
                context,
                context.spawn(async { panic!("the timer is gone") }),
            ));
        };
        ended(late).expect("nothing failed");
    }
}
