//! The end of one transaction: the calls to Kafka, and what follows from the last of them.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rdkafka::consumer::{CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::{Progress, TransactionEnd};
use crate::assignment::partitions::Partition;
use crate::error::{Error, ErrorKind};
use crate::kafka::producer::{CommitGuard, trouble};
use crate::mutant;
use crate::settle::transaction::{End, Impasse, Next, Step, TransactionalId};

/// Between two attempts of the same call, should Kafka answer at once.
const BREATH: Duration = Duration::from_millis(20);

/// One call waits no longer, so that a stop is noticed between two of them.
const SLICE: Duration = Duration::from_secs(3);
const SLICE_AT_STOP: Duration = Duration::from_millis(500);

impl TransactionEnd<'_> {
    /// Calls Kafka until the transaction has ended one way or the other.
    pub(super) fn carry_out(
        &self,
        guard: &mut CommitGuard<'_>,
        first: Step,
        next: &TopicPartitionList,
        deadline: Option<Instant>,
    ) -> End {
        let mut decisions = self
            .all
            .decisions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let opened = guard.opened().unwrap_or_else(|| guard.now());
        let mut step = decisions.end(first, opened, guard.now());
        if step == Step::Abort {
            let why = guard
                .abort_reason()
                .unwrap_or_else(|| "partitions or delivery reports were lost".to_owned());
            tracing::warn!("kafka: the transaction is aborted: {why}");
        }
        loop {
            let result = self.call(guard, step, next);
            if let Err(error) = &result {
                tracing::warn!("kafka: {}: {error}", doing(step));
            }
            let result = result.map_err(|error| trouble(&error));
            let deadline = deadline.or_else(|| self.deadline_of_stop());
            let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now());
            let deadline = deadline.map(|deadline| guard.now() + left(deadline));
            match decisions.after(result, guard.now(), deadline) {
                Next::Over(end) => break end,
                Next::Do(again) if again == step => {
                    self.intake.instance.bell().wait(BREATH, || false);
                }
                Next::Do(other) => step = other,
                Next::Replace(id) => {
                    tracing::warn!("kafka: {}", replacing(id));
                    if let Err(error) = guard.replace(id) {
                        self.intake.instance.fail(error);
                        break End::GivenUp;
                    }
                    step = Step::Init;
                }
            }
        }
    }

    fn call(
        &self,
        guard: &CommitGuard<'_>,
        step: Step,
        next: &TopicPartitionList,
    ) -> KafkaResult<()> {
        match step {
            Step::Offsets if mutant::is("offsets-outside") => {
                let committed = self.consumer.commit(next, CommitMode::Sync);
                // So that a kill falls in between.
                self.intake
                    .instance
                    .bell()
                    .wait(Duration::from_millis(300), || false);
                committed
            }
            Step::Offsets => match self.consumer.group_metadata() {
                // Asked every time: it says of which generation of the group these offsets are.
                Some(group) => guard.add_offsets(next, group, self.slice()),
                None => Err(KafkaError::Global(RDKafkaErrorCode::UnknownGroup)),
            },
            Step::Commit => guard.commit(self.slice()),
            Step::Abort => guard.abort(self.slice()),
            Step::Init => guard.init(self.slice()),
        }
    }

    /// How long one call may take. Not too short: after one that took longer nobody knows how often
    /// Kafka was asked, and the producer is replaced.
    fn slice(&self) -> Duration {
        if self.intake.instance.is_stopping() {
            SLICE_AT_STOP
        } else {
            SLICE
        }
    }

    /// What follows from the end of a transaction, for the lanes and the positions.
    pub(super) fn conclude(
        &self,
        guard: CommitGuard<'_>,
        progress: &Progress,
        leaving: &[Arc<Partition>],
        end: End,
    ) {
        // Until positions have gone back: what is taken before lies behind them.
        let _closed = (end != End::Committed).then(|| self.intake.queues.close());
        let rewound = if end == End::Committed {
            leaving
                .iter()
                .for_each(|partition| partition.end_hand_over());
            Vec::new()
        } else {
            self.all
                .known
                .learn(&self.all.outbox, &self.intake.assigned);
            self.take_back()
        };
        let is_killed = self.intake.instance.is_killed();
        let unrepeatable = end != End::Committed && guard.is_unrepeatable() && !is_killed;
        let goes_on = matches!(end, End::Committed | End::Rewind(_));
        if goes_on {
            if let Err(error) = guard.begin() {
                let context = format!(
                    "{}: no further transaction can be begun",
                    self.intake.instance.who()
                );
                self.intake
                    .instance
                    .fail(Error::new(ErrorKind::Kafka, context).caused_by(error));
            }
        } else {
            self.all.over.store(true, Ordering::SeqCst);
        }
        // What was completed meanwhile goes into the next one, or is dropped.
        guard.give_left();
        drop(guard);
        if unrepeatable {
            let context = format!(
                "{}: a failed transaction held what `setup`, `finish` or a method sent, and \
                 nothing sends that again by itself: start the micromodule again",
                self.intake.instance.who()
            );
            self.intake
                .instance
                .fail(Error::new(ErrorKind::Delivery, context));
        }
        match end {
            End::Committed => {
                for (partition, watermark) in &progress.moved {
                    self.all
                        .known
                        .forget_committed(partition, watermark.next_offset);
                    (self.intake.on_settled)(&partition.stream, *watermark);
                }
            }
            End::Rewind(pause) => {
                tracing::warn!(
                    "kafka: the last transaction failed, or its answer was lost: positions go back \
                     to what Kafka has committed, and the inputs behind it are handled again"
                );
                self.intake.instance.wait(pause);
                let staying = rewound
                    .into_iter()
                    .filter(|one| leaving.iter().all(|gone| gone.id != one.id));
                if !mutant::is("no-rewind") {
                    self.go_back(&staying.collect::<Vec<_>>());
                }
            }
            // What Kafka does not hear of it ends by itself.
            End::GivenUp if is_killed => {}
            End::GivenUp => {
                let context = format!(
                    "{}: the last transaction was not ended before the deadline of the shutdown; \
                     Kafka ends it by itself, and what it did not commit is read again at the next \
                     start",
                    self.intake.instance.who()
                );
                self.intake
                    .instance
                    .fail(Error::new(ErrorKind::Shutdown, context));
            }
            End::Stop(impasse) => {
                let context = format!("{}: {}", self.intake.instance.who(), explained(impasse));
                self.intake
                    .instance
                    .fail(Error::new(ErrorKind::Kafka, context));
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

fn replacing(id: TransactionalId) -> &'static str {
    match id {
        TransactionalId::Same => "a new producer takes the place of one that cannot go on",
        TransactionalId::Fresh => {
            "a new producer replaces one that was halted for too long; it gets another \
             transactional id, in case another instance has this `--uid` by now"
        }
    }
}

fn explained(impasse: Impasse) -> &'static str {
    match impasse {
        Impasse::Superseded => {
            "another instance was started with the same `--uid` and takes the place of this one: \
             the newer instance goes on. Give every instance its own uid"
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
