//! Exactly-once on the consumer's thread: when transactions end, and what follows when one fails.
//!
//! What comes after an error is decided in [`crate::settle::transaction`]; here it is carried out.

mod ending;
mod refused;
mod rewind;

pub(crate) use self::refused::KnownRefusal;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rdkafka::consumer::BaseConsumer;
use rdkafka::topic_partition_list::TopicPartitionList;

use crate::assignment::partitions::Partition;
use crate::error::{Error, ErrorKind};
use crate::kafka::consumer::intake::{Intake, Settling};
use crate::kafka::producer::{CommitGuard, Outbox};
use crate::settle::tracker::Watermark;
use crate::settle::transaction::{Patience, Step, Transaction};

/// What a consumer with transactions needs.
pub(crate) struct Transactions {
    outbox: Arc<Outbox>,
    /// How long a transaction lasts.
    interval: Duration,
    patience: Patience,
    /// What a stop leaves to a transaction that is just ending.
    at_stop: Duration,
    decisions: Mutex<Transaction>,
    /// What was refused in one of them.
    known: refused::KnownRefusals,
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
            known: refused::KnownRefusals::default(),
            rewinds: AtomicU32::new(0),
            over: AtomicBool::new(false),
        }
    }

    /// Hands over what a lane left while a transaction ended.
    pub(crate) fn hand_over_left(&self) {
        self.outbox.hand_over_left();
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

    /// How often electrons were taken back: a state that saw them has to be rebuilt.
    pub(crate) fn rewinds(&self) -> u32 {
        let transactions = self.transactions();
        transactions.map_or(0, |all| all.rewinds.load(Ordering::SeqCst))
    }

    /// Ends the transaction under way when it is due. Called all the time.
    pub(crate) fn keep_transaction(&self, consumer: &BaseConsumer<Self>) {
        let Some(all) = self.transactions() else {
            return;
        };
        all.outbox.hand_over_left();
        let soon = all.outbox.is_wanted_soon();
        let due = |age| soon || age >= all.interval;
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
        let assigned = self.assigned.all();
        // What a lane finishes later goes into no transaction: nobody would end it.
        assigned
            .iter()
            .for_each(|partition| partition.end_assignment());
        self.end_transaction(consumer, Wish::Commit, &assigned, deadline);
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
        if let Some(all) = self.transactions() {
            let end = TransactionEnd {
                intake: self,
                consumer,
                all,
            };
            end.run(wish, leaving, deadline);
        }
    }
}

/// Ends the transaction under way.
struct TransactionEnd<'e> {
    intake: &'e Intake,
    consumer: &'e BaseConsumer<Intake>,
    all: &'e Transactions,
}

impl TransactionEnd<'_> {
    fn run(&self, wish: Wish, leaving: &[Arc<Partition>], deadline: Option<Instant>) {
        let Some(mut guard) = self.all.outbox.guard() else {
            return;
        };
        guard.give_left();
        let empty = guard.opened().is_none() && guard.abort_reason().is_none();
        if empty || self.all.is_over() {
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
            Wish::Commit => self.first_step(&guard, &mut progress, deadline),
        };
        let end = self.carry_out(&mut guard, first, &progress.next, deadline);
        self.conclude(guard, &progress, leaving, end);
    }

    /// Waits for the reports, and takes down what may be committed.
    fn first_step(
        &self,
        guard: &CommitGuard<'_>,
        progress: &mut Progress,
        deadline: Option<Instant>,
    ) -> Step {
        let limit = Instant::now() + self.all.patience.transaction;
        let late = || {
            let deadline = deadline.or_else(|| self.deadline_of_stop());
            let now = Instant::now();
            now >= limit || deadline.is_some_and(|deadline| now >= deadline)
        };
        let missing = loop {
            let missing = guard.flush(Duration::from_millis(250));
            if missing == 0 || late() || guard.abort_reason().is_some() {
                break missing;
            }
        };
        if missing > 0 && self.intake.instance.is_stopping() {
            let context = format!(
                "{}: {missing} electrons were not delivered before the deadline of the shutdown; \
                 their inputs were not committed and are read again at the next start",
                self.intake.instance.who()
            );
            self.intake
                .instance
                .fail(Error::new(ErrorKind::Shutdown, context));
        }
        if missing > 0 || guard.abort_reason().is_some() {
            return Step::Abort;
        }
        for partition in self.intake.assigned.all() {
            let Some(watermark) = self.intake.assigned.advance(&partition) else {
                continue;
            };
            let next = watermark.next_offset;
            if let Err(error) =
                self.intake
                    .recreations
                    .add_next(&mut progress.next, &partition, next)
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
        if covered != guard.electrons() {
            // What is handed over is always the front of its partition: else outputs would be
            // committed whose input is not.
            let context = format!(
                "{}: a transaction has the outputs of {} electrons but the offsets of {covered}: \
                 this is a bug in catenae",
                self.intake.instance.who(),
                guard.electrons()
            );
            self.intake
                .instance
                .fail(Error::new(ErrorKind::Kafka, context));
            return Step::Abort;
        }
        if covered > 0 {
            Step::Offsets
        } else {
            Step::Commit
        }
    }

    /// A stop ends what is repeated; from the moment it is noticed there is some time left.
    fn deadline_of_stop(&self) -> Option<Instant> {
        let since = self.intake.instance.since()?;
        Some(since + self.all.at_stop)
    }
}
