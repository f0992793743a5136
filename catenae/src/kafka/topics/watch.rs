//! Looks every two seconds whether the streams of a micromodule are still the ones it began with, and asks what the
//! broker has of partitions that give nothing.
//!
//! Beside it the consumer says at once when it goes on with another stream, see `intake::identity`. That goes
//! by a line of its log, and only with brokers since Kafka 3.1; this look needs neither, and sees outputs too.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::time;

use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::kafka::topics::ids::{IdAnswer, IdClient, IdQuestion, Ids, ids};
use crate::kafka::{SideStreams, StreamAdmin};
use crate::liveness::{BrokerEnds, PartitionName};
use crate::mutant;
use crate::shutdown::InstanceHandle;
use crate::spec::modes::OnRecreate;
use crate::stream::{Identities, Recreated, StreamName};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(2);
/// How long Kafka may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long what was sent to the former stream may be on its way: the client gives it up after so long.
const ACCEPTED_LATELY: Duration = Duration::from_secs(60);
/// Between two questions at an end.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(100);
/// How long it may take at an end.
const LAST_LOOK_WITHIN: Duration = Duration::from_millis(800);
/// How long the ends of one partition may take.
const ENDS_WITHIN: Duration = Duration::from_millis(500);
/// Between two looks for the answer.
const POLL: Duration = Duration::from_millis(20);

/// What the watch and the consumer tell each other.
#[derive(Debug, Default)]
pub(crate) struct Sightings {
    read: Mutex<Vec<StreamName>>,
    seen: Mutex<Ids>,
    /// Partitions that give nothing: the broker is to be asked about them.
    silent: Mutex<BTreeSet<PartitionName>>,
    /// What it has of them.
    ends: Mutex<Vec<(PartitionName, BrokerEnds)>>,
}

impl Sightings {
    /// These streams are read from now on.
    pub(crate) fn set_read(&self, streams: Vec<StreamName>) {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = streams;
    }

    /// What the watch has seen since the last call.
    pub(crate) fn take_seen(&self) -> Ids {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks what the broker has of these partitions.
    pub(crate) fn ask_ends(&self, silent: Vec<PartitionName>) {
        let mut asked = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        asked.extend(silent);
    }

    /// What the broker has said since the last call.
    pub(crate) fn take_ends(&self) -> Vec<(PartitionName, BrokerEnds)> {
        std::mem::take(&mut *self.ends.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What has been asked since the last call.
    pub(crate) fn take_silent(&self) -> Vec<PartitionName> {
        let mut silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *silent).into_iter().collect()
    }

    /// What the broker has of partitions.
    pub(crate) fn set_ends(&self, ends: Vec<(PartitionName, BrokerEnds)>) {
        let mut known = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(ends);
    }

    fn read(&self) -> Vec<StreamName> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.clone()
    }

    fn set_seen(&self, ids: Ids) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = ids;
    }
}

/// The watch of one micromodule over the streams it writes to. Those that it reads are compared with what
/// the assignment found, so their answers go to the consumer.
pub(crate) struct StreamWatch {
    client: IdClient,
    /// Everything that is written to, the streams of retries too.
    outputs: Vec<StreamName>,
    side: SideStreams,
    on_recreate: OnRecreate,
    instance: Arc<InstanceHandle>,
    known: Mutex<Identities>,
    /// The last output that was created again and that it went on with, and when.
    accepted: Mutex<Option<(Instant, Recreated)>>,
}

impl StreamWatch {
    /// A watch that has not begun; `None` where no stream is ever deleted, on an embedded broker.
    pub(crate) fn new(
        config: &Config,
        streams: &StreamAdmin,
        instance: &Arc<InstanceHandle>,
    ) -> Option<Arc<Self>> {
        let client = Arc::clone(streams.knows_ids()?);
        let side = SideStreams::of(config);
        let outputs = config.outputs.iter().map(|(name, _)| name.clone());
        let beside = config.inputs.iter();
        let beside = beside.flat_map(|(input, _)| side.names_beside(input));
        let mut outputs: Vec<StreamName> = outputs.chain(beside).collect();
        outputs.sort();
        outputs.dedup();
        Some(Arc::new(Self {
            client,
            outputs,
            side,
            on_recreate: config.on_recreate,
            instance: Arc::clone(instance),
            known: Mutex::default(),
            accepted: Mutex::default(),
        }))
    }

    /// Looks until the micromodule stops, and tells the consumer what it sees.
    pub(crate) async fn run(self: Arc<Self>, sightings: Arc<Sightings>) {
        let looking = async {
            loop {
                let mut all = sightings.read();
                all.extend(self.outputs.iter().cloned());
                all.sort();
                all.dedup();
                match ask(&self.client, &all).await {
                    Some(ids) => {
                        self.compare(&ids);
                        sightings.set_seen(ids);
                    }
                    None => {
                        while !answers(&self.client, &all).await {
                            time::sleep(EVERY).await;
                        }
                    }
                }
                time::sleep(EVERY).await;
            }
        };
        let asking = async {
            for round in 0.. {
                time::sleep(EVERY).await;
                let mut silent = sightings.take_silent();
                if !silent.is_empty() {
                    // Not always the same ones first: there may be no time for all.
                    let first = round % silent.len();
                    silent.rotate_left(first);
                    sightings.set_ends(ends(&self.client, silent).await);
                }
            }
        };
        tokio::select! {
            () = looking => {}
            () = asking => {}
            () = self.instance.stopped() => {}
        }
    }

    /// Once everything has ended: where an output could not be delivered, looks whether its stream is another
    /// one, at most for what is `left` of the stop. The producer may be told so first, by a partition or a
    /// stream that is not there, and then that is the reason.
    pub(crate) fn explain_end(&self, left: Duration) {
        if !self.instance.failed_to_deliver() {
            return;
        }
        let recreated = self.accepted_lately();
        let until = Instant::now() + LAST_LOOK_WITHIN.min(left);
        if let Some(recreated) = recreated.or_else(|| self.look_until(until)) {
            let error = output_recreated(self.instance.who(), &recreated, self.on_recreate);
            self.instance.explain(error);
        }
    }

    /// What was on its way when it went on with another stream fails after that.
    fn accepted_lately(&self) -> Option<Recreated> {
        let accepted = self.accepted.lock();
        let accepted = accepted.unwrap_or_else(PoisonError::into_inner);
        let (since, recreated) = accepted.as_ref()?;
        (since.elapsed() < ACCEPTED_LATELY).then(|| recreated.clone())
    }

    /// Asks until it is known of every output whether it is another stream.
    fn look_until(&self, until: Instant) -> Option<Recreated> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left < ASK_AGAIN_AFTER {
                return None;
            }
            let ids = ids(&self.client, &self.outputs, left).unwrap_or_default();
            let recreated = self.recreated(&ids).into_iter().next();
            // One that is not there may come back in a moment.
            if recreated.is_some() || ids.len() == self.outputs.len() {
                return recreated;
            }
            thread::sleep(ASK_AGAIN_AFTER);
        }
    }

    fn compare(&self, ids: &Ids) {
        for recreated in self.recreated(ids) {
            let is_read = self.side.input_of_retries(&recreated.stream).is_some();
            match self.on_recreate {
                // The consumer says it.
                OnRecreate::Fail if is_read => {}
                OnRecreate::FromBeginning if is_read => self.accept(recreated),
                OnRecreate::Fail => {
                    let error = output_recreated(self.instance.who(), &recreated, self.on_recreate);
                    self.instance.fail(error);
                }
                OnRecreate::FromBeginning => {
                    tracing::warn!("output {recreated}: everything sent to the old stream is gone");
                    self.accept(recreated);
                }
            }
        }
    }

    fn accept(&self, recreated: Recreated) {
        let (stream, now) = (&recreated.stream, recreated.now.clone());
        self.known().accept(stream, now);
        let accepted = self.accepted.lock();
        *accepted.unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), recreated));
    }

    /// The outputs that are other streams than they were.
    fn recreated(&self, ids: &Ids) -> Vec<Recreated> {
        if mutant::is("outputs-unwatched") {
            return Vec::new();
        }
        let mut known = self.known();
        let see = |stream: &StreamName| known.see(stream, ids.get(stream)?.clone());
        self.outputs.iter().filter_map(see).collect()
    }

    fn known(&self) -> MutexGuard<'_, Identities> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks without holding a thread.
async fn ask(client: &IdClient, streams: &[StreamName]) -> Option<Ids> {
    let question = IdQuestion::ask(client, streams, ANSWER_WITHIN);
    loop {
        match question.answer(Duration::ZERO) {
            IdAnswer::Ids(ids) => return Some(ids),
            // The broker is away; others say so.
            IdAnswer::Failed => return None,
            IdAnswer::NotYet => time::sleep(POLL).await,
        }
    }
}

/// Whether a broker answers at all. While a question for ids waits for a broker, two threads of librdkafka 2.12.1
/// wake each other without a pause, and take most of a core; one for metadata waits quietly.
async fn answers(client: &IdClient, streams: &[StreamName]) -> bool {
    let (client, first) = (Arc::clone(client), streams.first().cloned());
    let asked = tokio::task::spawn_blocking(move || {
        let first = first.as_ref().map(StreamName::as_str);
        client.inner().fetch_metadata(first, EVERY).is_ok()
    });
    asked.await.unwrap_or(true)
}

/// What the broker has of these partitions, as far as it says so in time.
async fn ends(client: &IdClient, silent: Vec<PartitionName>) -> Vec<(PartitionName, BrokerEnds)> {
    let client = Arc::clone(client);
    let asked = tokio::task::spawn_blocking(move || {
        let until = Instant::now() + EVERY;
        // One without a leader does not keep the time of all others.
        let left = || {
            let left = until.saturating_duration_since(Instant::now());
            (!left.is_zero()).then_some(left.min(ENDS_WITHIN))
        };
        let asked = silent.into_iter().map_while(|name| Some((name, left()?)));
        let answered = asked.filter_map(|(name, within)| {
            let (stream, partition) = (name.0.as_str(), name.1);
            let answer = client.inner().fetch_watermarks(stream, partition, within);
            let (low, high) = answer.ok()?;
            Some((name, BrokerEnds { low, high }))
        });
        answered.collect()
    });
    asked.await.unwrap_or_default()
}

/// What stops a micromodule whose output is another stream.
fn output_recreated(who: &str, recreated: &Recreated, on_recreate: OnRecreate) -> Error {
    let what_now = match on_recreate {
        OnRecreate::Fail => {
            "Everything sent to the former one is gone, perhaps unread; the next start writes to the new one. To \
             continue automatically, start with `--on-recreate from-beginning`"
        }
        OnRecreate::FromBeginning => {
            "Outputs on their way to the old stream could not be delivered; the next start \
             handles their inputs again, and writes to the new stream"
        }
    };
    let context = format!("{who}: output {recreated}. {what_now}");
    Error::new(ErrorKind::Recreated, context)
}
