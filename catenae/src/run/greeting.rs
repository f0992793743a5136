//! Who a micromodule is, for its contexts and for the first line of its log.

use super::Micromodule;
use crate::codec::Codec;
use crate::context::Identity;
use crate::kafka::Endpoint;
use crate::stream::StreamName;

impl Micromodule {
    pub(super) fn identity(&self) -> Identity {
        Identity {
            uid: self.config.uid.to_string(),
            class: self.config.class.to_owned(),
            group: self.config.group.clone(),
            inputs: self
                .config
                .inputs
                .iter()
                .map(|(name, _)| name.clone())
                .collect(),
        }
    }

    pub(super) fn greeting(&self, endpoint: &Endpoint) -> String {
        let config = &self.config;
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
}
