//! Positions and ends of partitions, as the client has them in its memory: nobody is asked.

use std::collections::HashMap;
use std::ffi::CString;

use rdkafka::bindings::{rd_kafka_get_watermark_offsets, rd_kafka_position};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaRespErr;

use crate::assignment::partitions::Partition;
use crate::kafka::consumer::intake::Intake;
use crate::stream::StreamName;

/// The offsets behind the last that were taken from the client; partitions of which none was taken
/// are left out.
///
/// Not `Consumer::position`: that asks the client's main thread for the assignment first.
pub(in crate::kafka::consumer) fn positions<'p>(
    consumer: &BaseConsumer<Intake>,
    partitions: impl Iterator<Item = &'p Partition>,
) -> HashMap<(StreamName, i32), i64> {
    let mut list = TopicPartitionList::new();
    let mut names = HashMap::new();
    for partition in partitions {
        list.add_partition(partition.stream.as_str(), partition.number);
        names.insert(partition.stream.as_str(), &partition.stream);
    }
    // SAFETY: both pointers are valid for the call, which writes offsets into the list and keeps
    // neither.
    let answer = unsafe { rd_kafka_position(consumer.client().native_ptr(), list.ptr()) };
    if answer != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
        return HashMap::new();
    }
    list.elements()
        .into_iter()
        .filter_map(|element| match element.offset() {
            Offset::Offset(offset) => {
                let stream = names.get(element.topic())?;
                Some((((*stream).clone(), element.partition()), offset))
            }
            _ => None,
        })
        .collect()
}

/// The end of a partition as the last answer to a fetch told it.
pub(in crate::kafka::consumer) fn end(
    consumer: &BaseConsumer<Intake>,
    partition: &Partition,
) -> Option<i64> {
    let stream = CString::new(partition.stream.as_str()).ok()?;
    let (mut low, mut high) = (-1, -1);
    // SAFETY: the client is valid as long as `consumer`, the name ends with a zero, and the two
    // numbers are written before the call returns.
    let answer = unsafe {
        rd_kafka_get_watermark_offsets(
            consumer.client().native_ptr(),
            stream.as_ptr(),
            partition.number,
            &mut low,
            &mut high,
        )
    };
    (answer == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0).then_some(high)
}
