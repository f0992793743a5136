//! The text that Kafka keeps beside a committed offset.

use std::slice;

use rdkafka::topic_partition_list::TopicPartitionList;

/// The text beside one offset of a list that Kafka has answered with; `None` when there is none.
///
/// Not `TopicPartitionListElem::metadata`: that panics at a text of another program that is not UTF-8.
pub(super) fn note_at(list: &TopicPartitionList, index: usize) -> Option<&[u8]> {
    if index >= list.count() {
        return None;
    }
    // SAFETY: the list is valid as long as the borrow, and has more than `index` elements; the text of an
    // element belongs to it and is as long as its size says.
    unsafe {
        let element = &*(*list.ptr()).elems.add(index);
        if element.metadata.is_null() {
            return None;
        }
        let text = element.metadata.cast::<u8>().cast_const();
        Some(slice::from_raw_parts(text, element.metadata_size))
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::topic_partition_list::TopicPartitionList;

    use super::note_at;

    #[test]
    fn the_text_of_each_element_is_found() {
        let mut list = TopicPartitionList::new();
        list.add_partition("a", 0).set_metadata("one");
        list.add_partition("a", 1);
        list.add_partition("b", 0).set_metadata("three");
        let check = |index, expected: Option<&str>| {
            assert_eq!(note_at(&list, index), expected.map(str::as_bytes));
        };
        check(0, Some("one"));
        check(1, None);
        check(2, Some("three"));
        check(3, None);
    }
}
