//! Kept handles of topics, and the one call that sends to them.
//!
//! rdkafka's `send` names the topic by its text: it copies that, and librdkafka looks the topic up under a lock, for
//! every record. A handle is looked up once.

use std::ffi::{CString, c_void};
use std::mem;
use std::ptr::{self, NonNull};
use std::sync::OnceLock;

use rdkafka::bindings::{
    RD_KAFKA_MSG_F_COPY, rd_kafka_headers_t, rd_kafka_last_error, rd_kafka_producev, rd_kafka_t,
    rd_kafka_topic_destroy, rd_kafka_topic_new, rd_kafka_topic_t, rd_kafka_vtype_t,
};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::producer::BaseRecord;
use rdkafka::types::RDKafkaRespErr;

/// Where the client chooses the partition.
const ANY_PARTITION: i32 = -1;
/// Where the client writes the time of sending.
const NOW: i64 = 0;

/// The handles of one client's topics. They are dropped before the client.
#[derive(Default)]
pub(in crate::kafka) struct TopicHandles {
    first: OnceLock<Box<KnownTopic>>,
}

/// One of a list that only grows, so that it is read without a lock.
struct KnownTopic {
    name: String,
    handle: NonNull<rd_kafka_topic_t>,
    next: OnceLock<Box<KnownTopic>>,
}

// SAFETY: librdkafka's topics are locked inside, and may be used from any thread.
unsafe impl Send for KnownTopic {}
// SAFETY: the same.
unsafe impl Sync for KnownTopic {}

impl Drop for KnownTopic {
    fn drop(&mut self) {
        // SAFETY: the handle was given to this value alone.
        unsafe { rd_kafka_topic_destroy(self.handle.as_ptr()) }
    }
}

impl KnownTopic {
    fn new(client: *mut rd_kafka_t, name: &str) -> KafkaResult<Self> {
        let text = CString::new(name)?;
        // SAFETY: the caller of `send` has the address from a client that is alive; the name is copied, and without
        // settings the topic has those of its client.
        let handle = unsafe { rd_kafka_topic_new(client, text.as_ptr(), ptr::null_mut()) };
        match NonNull::new(handle) {
            Some(handle) => Ok(Self {
                name: name.to_owned(),
                handle,
                next: OnceLock::new(),
            }),
            None => {
                // SAFETY: it reads what the call above has left for this thread.
                let code = unsafe { rd_kafka_last_error() };
                Err(KafkaError::MessageProduction(code.into()))
            }
        }
    }
}

impl TopicHandles {
    fn get(&self, client: *mut rd_kafka_t, name: &str) -> KafkaResult<NonNull<rd_kafka_topic_t>> {
        let mut place = &self.first;
        loop {
            if let Some(known) = place.get() {
                if known.name == name {
                    return Ok(known.handle);
                }
                place = &known.next;
                continue;
            }
            let new = Box::new(KnownTopic::new(client, name)?);
            // Another thread may have been faster, with this name or with another: then it is looked at next.
            let _ = place.set(new);
        }
    }

    /// Hands a record to the client, which copies it; takes its headers out of it when that has worked. `client` is the
    /// one that these handles are of, and it is alive.
    ///
    /// # Errors
    /// The client did not take it, and there will be no report.
    pub(in crate::kafka) fn send(
        &self,
        client: *mut rd_kafka_t,
        record: &mut BaseRecord<'_, [u8], [u8], usize>,
    ) -> KafkaResult<()> {
        let topic = self.get(client, record.topic)?;
        let bytes = |bytes: Option<&[u8]>| match bytes {
            Some(bytes) => (bytes.as_ptr().cast_mut().cast::<c_void>(), bytes.len()),
            None => (ptr::null_mut(), 0),
        };
        let ((value, value_length), (key, key_length)) = (bytes(record.payload), bytes(record.key));
        // A reference to rdkafka's headers is the address of librdkafka's.
        let headers = record.headers.as_ref().map_or(ptr::null_mut(), |headers| {
            let native = ptr::from_ref(headers.as_borrowed());
            native.cast::<rd_kafka_headers_t>().cast_mut()
        });
        // SAFETY: each kind is followed by what librdkafka reads for it, and the list ends with its end. Value and key
        // are copied; the opaque is a number. Headers go over to the client when it says that there was no error.
        let code = unsafe {
            rd_kafka_producev(
                client,
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_RKT,
                topic.as_ptr(),
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_PARTITION,
                record.partition.unwrap_or(ANY_PARTITION),
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_MSGFLAGS,
                RD_KAFKA_MSG_F_COPY,
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_VALUE,
                value,
                value_length,
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_KEY,
                key,
                key_length,
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_OPAQUE,
                record.delivery_opaque as *mut c_void,
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_TIMESTAMP,
                record.timestamp.unwrap_or(NOW),
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_HEADERS,
                headers,
                rd_kafka_vtype_t::RD_KAFKA_VTYPE_END,
            )
        };
        if code != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Err(KafkaError::MessageProduction(code.into()));
        }
        mem::forget(record.headers.take());
        Ok(())
    }
}
