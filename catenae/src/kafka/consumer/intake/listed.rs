//! Partitions as the log names them.

use rdkafka::topic_partition_list::TopicPartitionList;

/// Streams with the numbers of their partitions.
pub(super) fn listed(list: &TopicPartitionList) -> String {
    let mut by_stream = std::collections::BTreeMap::<String, Vec<String>>::new();
    for element in list.elements() {
        let numbers = by_stream.entry(element.topic().to_owned()).or_default();
        numbers.push(element.partition().to_string());
    }
    if by_stream.is_empty() {
        return "no partitions".to_owned();
    }
    let streams: Vec<String> = by_stream
        .iter()
        .map(|(stream, numbers)| format!("{stream} [{}]", numbers.join(" ")))
        .collect();
    streams.join(", ")
}
