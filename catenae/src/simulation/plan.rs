//! What one run is about, drawn from its seed: sizes, policies, and what is wrong with which input.

use std::time::Duration;

use super::chance::Chance;
use crate::inputs::{Scheduler, SchedulerOptions, shares};
use crate::outcome::{FailureKind, FailurePolicy, OnError, OnErrors, Retry, RetryWait};
use crate::spec::modes::InputMode;

/// The sizes and policies of a run.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) partitions: usize,
    /// Streams that the partitions belong to, in turn: a lane chooses among them.
    pub(super) inputs: usize,
    /// How many of them a member reads from its start; the others are added while it runs.
    pub(super) first_inputs: usize,
    pub(super) mode: InputMode,
    /// Of the scheduler, in electrons.
    pub(super) window: f64,
    /// How many electrons a lane takes at once.
    pub(super) chunk: usize,
    /// How many are taken from the client at once.
    pub(super) batch: usize,
    /// How much of an input an inbox has room for.
    pub(super) inbox: usize,
    /// How much the client reads of an input before it is taken, and how much of a partition comes at once.
    pub(super) read_ahead: usize,
    pub(super) fetch: usize,
    /// So many electrons without a pause are a flood.
    pub(super) flood: usize,
    /// Every input has much from the start.
    pub(super) crowded: bool,
    pub(super) keys: usize,
    pub(super) records: usize,
    pub(super) members: usize,
    pub(super) lanes: usize,
    /// Slots of each member's tracker.
    pub(super) slots: usize,
    /// Output partitions, each with a queue of its own in the producer.
    pub(super) queues: usize,
    pub(super) policy: FailurePolicy,
    /// Members stop and partitions move in order, one lane each, and nothing worse happens: then no
    /// output may come twice.
    pub(super) gentle: bool,
    /// How many steps faults may happen for.
    pub(super) faults_until: usize,
}

impl Plan {
    pub(super) fn draw(chance: &mut Chance) -> Self {
        let gentle = chance.one_in(4);
        let crowded = chance.one_in(12);
        let inputs = chance.between(1, 4);
        let (mode, chunk, batch) = (mode(chance), chance.between(1, 4), chance.between(1, 4));
        Self {
            partitions: inputs + chance.below(4),
            inputs,
            first_inputs: chance.between(1, inputs),
            mode,
            window: window(chance, mode, inputs, chunk),
            chunk,
            batch,
            inbox: chance.between(1, 6),
            read_ahead: if crowded { 32 } else { chance.between(1, 8) },
            fetch: if crowded { 32 } else { chance.between(1, 4) },
            flood: chance.between(1, 12),
            crowded,
            keys: chance.between(1, 6),
            records: if crowded {
                chance.between(100, 300)
            } else {
                chance.between(5, 40)
            },
            members: chance.between(1, 3),
            lanes: if gentle { 1 } else { chance.between(1, 3) },
            slots: chance.between(2, 16).max(batch),
            queues: chance.between(1, 3),
            policy: policy(chance, gentle),
            gentle,
            faults_until: chance.between(0, 600),
        }
    }

    /// The scheduler of a lane.
    pub(super) fn scheduler(&self, inputs: usize) -> Scheduler {
        let options = SchedulerOptions {
            mode: self.mode,
            window: self.window,
            reserve: 0.0,
        };
        Scheduler::new(options, inputs)
    }

    pub(super) fn input_of(&self, partition: usize) -> usize {
        partition % self.inputs
    }

    /// Where a record of an input lies.
    pub(super) fn partition_of(&self, input: usize, key: usize) -> usize {
        let count = (self.partitions - input).div_ceil(self.inputs);
        input + self.inputs * (key % count)
    }

    /// What becomes of an input that fails for good.
    pub(super) fn giving_up(&self, input: Input) -> OnError {
        let OnErrors {
            decode,
            handler,
            panic,
        } = self.policy.on_error;
        match input.kind {
            FailureKind::Decode => decode,
            FailureKind::Panic => panic,
            _ => handler,
        }
    }

    /// Whether an input fails more often than it is tried.
    pub(super) fn fails_for_good(&self, input: Input) -> bool {
        let retried = input.kind != FailureKind::Decode;
        let max = self.policy.retry.filter(|_| retried);
        input.fails > max.map_or(0, |retry| retry.max)
    }
}

fn mode(chance: &mut Chance) -> InputMode {
    match chance.below(3) {
        0 => InputMode::Parity,
        1 => InputMode::Exp,
        _ => InputMode::Strict,
    }
}

/// Shorter than what a chunk costs the last input, or a few times as long.
fn window(chance: &mut Chance, mode: InputMode, inputs: usize, chunk: usize) -> f64 {
    if chance.one_in(4) {
        return chance.between(1, 6) as f64;
    }
    let least = shares(mode, inputs).into_iter().fold(1.0, f64::min);
    chance.between(1, 3) as f64 * (chunk as f64 / least).ceil()
}

fn policy(chance: &mut Chance, gentle: bool) -> FailurePolicy {
    let mut giving = || match chance.below(3) {
        0 if !gentle => OnError::Fail,
        0 | 1 => OnError::Skip,
        _ => OnError::DeadLetter,
    };
    let on_error = OnErrors {
        decode: giving(),
        handler: giving(),
        panic: giving(),
    };
    // Electrons that are parked are passed by others of their partition, which come twice then.
    let waiting = if gentle || chance.one_in(2) {
        RetryWait::InPlace
    } else {
        RetryWait::Parked
    };
    let retry = Retry {
        max: u32::try_from(chance.below(4)).expect("small"),
        first: Duration::from_millis(100),
        longest: Duration::from_millis(300),
        jitter: chance.one_in(2),
        waiting,
    };
    FailurePolicy {
        retry: (!chance.one_in(4)).then_some(retry),
        on_error,
        ..FailurePolicy::NONE
    }
}

/// An input record: what its handling does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Input {
    pub(super) key: usize,
    /// Whether it bears its key.
    pub(super) keyed: bool,
    /// How many outputs it has.
    pub(super) outputs: usize,
    /// How many attempts fail before one succeeds; counted again by whoever handles it again.
    pub(super) fails: u32,
    pub(super) kind: FailureKind,
    /// How many outputs an attempt that fails has sent before.
    pub(super) sent_before: usize,
}

impl Input {
    pub(super) fn draw(chance: &mut Chance, plan: &Plan) -> Self {
        let trouble = chance.one_in(8);
        let outputs = chance.below(4);
        let kind = match chance.below(5) {
            0 => FailureKind::Decode,
            1 => FailureKind::Panic,
            _ => FailureKind::Handler,
        };
        let fails = match kind {
            _ if !trouble => 0,
            FailureKind::Decode => u32::MAX,
            _ => u32::try_from(chance.between(1, 5)).expect("small"),
        };
        let partial = !plan.gentle && kind != FailureKind::Decode;
        Self {
            key: chance.below(plan.keys),
            keyed: !chance.one_in(5),
            outputs,
            fails,
            kind,
            sent_before: if partial {
                chance.below(outputs + 1)
            } else {
                0
            },
        }
    }

    /// The bytes of its key, if it bears one.
    pub(super) fn key_bytes(&self) -> Option<[u8; 1]> {
        let byte = u8::try_from(self.key).expect("few keys");
        self.keyed.then_some([byte])
    }
}
