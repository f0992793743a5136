//! Rights of users on an Apache Kafka with an authorizer; rdkafka has no call for that.

use std::ffi::CString;
use std::ptr;

use rdkafka::bindings as native;
use rdkafka::producer::{BaseProducer, Producer as _};

use crate::broker::TestBroker;

/// What a right is for.
#[derive(Clone, Copy, Debug)]
pub enum Resource<'r> {
    /// A stream.
    Topic(&'r str),
    /// A consumer group.
    Group(&'r str),
    /// All transactional ids that begin so.
    Transactions(&'r str),
}

/// What somebody may do.
#[derive(Clone, Copy, Debug)]
pub enum Operation {
    /// See that it is there.
    Describe,
    /// Read from it.
    Read,
    /// Write to it.
    Write,
}

/// Gives a user a right.
///
/// # Panics
/// When the broker refuses it.
pub fn allow(broker: &TestBroker, user: &str, operation: Operation, resource: Resource<'_>) {
    use native::rd_kafka_AclOperation_t as Operations;
    use native::rd_kafka_AclPermissionType_t as Permissions;
    use native::rd_kafka_ResourcePatternType_t as Patterns;
    use native::rd_kafka_ResourceType_t as Resources;

    let (kind, name, pattern) = match resource {
        Resource::Topic(name) => (
            Resources::RD_KAFKA_RESOURCE_TOPIC,
            name,
            Patterns::RD_KAFKA_RESOURCE_PATTERN_LITERAL,
        ),
        Resource::Group(name) => (
            Resources::RD_KAFKA_RESOURCE_GROUP,
            name,
            Patterns::RD_KAFKA_RESOURCE_PATTERN_LITERAL,
        ),
        Resource::Transactions(prefix) => (
            Resources::RD_KAFKA_RESOURCE_TRANSACTIONAL_ID,
            prefix,
            Patterns::RD_KAFKA_RESOURCE_PATTERN_PREFIXED,
        ),
    };
    let operation = match operation {
        Operation::Describe => Operations::RD_KAFKA_ACL_OPERATION_DESCRIBE,
        Operation::Read => Operations::RD_KAFKA_ACL_OPERATION_READ,
        Operation::Write => Operations::RD_KAFKA_ACL_OPERATION_WRITE,
    };
    let text = |text: &str| CString::new(text).expect("no zero byte");
    let (name, user, host) = (text(name), text(&format!("User:{user}")), text("*"));
    let client: BaseProducer = broker.client().create().expect("a client");
    // SAFETY: the texts outlive the call, which copies them; no buffer is given for an error.
    let binding = unsafe {
        native::rd_kafka_AclBinding_new(
            kind,
            name.as_ptr(),
            pattern,
            user.as_ptr(),
            host.as_ptr(),
            operation,
            Permissions::RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW,
            ptr::null_mut(),
            0,
        )
    };
    assert!(!binding.is_null(), "a right");
    let mut bindings = [binding];
    // SAFETY: the client outlives everything here; what is made is given back in turn, and nothing
    // of it is used after that. The event says whether there is an answer before its content is read.
    unsafe {
        let handle = client.client().native_ptr();
        let queue = native::rd_kafka_queue_new(handle);
        native::rd_kafka_CreateAcls(handle, bindings.as_mut_ptr(), 1, ptr::null(), queue);
        let event = native::rd_kafka_queue_poll(queue, 20_000);
        assert!(!event.is_null(), "no answer");
        let failed = native::rd_kafka_event_error(event);
        let mut refused = false;
        let answer = native::rd_kafka_event_CreateAcls_result(event);
        if !answer.is_null() {
            let mut count = 0;
            let results = native::rd_kafka_CreateAcls_result_acls(answer, &mut count);
            for index in 0..count {
                refused |= !native::rd_kafka_acl_result_error(*results.add(index)).is_null();
            }
        }
        native::rd_kafka_event_destroy(event);
        native::rd_kafka_queue_destroy(queue);
        native::rd_kafka_AclBinding_destroy(binding);
        assert!(!refused && failed as i32 == 0, "refused: {failed:?}");
    }
}
