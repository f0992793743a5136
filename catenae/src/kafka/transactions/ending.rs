//! The end of one transaction: the calls to Kafka, and what follows from the last of them.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::{Progress, Transactions};
use crate::error::{Error, ErrorKind};
use crate::kafka::intake::Intake;
use crate::kafka::outbox::{Halt, trouble};
use crate::kafka::partitions::Partition;
use crate::mutant;
use crate::transaction::{End, Id, Impasse, Next, Step};

/// Between two attempts of the same call, should Kafka answer at once.
const BREATH: Duration = Duration::from_millis(20);

/// One call waits no longer, so that a stop is noticed between two of them.
const SLICE: Duration = Duration::from_secs(3);
const SLICE_AT_STOP: Duration = Duration::from_millis(500);

impl Intake {
    /// Calls Kafka until the transaction has ended one way or the other.
    pub(super) fn carry_out(
        &self,
        consumer: &BaseConsumer<Self>,
        all: &Transactions,
        halt: &mut Halt<'_>,
        first: Step,
        next: &TopicPartitionList,
        deadline: Option<Instant>,
    ) -> End {
        let mut decisions = all.decisions.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = halt.opened().unwrap_or_else(|| halt.now());
        let mut step = decisions.end(first, opened, halt.now());
        if step == Step::Abort {
            let why = halt
                .doom()
                .unwrap_or_else(|| "partitions were lost, or reports".to_owned());
            tracing::warn!("kafka: the transaction is aborted: {why}");
        }
        loop {
            let result = self.call(consumer, halt, step, next);
            if let Err(error) = &result {
                tracing::warn!("kafka: {}: {error}", doing(step));
            }
            let result = result.map_err(|error| trouble(&error));
            let deadline = deadline.or_else(|| self.deadline_of_stop(all));
            let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now());
            let deadline = deadline.map(|deadline| halt.now() + left(deadline));
            match decisions.after(result, halt.now(), deadline) {
                Next::Over(end) => break end,
                Next::Do(again) if again == step => {
                    self.bell.wait(BREATH, || false);
                }
                Next::Do(other) => step = other,
                Next::Replace(id) => {
                    tracing::warn!("kafka: {}", replacing(id));
                    if let Err(error) = halt.replace(id) {
                        self.stopper.fail(error);
                        break End::GivenUp;
                    }
                    step = Step::Init;
                }
            }
        }
    }

    fn call(
        &self,
        consumer: &BaseConsumer<Self>,
        halt: &Halt<'_>,
        step: Step,
        next: &TopicPartitionList,
    ) -> KafkaResult<()> {
        match step {
            Step::Offsets if mutant::is("offsets-outside") => {
                let committed = consumer.commit(next, CommitMode::Sync);
                // So that a kill falls in between.
                self.bell.wait(Duration::from_millis(300), || false);
                committed
            }
            Step::Offsets => match consumer.group_metadata() {
                // Asked every time: it says of which generation of the group these offsets are.
                Some(group) => halt.add_offsets(next, group, self.slice()),
                None => Err(KafkaError::Global(RDKafkaErrorCode::UnknownGroup)),
            },
            Step::Commit => halt.commit(self.slice()),
            Step::Abort => halt.abort(self.slice()),
            Step::Init => halt.init(self.slice()),
        }
    }

    /// How long one call may take. Not too short: after one that took longer nobody knows how often
    /// Kafka was asked, and the producer is replaced.
    fn slice(&self) -> Duration {
        if self.stopper.is_stopping() {
            SLICE_AT_STOP
        } else {
            SLICE
        }
    }

    /// What follows from the end of a transaction, for the lanes and the positions.
    pub(super) fn conclude(
        &self,
        consumer: &BaseConsumer<Self>,
        all: &Transactions,
        halt: Halt<'_>,
        progress: &Progress,
        leaving: &[Arc<Partition>],
        end: End,
    ) {
        let rewound = if end == End::Committed {
            leaving
                .iter()
                .for_each(|partition| partition.end_hand_over());
            Vec::new()
        } else {
            self.take_back(all)
        };
        let unrepeatable = end != End::Committed && halt.is_unrepeatable();
        let goes_on = matches!(end, End::Committed | End::Rewind(_));
        if goes_on {
            if let Err(error) = halt.begin() {
                let context = format!("{}: no further transaction can be begun", self.who);
                self.stopper
                    .fail(Error::new(ErrorKind::Kafka, context).caused_by(error));
            }
        } else {
            all.over.store(true, Ordering::SeqCst);
        }
        // What was completed meanwhile goes into the next one, or is dropped.
        halt.give_left();
        drop(halt);
        if unrepeatable {
            let context = format!(
                "{}: what `setup`, `finish` or a method sent was in a transaction that failed, and nobody \
                 sends it again: start again",
                self.who
            );
            self.stopper.fail(Error::new(ErrorKind::Delivery, context));
        }
        match end {
            End::Committed => {
                for (partition, watermark) in &progress.moved {
                    (self.on_settled)(&partition.stream, *watermark);
                }
            }
            End::Rewind(pause) => {
                tracing::warn!(
                    "kafka: the last transaction failed, or its answer was lost: positions go back \
                     to what Kafka has committed, and the inputs behind it are handled again"
                );
                self.stopper.wait(pause);
                let staying = rewound
                    .into_iter()
                    .filter(|one| leaving.iter().all(|gone| gone.id != one.id));
                if !mutant::is("no-rewind") {
                    self.go_back(consumer, &staying.collect::<Vec<_>>());
                }
            }
            End::GivenUp => {
                let context = format!(
                    "{}: the last transaction was not ended before the deadline of the shutdown; \
                     Kafka ends it by itself, and what it did not commit is read again at the next \
                     start",
                    self.who
                );
                self.stopper.fail(Error::new(ErrorKind::Shutdown, context));
            }
            End::Stop(impasse) => {
                let context = format!("{}: {}", self.who, explained(impasse));
                self.stopper.fail(Error::new(ErrorKind::Kafka, context));
            }
        }
    }
}

fn doing(step: Step) -> &'static str {
    match step {
        Step::Offsets => "the offsets of a transaction were not added",
        Step::Commit => "a transaction was not committed",
        Step::Abort => "a transaction was not aborted",
        Step::Init => "transactions are not ready yet",
    }
}

fn replacing(id: Id) -> &'static str {
    match id {
        Id::Same => "a new producer takes the place of one that cannot go on",
        Id::Fresh => {
            "a new producer takes the place of one that was halted for too long; its transactional \
             id is another one, should another instance have this `--uid` by now"
        }
    }
}

fn explained(impasse: Impasse) -> &'static str {
    match impasse {
        Impasse::Superseded => {
            "another instance with the same `--uid` was started and takes its place: the newer one \
             goes on. Give every instance a uid of its own"
        }
        Impasse::Refused => {
            "Kafka refuses its producer: may this user write to the transactional id?"
        }
        Impasse::Unreachable => {
            "the coordinator of its transactions did not answer in time: is Kafka reachable?"
        }
        Impasse::NoProgress => {
            "no transaction could be committed for five minutes: the warnings before this say why"
        }
    }
}
