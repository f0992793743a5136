//! The client's own queues, and the messages that are taken from them in batches.
//!
//! rdkafka gives a message at a time, each as an event of its own. Here the messages of many partitions are led to one
//! queue, which is emptied by `rd_kafka_consume_batch_queue`, and which says when something comes. That call serves
//! what else may lie in its queue as well, so only partitions are led to such a queue: rebalances and errors of the
//! whole client stay on the client's own.

use std::ffi::{CStr, c_void};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rdkafka::bindings::{
    rd_kafka_consume_batch_queue, rd_kafka_message_destroy, rd_kafka_message_headers,
    rd_kafka_message_t, rd_kafka_message_timestamp, rd_kafka_queue_cb_event_enable,
    rd_kafka_queue_destroy, rd_kafka_queue_forward, rd_kafka_queue_get_consumer,
    rd_kafka_queue_get_partition, rd_kafka_queue_length, rd_kafka_queue_new, rd_kafka_queue_t,
    rd_kafka_t, rd_kafka_timestamp_type_t, rd_kafka_topic_name,
};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::BorrowedHeaders;
use rdkafka::types::RDKafkaRespErr;

/// What the client writes where there is no timestamp.
const NO_TIMESTAMP: i64 = -1;

/// A queue of a client. It is dropped before its client is closed.
pub(in crate::kafka) struct ClientQueue {
    native: NonNull<rd_kafka_queue_t>,
    /// What is told of arrivals.
    arrivals: Option<Arc<Arrivals>>,
}

// SAFETY: librdkafka's queues are locked inside, and may be used from any thread.
unsafe impl Send for ClientQueue {}
// SAFETY: the same.
unsafe impl Sync for ClientQueue {}

/// Told when something comes into an empty queue.
pub(in crate::kafka) struct Arrivals {
    /// Whether something may lie in the queue. Cleared before the queue is emptied.
    pub(in crate::kafka) any: AtomicBool,
    /// Called on a thread of the client that holds the lock of the queue: it must not call the client, nor wait for
    /// anybody who does.
    pub(in crate::kafka) tell: Box<dyn Fn() + Send + Sync>,
}

unsafe extern "C" fn on_arrival(_: *mut rd_kafka_t, opaque: *mut c_void) {
    // SAFETY: the address was given by `ClientQueue::tell`, whose queue keeps it alive until it has taken it back.
    let arrivals = unsafe { &*opaque.cast::<Arrivals>() };
    arrivals.any.store(true, Ordering::SeqCst);
    (arrivals.tell)();
}

impl ClientQueue {
    /// A new queue of a client; `None` when there is no memory for it.
    pub(in crate::kafka) fn new(client: *mut rd_kafka_t) -> Option<Self> {
        // SAFETY: the caller has the address from a client that is alive.
        let native = unsafe { rd_kafka_queue_new(client) };
        Self::of(native)
    }

    /// The queue from which a consumer is polled.
    pub(in crate::kafka) fn of_consumer(client: *mut rd_kafka_t) -> Option<Self> {
        // SAFETY: the caller has the address from a client that is alive.
        let native = unsafe { rd_kafka_queue_get_consumer(client) };
        Self::of(native)
    }

    /// The queue of one partition; `None` for one that cannot be.
    pub(in crate::kafka) fn of_partition(
        client: *mut rd_kafka_t,
        stream: &CStr,
        number: i32,
    ) -> Option<Self> {
        // SAFETY: the caller has the address from a client that is alive; the name is copied.
        let native = unsafe { rd_kafka_queue_get_partition(client, stream.as_ptr(), number) };
        Self::of(native)
    }

    fn of(native: *mut rd_kafka_queue_t) -> Option<Self> {
        Some(Self {
            native: NonNull::new(native)?,
            arrivals: None,
        })
    }

    /// From now on what comes into this queue goes to `other`, and so does what lies in it. An assignment leaves that
    /// as it is, the end of one undoes it.
    pub(in crate::kafka) fn forward_to(&self, other: &Self) {
        // SAFETY: both queues are alive, and librdkafka counts its references to them.
        unsafe { rd_kafka_queue_forward(self.native.as_ptr(), other.native.as_ptr()) }
    }

    /// Tells `arrivals` from now on.
    pub(in crate::kafka) fn tell(&mut self, arrivals: &Arc<Arrivals>) {
        let opaque = Arc::as_ptr(arrivals).cast_mut().cast::<c_void>();
        // SAFETY: the address stays valid while `arrivals` keeps it, and it is taken back before that is dropped. The
        // call waits for the lock of the queue, so no call with a former address is under way after it.
        unsafe { rd_kafka_queue_cb_event_enable(self.native.as_ptr(), Some(on_arrival), opaque) }
        self.arrivals = Some(Arc::clone(arrivals));
    }

    /// How much lies in it.
    pub(in crate::kafka) fn len(&self) -> usize {
        // SAFETY: the queue is alive.
        unsafe { rd_kafka_queue_length(self.native.as_ptr()) }
    }

    /// Takes what lies in it, at most as much as `batch` has capacity for, into `batch`, without waiting.
    ///
    /// `'c` must not outlive the client: whoever takes has it from a borrow of its consumer.
    pub(in crate::kafka) fn take<'c>(&self, batch: &mut Vec<TakenMessage<'c>>) {
        batch.clear();
        // SAFETY: `TakenMessage` is the address of a message and nothing else, so the spare room of the vector is an
        // array of such addresses; the call writes at most as many as it is told, and says how many.
        unsafe {
            let spare = batch.as_mut_ptr().cast::<*mut rd_kafka_message_t>();
            let taken =
                rd_kafka_consume_batch_queue(self.native.as_ptr(), 0, spare, batch.capacity());
            batch.set_len(usize::try_from(taken).unwrap_or(0));
        }
    }
}

impl Drop for ClientQueue {
    fn drop(&mut self) {
        // SAFETY: the queue is alive, and nobody else destroys this reference to it.
        unsafe {
            if self.arrivals.is_some() {
                rd_kafka_queue_cb_event_enable(self.native.as_ptr(), None, ptr::null_mut());
            }
            rd_kafka_queue_destroy(self.native.as_ptr());
        }
    }
}

/// A message of a consumer, or the error of a partition.
#[repr(transparent)]
pub(in crate::kafka) struct TakenMessage<'c> {
    native: NonNull<rd_kafka_message_t>,
    of_client: PhantomData<&'c ()>,
}

// SAFETY: a message belongs to nobody else, and may be given back on any thread. It is not `Sync`: the client reads the
// headers of a message when they are asked for the first time, and keeps them in it.
unsafe impl Send for TakenMessage<'_> {}

impl TakenMessage<'_> {
    fn native(&self) -> &rd_kafka_message_t {
        // SAFETY: the message belongs to this value until it is dropped.
        unsafe { self.native.as_ref() }
    }

    /// The error, if it is one and no message.
    pub(in crate::kafka) fn error(&self) -> Option<RDKafkaErrorCode> {
        let code = self.native().err;
        (code != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR).then(|| code.into())
    }

    /// Which topic it is, while the assignment lasts: a number to compare.
    pub(in crate::kafka) fn topic_id(&self) -> usize {
        self.native().rkt as usize
    }

    pub(in crate::kafka) fn topic(&self) -> &str {
        let topic = self.native().rkt;
        if topic.is_null() {
            return "";
        }
        // SAFETY: the topic lives as long as a message of it; its name ends with a zero.
        let name = unsafe { CStr::from_ptr(rd_kafka_topic_name(topic)) };
        name.to_str().unwrap_or_default()
    }

    pub(in crate::kafka) fn partition(&self) -> i32 {
        self.native().partition
    }

    pub(in crate::kafka) fn offset(&self) -> i64 {
        self.native().offset
    }

    /// Milliseconds since the Unix epoch.
    pub(in crate::kafka) fn timestamp(&self) -> Option<i64> {
        let mut kind = rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        // SAFETY: the message is alive, and the kind is written before the call returns.
        let millis = unsafe { rd_kafka_message_timestamp(self.native.as_ptr(), &mut kind) };
        let is_there = kind != rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        (is_there && millis != NO_TIMESTAMP).then_some(millis)
    }

    pub(in crate::kafka) fn key(&self) -> Option<&[u8]> {
        let native = self.native();
        // SAFETY: the client gave address and length of bytes that live as long as the message.
        unsafe { bytes(native.key, native.key_len) }
    }

    pub(in crate::kafka) fn value(&self) -> Option<&[u8]> {
        let native = self.native();
        // SAFETY: the same.
        unsafe { bytes(native.payload, native.len) }
    }

    pub(in crate::kafka) fn headers(&self) -> Option<&BorrowedHeaders> {
        let mut headers = ptr::null_mut();
        // SAFETY: the message is alive, and the address is written when there are headers.
        let found = unsafe { rd_kafka_message_headers(self.native.as_ptr(), &mut headers) };
        if found != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
            return None;
        }
        // SAFETY: a reference to rdkafka's headers is the address of librdkafka's, which live as long as the message.
        unsafe { headers.cast::<BorrowedHeaders>().as_ref() }
    }
}

impl Drop for TakenMessage<'_> {
    fn drop(&mut self) {
        // SAFETY: it belongs to this value alone.
        unsafe { rd_kafka_message_destroy(self.native.as_ptr()) }
    }
}

/// # Safety
/// At a start that is not null lie so many bytes, as long as `'m`.
unsafe fn bytes<'m>(start: *mut c_void, length: usize) -> Option<&'m [u8]> {
    let start = NonNull::new(start.cast::<u8>())?;
    // SAFETY: the caller says so.
    Some(unsafe { slice::from_raw_parts(start.as_ptr(), length) })
}
