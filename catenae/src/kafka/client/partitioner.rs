//! Which partition an electron belongs to, where the client must be told: one with an empty key, and one without a key
//! of a link that keeps an order.

use rdkafka::ClientConfig;

use crate::mutant;

/// Where electrons with an empty key go.
///
/// librdkafka's own partitioner, `consistent_random`, takes an empty key for none and spreads it
/// (librdkafka#4510), so order would be kept for every key but that one. All the others tell the two
/// apart, and `random` looks at no key at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EmptyKeys {
    /// We name the partition.
    Named,
    /// The client's partitioner does what it does with any key.
    Partitioned,
}

/// Where electrons without a key go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyless {
    /// To any partition: the client fills batches.
    Spread,
    /// To one, so that readers see the order in which they were sent.
    Together,
}

/// Says which partition an electron goes to, where the client must be told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placement {
    pub(crate) empty_keys: EmptyKeys,
    pub(crate) keyless: Keyless,
}

impl Placement {
    /// The partition of a key, or of none; `None` where the client decides.
    pub(crate) fn partition_of(self, key: Option<&[u8]>) -> Option<i32> {
        match key {
            None if self.keyless == Keyless::Together => Some(PARTITION),
            key => self.empty_keys.partition_of(key),
        }
    }
}

/// What CRC32 makes of an empty key is 0, with any number of partitions: where `consistent` puts it, too.
const PARTITION: i32 = 0;

impl EmptyKeys {
    /// Those of a producer with these settings.
    pub(crate) fn of(client: &ClientConfig) -> Self {
        match client.get("partitioner") {
            _ if mutant::is("empty-keys-spread") => Self::Partitioned,
            None | Some("consistent_random") => Self::Named,
            Some(_) => Self::Partitioned,
        }
    }

    /// The partition of a key, where the client must be told.
    fn partition_of(self, key: Option<&[u8]>) -> Option<i32> {
        match (self, key) {
            (Self::Named, Some([])) => Some(PARTITION),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::c_void;
    use std::ptr;

    use rdkafka::bindings::{
        rd_kafka_msg_partitioner_consistent, rd_kafka_msg_partitioner_fnv1a_random,
        rd_kafka_msg_partitioner_murmur2, rd_kafka_msg_partitioner_murmur2_random,
        rd_kafka_topic_t,
    };

    use super::*;

    type Partitioner = unsafe extern "C" fn(
        *const rd_kafka_topic_t,
        *const c_void,
        usize,
        i32,
        *mut c_void,
        *mut c_void,
    ) -> i32;

    /// What a partitioner of the client says of a key.
    fn asked(partitioner: Partitioner, key: &[u8], partitions: i32) -> i32 {
        // SAFETY: they read the key and nothing else, unless they choose by chance, which none of
        // those here does with a key that is not null.
        unsafe {
            partitioner(
                ptr::null(),
                key.as_ptr().cast(),
                key.len(),
                partitions,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        }
    }

    #[test]
    fn only_the_partitioner_that_scatters_it_is_told() {
        let check = |partitioner: Option<&str>, key: Option<&[u8]>, expected| {
            let mut client = ClientConfig::new();
            if let Some(partitioner) = partitioner {
                client.set("partitioner", partitioner);
            }
            let told = EmptyKeys::of(&client).partition_of(key);
            assert_eq!(told, expected, "{partitioner:?}, key {key:?}");
        };
        for partitioner in [None, Some("consistent_random")] {
            check(partitioner, Some(b""), Some(0));
            // Spread as before: the client keeps to one partition while a batch fills.
            check(partitioner, None, None);
            check(partitioner, Some(b"x"), None);
        }
        for other in [
            "consistent",
            "murmur2",
            "murmur2_random",
            "fnv1a",
            "fnv1a_random",
            "random",
        ] {
            for key in [None, Some(&b""[..]), Some(b"x")] {
                check(Some(other), key, None);
            }
        }
    }

    #[test]
    fn what_has_no_key_stays_together_where_an_order_is_kept() {
        let empty_keys = EmptyKeys::Named;
        let check = |keyless, key: Option<&[u8]>, expected| {
            let placement = Placement {
                empty_keys,
                keyless,
            };
            assert_eq!(
                placement.partition_of(key),
                expected,
                "{keyless:?}, {key:?}"
            );
        };
        check(Keyless::Together, None, Some(0));
        check(Keyless::Spread, None, None);
        for keyless in [Keyless::Together, Keyless::Spread] {
            check(keyless, Some(b"x"), None);
            check(keyless, Some(b""), Some(0));
        }
    }

    #[test]
    fn an_empty_key_lies_where_its_checksum_puts_it() {
        for partitions in 1..50 {
            let place = asked(rd_kafka_msg_partitioner_consistent, b"", partitions);
            assert_eq!(place, PARTITION);
            let fixed = asked(rd_kafka_msg_partitioner_fnv1a_random, b"", partitions);
            assert!((0..partitions).contains(&fixed));
        }
    }

    /// The numbers are those of `BuiltInPartitioner` of Kafka's Java client 4.4.
    #[test]
    fn murmur2_puts_keys_where_java_puts_them() {
        for (key, of_ten, of_seven) in [
            ("", 1, 2),
            ("a", 4, 5),
            ("ab", 4, 0),
            ("abc", 7, 4),
            ("abcd", 0, 5),
            ("kafka", 0, 3),
            ("order-17", 1, 6),
            ("ES", 8, 2),
            ("äöü", 2, 5),
            ("the quick brown fox jumps", 5, 2),
        ] {
            for partitioner in [
                rd_kafka_msg_partitioner_murmur2,
                rd_kafka_msg_partitioner_murmur2_random,
            ] {
                let places = [10, 7].map(|count| asked(partitioner, key.as_bytes(), count));
                assert_eq!(places, [of_ten, of_seven], "{key}");
            }
        }
    }
}
