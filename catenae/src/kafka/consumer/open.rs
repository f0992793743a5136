//! Making the consumer of a micromodule.

use std::sync::Arc;

use crate::config::Config;
use crate::error::Error;
use crate::kafka::client::endpoint::{Endpoint, misconfigured};
use crate::kafka::client::settings;
use crate::kafka::consumer::intake::{Intake, IntakeParts, Settling};
use crate::kafka::consumer::membership::{GroupMember, MemberKind};
use crate::kafka::topics::ids::IdClient;
use crate::kafka::topics::side_streams::SideStreams;
use crate::kafka::topics::watch::Sightings;
use crate::settle::tracker::Tracker;
use crate::shutdown::InstanceHandle;

/// Everything the consumer of a micromodule is made from.
pub(crate) struct ConsumerParts<'p> {
    pub(crate) config: &'p Config,
    pub(crate) instance: &'p Arc<InstanceHandle>,
    pub(crate) tracker: Tracker,
    pub(crate) settling: Settling,
    /// Tells the ids of streams.
    pub(crate) asked: Option<&'p IdClient>,
    pub(crate) sightings: &'p Arc<Sightings>,
}

impl ConsumerParts<'_> {
    /// The consumer; it subscribes to nothing yet.
    pub(crate) fn open(self, endpoint: &Endpoint) -> Result<GroupMember, Error> {
        let config = self.config;
        let client = settings::consumer(endpoint, config);
        let intake = Intake::new(IntakeParts {
            reporter: endpoint.reporter(&client),
            instance: Arc::clone(self.instance),
            cooperative: settings::is_cooperative(&client),
            kind: MemberKind::of(&client),
            beginning: endpoint.beginning(),
            drain: config.shutdown_timeout / 2,
            // As the outbox counts them when it reserves room in the gauge.
            counts_headers: endpoint.embedded().is_some(),
            on_settled: endpoint.on_settled(&config.group),
            settling: self.settling,
            asked: self.asked.cloned(),
            on_recreate: config.on_recreate,
            sightings: Arc::clone(self.sightings),
            log: settings::log_of_reader(config),
            inputs: SideStreams::of(config).all_inputs(config),
            declared: config.inputs.len(),
            tracker: self.tracker,
        });
        client
            .create_with_context(intake)
            .map(GroupMember::new)
            .map_err(|error| misconfigured("consumer", error))
    }
}
