//! A log line for programs.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::lines::Line;

#[derive(Serialize)]
struct Object<'l> {
    time: String,
    level: String,
    class: Option<&'l str>,
    uid: Option<&'l str>,
    target: &'l str,
    message: &'l str,
    fields: JsonFields<'l>,
}

/// The fields in their order.
struct JsonFields<'l>(&'l [(&'static str, Value)]);

impl Serialize for JsonFields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// `{"time":…,"level":"info","class":…,"uid":…,"target":…,"message":…,"fields":{…}}`; class and
/// uid are null on a line of no micromodule.
pub(super) fn line(line: &Line<'_>) -> String {
    let object = Object {
        time: line.time.to_string(),
        level: line.level.as_str().to_lowercase(),
        class: line.identity.map(|identity| identity.class.as_str()),
        uid: line.identity.map(|identity| identity.uid.as_str()),
        target: line.target,
        message: line.message,
        fields: JsonFields(line.fields),
    };
    let text = serde_json::to_string(&object);
    text.expect("texts, numbers and maps of them are JSON") + "\n"
}
