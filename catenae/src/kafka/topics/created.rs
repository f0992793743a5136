//! What is said about a stream that was created, or could not be.

use std::collections::BTreeMap;

use rdkafka::error::RDKafkaErrorCode as Code;

use super::{Carries, PlannedStream, names};
use crate::error::{Error, ErrorKind};

/// How many names that look alike are told.
const ALIKE_SHOWN: usize = 3;

/// Says that a stream was created. An input to which nobody has ever written may be misspelled.
pub(super) fn say_created(
    stream: &PlannedStream,
    there: &BTreeMap<String, usize>,
    written_here: bool,
) {
    let name = stream.name.as_str();
    let plural = if stream.partitions == 1 { "" } else { "s" };
    let created = format!(
        "created stream `{name}` with {} partition{plural}",
        stream.partitions
    );
    if stream.carries != Carries::Input || written_here {
        return tracing::info!("{created}");
    }
    let meant = names::meant(name, there).into_iter().take(ALIKE_SHOWN);
    let meant: Vec<String> = meant.map(|other| format!("`{other}`")).collect();
    let ask = match &*meant {
        [] => String::new(),
        meant => format!("; did you mean {}?", meant.join(" or ")),
    };
    tracing::warn!(
        "{created}: this input did not exist, so it is empty until somebody writes to it{ask}"
    );
}

/// Why Kafka does not create a stream, and what to do.
pub(super) fn refused(stream: &PlannedStream, code: Code, who: &str) -> Error {
    let name = &stream.name;
    let context = match code {
        Code::TopicAuthorizationFailed | Code::ClusterAuthorizationFailed => {
            let operations = match stream.carries {
                Carries::Input => "DESCRIBE and READ",
                Carries::Electrons => "DESCRIBE and WRITE",
                Carries::Calls => "DESCRIBE, READ and WRITE",
            };
            format!(
                "stream `{name}` does not exist, or {who} is not allowed to see it, and {who} is \
                 not allowed to create it. If it exists, allow {operations} on topic \
                 `{name}`; otherwise create it, or allow CREATE on it{}",
                of_calls(&[stream])
            )
        }
        // What collides with a stream in sight was refused before.
        Code::InvalidTopic => format!(
            "Kafka refuses the name of stream `{name}`: perhaps a stream that {who} is not \
             allowed to see has a name that differs only in `.` and `_`. Rename one of the \
             two"
        ),
        Code::InvalidReplicationFactor => format!(
            "stream `{name}` cannot be created: the broker's `default.replication.factor` asks for more \
             copies than there are brokers. Correct it, or create the stream by hand"
        ),
        code => return cannot_create(&[stream], &code.to_string()),
    };
    Error::new(ErrorKind::Stream, context).caused_by(code.to_string())
}

pub(super) fn cannot_create(streams: &[&PlannedStream], why: &str) -> Error {
    let names = streams.iter().map(|stream| format!("`{}`", stream.name));
    let names: Vec<String> = names.collect();
    let context = format!(
        "missing on the broker and cannot be created: {}. Create them by hand, or let this user \
         create topics{}",
        names.join(", "),
        of_calls(streams)
    );
    Error::new(ErrorKind::Stream, context).caused_by(why.to_owned())
}

/// How one does without the streams of calls.
fn of_calls(streams: &[&PlannedStream]) -> &'static str {
    let of_calls = |stream: &&PlannedStream| stream.carries == Carries::Calls;
    match streams.iter().any(of_calls) {
        true => "; a micromodule that runs with `--rpc off` needs no `catenae_` streams",
        false => "",
    }
}
