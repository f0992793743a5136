//! A context for unit tests: it belongs to no running micromodule and records what is sent.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use tokio::runtime::{Builder, Runtime};

use crate::codec::{Codec, Limits};
use crate::context::{Context, ContextInner, Identity, InHand, InputChange, Port, Receipt, SentBy};
use crate::electron::Headers;
use crate::emit::{Outgoing, Outputs};
use crate::message::Message;
use crate::outcome::Failure;
use crate::pause::Pause;
use crate::record::{HeaderSource, Record};
use crate::rpc::DisabledTransport;
use crate::settle::tracker::Slot;
use crate::shutdown::InstanceHandle;
use crate::stream::StreamName;

/// An electron that a detached context was asked to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The stream it would have gone to.
    pub stream: StreamName,
    /// The key's bytes.
    pub key: Option<Bytes>,
    /// The value's bytes; `None` is a tombstone.
    pub value: Option<Bytes>,
    /// The headers.
    pub headers: Headers,
}

impl HeaderSource for Sent {
    fn headers(&self) -> Result<Headers, String> {
        Ok(self.headers.clone())
    }
}

impl Sent {
    /// Reads it as the link behind its stream would.
    ///
    /// # Errors
    /// A failure of kind `Decode`.
    pub fn decode<'s, M: Message<'s>>(&'s self) -> Result<M, Failure> {
        M::from_record(&Record {
            stream: &self.stream,
            input: None,
            codec: Codec::Auto,
            partition: 0,
            offset: 0,
            timestamp: None,
            key: self.key.as_deref(),
            value: self.value.as_deref(),
            headers: self,
            limits: Limits::default(),
        })
    }
}

#[derive(Debug, Default)]
struct Recorder {
    sent: Mutex<Vec<Sent>>,
}

impl Port for Recorder {
    fn post(
        &self,
        outgoing: Outgoing<'_>,
        _sender: SentBy,
        receipt: &Arc<Receipt>,
    ) -> Result<(), Failure> {
        let sent = Sent {
            stream: outgoing.stream.clone(),
            key: outgoing.key.map(Bytes::copy_from_slice),
            value: outgoing.value.map(Bytes::copy_from_slice),
            headers: outgoing.headers,
        };
        self.sent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(sent);
        receipt.settle(Ok(()));
        Ok(())
    }

    fn hold(&self, _slot: Slot) -> bool {
        true
    }

    fn let_go(&self, _slot: Slot, _result: Result<(), Failure>) {}

    fn change_inputs(&self, _change: InputChange) {}

    fn stopping(&self) -> bool {
        false
    }

    fn reads(&self) -> bool {
        true
    }

    fn under_way(&self) -> u64 {
        0
    }
}

/// A detached context and the record of what was sent through it.
pub struct Detached {
    context: Context,
    recorder: Arc<Recorder>,
}

impl Detached {
    /// What was sent so far, in order.
    #[must_use]
    pub fn sent(&self) -> Vec<Sent> {
        self.recorder
            .sent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl std::ops::Deref for Detached {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.context
    }
}

impl Context {
    /// A context that belongs to no running micromodule, for unit tests: class and group are `test`,
    /// the only output stream is `output`.
    ///
    /// # Panics
    /// When the operating system gives no thread for the timers of async functions.
    #[must_use]
    pub fn detached() -> Detached {
        Self::detached_with(&["output"], ())
    }

    /// The same with the given output streams and arguments of the user's own.
    ///
    /// # Panics
    /// When the operating system gives no thread for the timers of async functions.
    #[must_use]
    pub fn detached_with<A: Send + Sync + 'static>(outputs: &[&str], args: A) -> Detached {
        let recorder = Arc::new(Recorder::default());
        let outputs = outputs
            .iter()
            .map(|name| (StreamName::from(*name), Codec::Auto))
            .collect();
        let inner = ContextInner {
            identity: Identity {
                uid: "detached".to_owned(),
                class: "test".to_owned(),
                group: "test".to_owned(),
                inputs: Vec::new(),
            },
            outputs: Outputs::new(outputs),
            runtime: detached_runtime().handle().clone(),
            instance: Arc::new(InstanceHandle::new("test/detached")),
            port: Arc::clone(&recorder) as Arc<dyn Port>,
            args: Arc::new(args),
            stalls: Arc::default(),
            transport: Arc::new(DisabledTransport {
                why: "a detached context has none",
            }),
            pause: Arc::new(Pause::new([Arc::default(), Arc::default()])),
            contract: String::new(),
            began: Instant::now(),
        };
        let context = Self::of_lane(Arc::new(inner), Arc::new(InHand::new()));
        Detached { context, recorder }
    }
}

/// One timer thread for all detached contexts of a process.
fn detached_runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(1).enable_all();
        builder
            .build()
            .expect("the operating system gives a thread for timers")
    })
}
