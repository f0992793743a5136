//! The context: what a link's function may ask of the micromodule it runs in.

use std::future::Future;
use std::sync::{Arc, OnceLock};

use tokio::runtime::{Builder, Handle, Runtime};

/// The micromodule as its functions see it; cheap to clone.
#[derive(Clone)]
pub struct Context {
    inner: Arc<Inner>,
}

struct Inner {
    runtime: Handle,
}

impl Context {
    /// A context that belongs to no running micromodule, for unit tests.
    ///
    /// # Panics
    /// When the operating system gives no thread for the timers of async functions.
    #[must_use]
    pub fn detached() -> Self {
        static RUNTIME: OnceLock<Runtime> = OnceLock::new();
        let runtime = RUNTIME.get_or_init(|| {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(1).enable_all();
            builder
                .build()
                .expect("the operating system gives a thread for timers")
        });
        Self {
            inner: Arc::new(Inner {
                runtime: runtime.handle().clone(),
            }),
        }
    }

    /// Runs a future to its end on the calling lane.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.inner.runtime.block_on(future)
    }
}
