//! The first line of a micromodule's log.

use crate::codec::Codec;
use crate::config::Config;
use crate::kafka::Endpoint;
use crate::stream::StreamName;

/// What runs where, for the log.
pub(super) fn greeting(config: &Config, endpoint: &Endpoint) -> String {
    let list = |streams: &[(StreamName, Codec)]| {
        let names: Vec<&str> = streams.iter().map(|(name, _)| name.as_str()).collect();
        names.join(", ")
    };
    let mut text = format!("running on {}", endpoint.address());
    if !config.inputs.is_empty() {
        text.push_str(&format!(
            ", input {}, group {}",
            list(&config.inputs),
            config.group
        ));
    }
    if !config.outputs.is_empty() {
        text.push_str(&format!(", output {}", list(&config.outputs)));
    }
    text
}
