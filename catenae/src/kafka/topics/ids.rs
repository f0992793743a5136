//! Asks Kafka for the ids of streams, which tell one that was deleted and created again from what it was.
//!
//! rdkafka does not wrap this question (`DescribeTopics`, since librdkafka 2.3), so it is asked in C.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::admin::AdminClient;
use rdkafka::bindings::{
    rd_kafka_AdminOptions_destroy, rd_kafka_AdminOptions_new,
    rd_kafka_AdminOptions_set_request_timeout, rd_kafka_DescribeTopics,
    rd_kafka_DescribeTopics_result_topics, rd_kafka_TopicCollection_destroy,
    rd_kafka_TopicCollection_of_topic_names, rd_kafka_TopicDescription_error,
    rd_kafka_TopicDescription_name, rd_kafka_TopicDescription_topic_id, rd_kafka_Uuid_base64str,
    rd_kafka_error_code, rd_kafka_event_DescribeTopics_result, rd_kafka_event_destroy,
    rd_kafka_event_error, rd_kafka_event_t, rd_kafka_queue_destroy, rd_kafka_queue_new,
    rd_kafka_queue_poll, rd_kafka_queue_t,
};
use rdkafka::types::{RDKafkaAdminOp, RDKafkaRespErr};

use crate::kafka::Reporter;
use crate::stream::{Recreated, StreamId, StreamName};

/// The streams that Kafka has an id for, by name.
pub(crate) type Ids = BTreeMap<StreamName, StreamId>;

/// A client that can be asked.
pub(crate) type IdClient = Arc<AdminClient<Reporter>>;

/// A question that is under way. Dropped before its answer is there, the answer is dropped as well.
pub(crate) struct IdQuestion {
    /// Where the answer comes in.
    queue: *mut rd_kafka_queue_t,
    /// It must outlive its queue.
    _client: IdClient,
}

// SAFETY: librdkafka's queues are locked inside, and may be polled and destroyed by any thread.
unsafe impl Send for IdQuestion {}

impl Drop for IdQuestion {
    fn drop(&mut self) {
        // SAFETY: the queue was made by `rd_kafka_queue_new`, is destroyed once, and its client is still there.
        unsafe { rd_kafka_queue_destroy(self.queue) };
    }
}

/// The ids of these streams. Those that are not there, may not be seen, or have no id because the broker is
/// older than Kafka 2.8, are left out. `None` when there is no answer within `limit`.
pub(crate) fn ids(client: &IdClient, streams: &[StreamName], limit: Duration) -> Option<Ids> {
    match IdQuestion::ask(client, streams, limit).answer(limit) {
        IdAnswer::Ids(ids) => Some(ids),
        IdAnswer::NotYet | IdAnswer::Failed => None,
    }
}

impl IdQuestion {
    /// Asks, without waiting; within `limit` there is an answer of some kind.
    pub(crate) fn ask(client: &IdClient, streams: &[StreamName], limit: Duration) -> Self {
        let names = streams.iter();
        // No name of a stream has a NUL inside.
        let names: Vec<CString> = names
            .filter_map(|stream| CString::new(stream.as_str()).ok())
            .collect();
        let mut pointers: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
        let native = client.inner().native_ptr();
        // SAFETY: the client is valid, and outlives the queue. Names and pointers live until the end of the
        // block, and the client copies them. What else is made here is destroyed here.
        let queue = unsafe {
            let queue = rd_kafka_queue_new(native);
            let describe = RDKafkaAdminOp::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
            let options = rd_kafka_AdminOptions_new(native, describe);
            rd_kafka_AdminOptions_set_request_timeout(options, millis(limit), ptr::null_mut(), 0);
            let topics =
                rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len());
            rd_kafka_DescribeTopics(native, topics, options, queue);
            rd_kafka_TopicCollection_destroy(topics);
            rd_kafka_AdminOptions_destroy(options);
            queue
        };
        let client = Arc::clone(client);
        Self {
            queue,
            _client: client,
        }
    }

    /// Waits for the answer, at most `limit`.
    pub(crate) fn answer(&self, limit: Duration) -> IdAnswer {
        // SAFETY: the queue is valid while `self` is. The event is ours from here on.
        let event = unsafe { rd_kafka_queue_poll(self.queue, millis(limit)) };
        if event.is_null() {
            return IdAnswer::NotYet;
        }
        // SAFETY: the event is valid until it is destroyed, and nothing that is read from it outlives it.
        unsafe {
            let answer = read(event);
            rd_kafka_event_destroy(event);
            answer
        }
    }
}

fn millis(time: Duration) -> c_int {
    c_int::try_from(time.as_millis()).unwrap_or(c_int::MAX)
}

/// What there is when one looks for an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum IdAnswer {
    NotYet,
    /// No broker answered in time.
    Failed,
    /// What Kafka says.
    Ids(Ids),
}

/// Reads an answer.
///
/// # Safety
/// `event` is valid, and nobody else reads it.
unsafe fn read(event: *mut rd_kafka_event_t) -> IdAnswer {
    let mut ids = Ids::new();
    // SAFETY: as the caller promises. What the result points to lives as long as the event; names and ids
    // end with a NUL.
    unsafe {
        if rd_kafka_event_error(event) != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
            return IdAnswer::Failed;
        }
        let result = rd_kafka_event_DescribeTopics_result(event);
        if result.is_null() {
            return IdAnswer::Failed;
        }
        let mut count = 0;
        let topics = rd_kafka_DescribeTopics_result_topics(result, &mut count);
        for index in 0..count {
            let topic = *topics.add(index);
            let error = rd_kafka_TopicDescription_error(topic);
            let failed = !error.is_null()
                && rd_kafka_error_code(error) != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR;
            let (name, id) = (
                rd_kafka_TopicDescription_name(topic),
                rd_kafka_TopicDescription_topic_id(topic),
            );
            if failed || name.is_null() || id.is_null() {
                continue;
            }
            let id = rd_kafka_Uuid_base64str(id);
            if id.is_null() {
                continue;
            }
            let (name, id) = (CStr::from_ptr(name), CStr::from_ptr(id));
            if let (Ok(name), Ok(id)) = (name.to_str(), id.to_str())
                && let Some(id) = StreamId::parse(id)
            {
                ids.insert(name.into(), id);
            }
        }
    }
    IdAnswer::Ids(ids)
}

/// Reads what librdkafka says when it learns that a topic has another id: "Topic NAME changed id from A to B".
/// librdkafka 2.12 does no more about it than this line (a `FIXME` in `rd_kafka_topic_metadata_update`: "an
/// offset reset must be triggered") and goes on at the old offset. It is said under `debug=metadata`.
pub(crate) fn said_by_client(text: &str) -> Option<Recreated> {
    let (_, said) = text.split_once("Topic ")?;
    let (stream, ids) = said.split_once(" changed id from ")?;
    let (before, now) = ids.split_once(" to ")?;
    Some(Recreated {
        stream: StreamName::parse(stream).ok()?,
        before: StreamId::parse(before)?,
        now: StreamId::parse(now.trim_end())?,
    })
}

#[cfg(test)]
mod tests {
    use super::said_by_client;

    #[test]
    fn the_line_of_the_client_is_understood() {
        let check = |text: &str, expected: Option<&str>| {
            let said = said_by_client(text).map(|recreated| recreated.to_string());
            assert_eq!(said.as_deref(), expected, "{text}");
        };
        check(
            "[thrd:127.0.0.1:1/1]: Topic a.b changed id from WmfQ0mXhQ/6x0+1YzJm3Pw to \
             7mfQ0mXhQ/6x0+1YzJm3Pw",
            Some(
                "stream `a.b` was deleted and created again (its id was WmfQ0mXhQ_6x0-1YzJm3Pw, and is \
                 7mfQ0mXhQ_6x0-1YzJm3Pw now)",
            ),
        );
        // The first time that the client hears of a topic.
        check(
            "[thrd:main]: Topic a changed id from AAAAAAAAAAAAAAAAAAAAAA to 7mfQ0mXhQ/6x0+1YzJm3Pw",
            None,
        );
        check("[thrd:main]: Topic a [0] Leader 1 Epoch 0", None);
        check("", None);
    }
}
