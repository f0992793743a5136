//! What a micromodule is put together from at its start.

use std::sync::Arc;
use std::time::Instant;

use super::{DRAIN_SHARE, Host, IN_FLIGHT, IN_TRANSACTIONS, Micromodule, calls};
use crate::assignment::lane_queue::LaneQueue;
use crate::context::{ContextInner, Port};
use crate::emit::Outputs;
use crate::error::Error;
use crate::kafka::producer::holds::Holds;
use crate::kafka::{Endpoint, KafkaPort, Outbox, SideStreams, Signature, StreamAdmin};
use crate::lane::{Committed, LaneShared};
use crate::rpc::transport::Calls;
use crate::rpc::transport::streams::CallStreams;
use crate::settle::tracker::Tracker;
use crate::shutdown::InstanceHandle;
use crate::spec::modes::{InputMode, Order};

impl Micromodule {
    /// Makes sure that every stream is there. Whether to go on: not when it was stopped meanwhile.
    pub(super) fn ensure_streams(
        &self,
        streams: &StreamAdmin,
        of_calls: Option<&CallStreams>,
        instance: &Arc<InstanceHandle>,
    ) -> Result<bool, Error> {
        let planned = of_calls.map(CallStreams::planned);
        tracing::debug!("asking Kafka for the streams");
        match streams.ensure_all(&self.config, planned.unwrap_or_default(), instance) {
            Err(error) if instance.reason().is_some() => {
                tracing::info!("stopped before it began");
                tracing::debug!("it had not begun because of: {}", error.with_causes());
                Ok(false)
            }
            ensured => ensured.map(|()| true),
        }
    }

    /// What lanes share, with a producer that runs; and the tracker of what they will have in flight.
    pub(super) fn lane_shared(
        &self,
        endpoint: &Endpoint,
        streams: &StreamAdmin,
        instance: &Arc<InstanceHandle>,
    ) -> Result<(LaneShared, Tracker), Error> {
        let config = &self.config;
        let tracker = Tracker::new(match config.delivery {
            _ if !self.wiring.takes_message => 0,
            delivery if delivery.has_transactions() => IN_TRANSACTIONS,
            _ => IN_FLIGHT,
        });
        let counters = tracker.counters();
        let known = streams.what_they_take(config);
        let outbox = Outbox::start(
            endpoint,
            config,
            known,
            Arc::clone(&counters),
            Arc::clone(instance),
        )?;
        let outbox = Arc::new(outbox);
        let shared = LaneShared {
            holds: Holds::new(&outbox, &counters, instance, config.delivery),
            outbox,
            outputs: Outputs::new(config.outputs.clone()),
            counters,
            instance: Arc::clone(instance),
            order: config.order,
            delivery: config.delivery,
            committed: Committed::default(),
            // What is committed before it is handled cannot be put back when something more urgent comes.
            one_by_one: config.order == Order::Synchronous
                || (config.delivery.commits_first() && config.input_mode != InputMode::Parity),
            side: SideStreams::of(config),
            signature: Signature::of(config),
            lane_queue: Arc::new(LaneQueue::new(Arc::clone(instance.bell()))),
        };
        Ok((shared, tracker))
    }

    /// What all contexts of it share.
    pub(super) fn context(
        &self,
        host: &Host,
        shared: &LaneShared,
        port: &Arc<KafkaPort>,
        calls: Option<&Calls>,
    ) -> Arc<ContextInner> {
        Arc::new(ContextInner {
            identity: self.identity(),
            outputs: shared.outputs.clone(),
            runtime: host.runtime.clone(),
            instance: Arc::clone(&shared.instance),
            port: Arc::clone(port) as Arc<dyn Port>,
            args: Arc::clone(&self.args),
            stalls: Arc::default(),
            transport: calls::transport(calls),
            pause: Arc::clone(&shared.lane_queue.pause),
            contract: self.contract.clone(),
            began: Instant::now(),
        })
    }

    /// Calls are answered from here on. Whoever waits for an answer when a stop has gone on for a while, in a function or
    /// in `setup`, waits no longer.
    pub(super) fn begin_calls(
        &self,
        calls: &mut Calls,
        inner: &Arc<ContextInner>,
    ) -> Result<(), Error> {
        calls.begin(inner.beside())?;
        let (instance, cut_off) = (Arc::clone(&inner.instance), calls.cut_off());
        let limit = self.config.shutdown_timeout.mul_f32(DRAIN_SHARE);
        inner.runtime.spawn(async move {
            instance.stopped().await;
            tokio::time::sleep(limit).await;
            cut_off();
        });
        Ok(())
    }
}
