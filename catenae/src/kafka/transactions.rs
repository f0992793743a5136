//! Exactly-once on the consumer's thread: when transactions end, and what follows when one fails.
//!
//! What comes after an error is decided in [`crate::transaction`]; here it is carried out.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::error::{Error, ErrorKind};
use crate::kafka::intake::{Intake, Settling};
use crate::kafka::outbox::{Halt, Outbox, trouble};
use crate::kafka::partitions::Partition;
use crate::mutant;
use crate::tracker::Watermark;
use crate::transaction::{End, Impasse, Next, Patience, Step, Transaction};

/// How long the consumer may take to go back.
const SEEK_WITHIN: Duration = Duration::from_secs(10);
/// Between two attempts of the same call, should Kafka answer at once.
const BREATH: Duration = Duration::from_millis(20);

/// What a consumer with transactions needs.
pub(crate) struct Transactions {
    outbox: Arc<Outbox>,
    /// How long a transaction lasts.
    interval: Duration,
    patience: Patience,
    /// What a stop leaves to a transaction that is just ending.
    at_stop: Duration,
    decisions: Mutex<Transaction>,
    /// Counts the times that electrons were taken back.
    rewinds: AtomicU32,
    /// The last one has ended, or nothing goes on.
    over: AtomicBool,
}

/// How a transaction is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Commit,
    Abort,
}

impl Transactions {
    /// Transactions of `interval` each, which Kafka gives up after `timeout`; `shutdown` is how long
    /// a stop may take.
    pub(crate) fn new(
        outbox: Arc<Outbox>,
        interval: Duration,
        timeout: Duration,
        shutdown: Duration,
    ) -> Self {
        let patience = Patience {
            transaction: timeout,
            step: timeout * 2,
            init: Duration::from_secs(120),
            progress: Duration::from_secs(300),
        };
        Self {
            outbox,
            interval,
            patience,
            at_stop: shutdown.mul_f32(0.5),
            decisions: Mutex::new(Transaction::new(patience)),
            rewinds: AtomicU32::new(0),
            over: AtomicBool::new(false),
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }
}

/// What a transaction commits.
struct Progress {
    next: TopicPartitionList,
    moved: Vec<(Arc<Partition>, Watermark)>,
}

impl Intake {
    fn transactions(&self) -> Option<&Transactions> {
        match &self.settling {
            Settling::Transactions(transactions) => Some(transactions),
            Settling::Stored | Settling::Before => None,
        }
    }

    /// How often electrons were taken back: a state that saw them has to be built anew.
    pub(crate) fn rewinds(&self) -> u32 {
        let transactions = self.transactions();
        transactions.map_or(0, |all| all.rewinds.load(Ordering::SeqCst))
    }

    /// Ends the transaction under way when it is due. Called all the time.
    pub(crate) fn keep_transaction(&self, consumer: &BaseConsumer<Self>) {
        let Some(all) = self.transactions() else {
            return;
        };
        let due = |age| age >= all.interval;
        if all.outbox.must_abort() || all.outbox.transaction_age().is_some_and(due) {
            self.end_transaction(consumer, Wish::Commit, &[], None);
        }
    }

    /// Commits the transaction under way now. After it nothing of `leaving` goes into another one.
    pub(crate) fn commit_transaction(
        &self,
        consumer: &BaseConsumer<Self>,
        leaving: &[Arc<Partition>],
    ) {
        self.end_transaction(consumer, Wish::Commit, leaving, None);
    }

    /// Aborts the transaction under way, because `lost` are somebody else's already.
    pub(crate) fn abort_transaction(&self, consumer: &BaseConsumer<Self>, lost: &[Arc<Partition>]) {
        self.end_transaction(consumer, Wish::Abort, lost, None);
    }

    /// The last transaction, within `limit`.
    pub(crate) fn last_transaction(&self, consumer: &BaseConsumer<Self>, limit: Duration) {
        let deadline = Some(Instant::now() + limit);
        self.end_transaction(consumer, Wish::Commit, &self.assigned(), deadline);
        if let Some(all) = self.transactions() {
            all.over.store(true, Ordering::SeqCst);
        }
    }

    fn end_transaction(
        &self,
        consumer: &BaseConsumer<Self>,
        wish: Wish,
        leaving: &[Arc<Partition>],
        deadline: Option<Instant>,
    ) {
        let Some(all) = self.transactions() else {
            return;
        };
        let Some(mut halt) = all.outbox.halt() else {
            return;
        };
        let empty = halt.opened().is_none() && halt.doom().is_none();
        if empty || all.is_over() {
            leaving
                .iter()
                .for_each(|partition| partition.end_hand_over());
            return;
        }
        let mut progress = Progress {
            next: TopicPartitionList::new(),
            moved: Vec::new(),
        };
        let first = match wish {
            Wish::Abort => Step::Abort,
            Wish::Commit => self.first_step(all, &halt, &mut progress, deadline),
        };
        let end = self.carry_out(consumer, all, &mut halt, first, &progress.next, deadline);
        self.conclude(consumer, all, halt, &progress, leaving, end);
    }

    /// Waits for the reports, and takes down what may be committed.
    fn first_step(
        &self,
        all: &Transactions,
        halt: &Halt<'_>,
        progress: &mut Progress,
        deadline: Option<Instant>,
    ) -> Step {
        let limit = Instant::now() + all.patience.transaction;
        let late = || {
            let deadline = deadline.or_else(|| self.deadline_of_stop(all));
            let now = Instant::now();
            now >= limit || deadline.is_some_and(|deadline| now >= deadline)
        };
        let missing = loop {
            let missing = halt.flush(Duration::from_millis(250));
            if missing == 0 || late() || halt.doom().is_some() {
                break missing;
            }
        };
        if missing > 0 || halt.doom().is_some() {
            return Step::Abort;
        }
        for partition in self.assigned() {
            let Some(watermark) = self.advance(&partition) else {
                continue;
            };
            let next = Offset::Offset(watermark.next_offset);
            let stream = partition.stream.as_str();
            if let Err(error) = progress
                .next
                .add_partition_offset(stream, partition.number, next)
            {
                tracing::error!("kafka: an offset cannot be committed: {error}");
                return Step::Abort;
            }
            progress.moved.push((partition, watermark));
        }
        let covered: u64 = progress
            .moved
            .iter()
            .map(|(_, moved)| moved.electrons)
            .sum();
        if covered != halt.electrons() {
            // What is handed over is always the front of its partition: else outputs would be
            // committed whose input is not.
            let context = format!(
                "{}: a transaction has the outputs of {} electrons, and the offsets of {covered}: \
                 this is a mistake in catenae",
                self.who,
                halt.electrons()
            );
            self.stopper.fail(Error::new(ErrorKind::Kafka, context));
            return Step::Abort;
        }
        if covered > 0 {
            Step::Offsets
        } else {
            Step::Commit
        }
    }

    /// Calls Kafka until the transaction has ended one way or the other.
    fn carry_out(
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
                Next::Replace => {
                    tracing::warn!(
                        "kafka: a new producer takes the place of one that cannot go on"
                    );
                    if let Err(error) = halt.replace() {
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
                consumer.commit(next, CommitMode::Sync)
            }
            Step::Offsets => match consumer.group_metadata() {
                // Asked every time: it says of which generation of the group these offsets are.
                Some(group) => halt.add_offsets(next, &group),
                None => Err(KafkaError::Global(RDKafkaErrorCode::UnknownGroup)),
            },
            Step::Commit => halt.commit(),
            Step::Abort => halt.abort(),
            Step::Init => halt.init(),
        }
    }

    /// What follows from the end of a transaction, for the lanes and the positions.
    fn conclude(
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
        drop(halt);
        if unrepeatable {
            let context = format!(
                "{}: what `setup` or `finish` sent was in a transaction that failed, and nobody \
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
                    "kafka: nothing of the last transaction took effect; its inputs are handled \
                     again"
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

    /// Voids everything that is in flight; returns the partitions it was of.
    fn take_back(&self, all: &Transactions) -> Vec<Arc<Partition>> {
        let assigned = self.assigned();
        for partition in &assigned {
            partition.end_assignment();
            partition.end_hand_over();
            self.restart_tracking(partition.id);
        }
        all.rewinds.fetch_add(1, Ordering::SeqCst);
        assigned
    }

    /// Goes back to where Kafka says that these partitions are. What the transaction did is not
    /// asked from memory: a commit may have been made although its answer was lost.
    fn go_back(&self, consumer: &BaseConsumer<Self>, partitions: &[Arc<Partition>]) {
        if partitions.is_empty() {
            return;
        }
        if let Err(error) = self.seek(consumer, partitions) {
            let context = format!("{}: the consumer cannot go back", self.who);
            self.stopper
                .fail(Error::new(ErrorKind::Kafka, context).caused_by(error));
        }
    }

    fn seek(
        &self,
        consumer: &BaseConsumer<Self>,
        partitions: &[Arc<Partition>],
    ) -> KafkaResult<()> {
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            list.add_partition(partition.stream.as_str(), partition.number);
        }
        let deadline = Instant::now() + SEEK_WITHIN;
        let positions = self.starting_offsets(consumer, &list, || {})?;
        if self.stopper.is_stopping() {
            return Ok(());
        }
        for partition in partitions {
            let position = positions.find_partition(partition.stream.as_str(), partition.number);
            if let Some(position) = position {
                self.began(partition.id, position.offset());
            }
        }
        loop {
            let sought = consumer.seek_partitions(positions.clone(), SEEK_WITHIN)?;
            let failed = sought
                .elements()
                .iter()
                .find_map(|element| element.error().err());
            match failed {
                None => return Ok(()),
                Some(error) if Instant::now() >= deadline => return Err(error),
                // The client has not begun to fetch it yet.
                Some(error) => tracing::debug!("kafka: a seek is repeated: {error}"),
            }
            self.stopper.wait(BREATH);
        }
    }

    /// A stop ends what is repeated; from the moment it is noticed there is some time left.
    fn deadline_of_stop(&self, all: &Transactions) -> Option<Instant> {
        let since = self.stopper.since()?;
        Some(since + all.at_stop)
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
