//! A model of a broker: input partitions, outputs in the order they came, offsets, one group.

use std::collections::BTreeMap;

use super::plan::{Input, Plan};
use crate::outcome::OnError;

/// The place of an input: partition and offset.
pub(super) type Place = (usize, usize);

/// What an output record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Content {
    /// The n-th output of an input.
    Output(usize),
    /// Its dead letter.
    DeadLetter,
}

/// The broker.
#[derive(Debug, Default)]
pub(super) struct Broker {
    /// By partition. An offset is an index: gaps are the tracker's own tests' business.
    pub(super) inputs: Vec<Vec<Input>>,
    /// Each output record with how many others came before its first.
    outputs: BTreeMap<(Place, Content), usize>,
    arrived: usize,
    /// Outputs that were there before.
    pub(super) repeated: u64,
    /// The next offset to read, by partition.
    pub(super) committed: Vec<usize>,
    /// Which member owns a partition; others may not commit.
    pub(super) owner: Vec<Option<usize>>,
    /// Which change of owners a partition has seen last: commits of an earlier one are refused.
    epoch: Vec<u64>,
    /// Inputs whose function returned without an error, at least once.
    handled: BTreeMap<Place, u64>,
    /// Inputs that were given up, at least once.
    pub(super) given_up: BTreeMap<Place, OnError>,
}

impl Broker {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            inputs: vec![Vec::new(); plan.partitions],
            committed: vec![0; plan.partitions],
            owner: vec![None; plan.partitions],
            epoch: vec![0; plan.partitions],
            ..Self::default()
        }
    }

    pub(super) fn input(&self, (partition, offset): Place) -> Input {
        self.inputs[partition][offset]
    }

    /// A partition gets an owner.
    pub(super) fn give(&mut self, partition: usize, member: usize, epoch: u64) {
        self.owner[partition] = Some(member);
        self.epoch[partition] = epoch;
    }

    /// A member gives a partition back. It may have got it once more meanwhile, and has not heard of that.
    pub(super) fn take_back(&mut self, partition: usize, member: usize, epoch: u64) {
        if self.owner[partition] == Some(member) && self.epoch[partition] == epoch {
            self.owner[partition] = None;
        }
    }

    /// No input stops a member for ever any more.
    pub(super) fn repair(&mut self, plan: &Plan) {
        for input in self.inputs.iter_mut().flatten() {
            if plan.giving_up(*input) == OnError::Fail {
                input.fails = 0;
            }
        }
    }

    /// An output record arrives.
    pub(super) fn take(&mut self, place: Place, content: Content) {
        self.arrived += 1;
        let arrived = self.arrived;
        let mut again = true;
        self.outputs.entry((place, content)).or_insert_with(|| {
            again = false;
            arrived
        });
        self.repeated += u64::from(again);
    }

    pub(super) fn note_handled(&mut self, place: Place) {
        *self.handled.entry(place).or_default() += 1;
    }

    /// Whether an input is finished: all that it sends is here, or it was given up as the policy says.
    fn is_finished(&self, place: Place) -> bool {
        let here = |content| self.outputs.contains_key(&(place, content));
        let took_effect = self.handled.contains_key(&place)
            && (0..self.input(place).outputs).all(|n| here(Content::Output(n)));
        took_effect
            || match self.given_up.get(&place) {
                Some(OnError::Skip) => true,
                Some(OnError::DeadLetter) => here(Content::DeadLetter),
                Some(OnError::Fail) | None => false,
            }
    }

    /// A member commits; who is not the owner is refused.
    pub(super) fn commit(
        &mut self,
        member: usize,
        epoch: u64,
        partition: usize,
        next: usize,
    ) -> Result<(), String> {
        if self.owner[partition] != Some(member) || self.epoch[partition] != epoch {
            return Ok(());
        }
        if next > self.inputs[partition].len() {
            return Err(format!(
                "partition {partition}: {next} is committed, past the end"
            ));
        }
        let from = self.committed[partition];
        let unfinished = (from..next).find(|offset| !self.is_finished((partition, *offset)));
        if let Some(offset) = unfinished {
            return Err(format!(
                "partition {partition}: {next} is committed, but {offset} is not finished"
            ));
        }
        self.committed[partition] = next;
        Ok(())
    }

    /// Whether everything is committed.
    pub(super) fn is_done(&self) -> bool {
        self.inputs
            .iter()
            .zip(&self.committed)
            .all(|(inputs, next)| inputs.len() == *next)
    }

    /// What is wrong when everything has come to rest.
    pub(super) fn check_end(&self, plan: &Plan) -> Result<(), String> {
        for (partition, inputs) in self.inputs.iter().enumerate() {
            for (offset, input) in inputs.iter().enumerate() {
                let place = (partition, offset);
                if !self.is_finished(place) {
                    return Err(format!("{place:?} is lost: {input:?}"));
                }
            }
        }
        for (place, given_up) in &self.given_up {
            let input = self.input(*place);
            if *given_up != plan.giving_up(input) || !plan.fails_for_good(input) {
                return Err(format!("{place:?} was given up: {given_up:?}, {input:?}"));
            }
        }
        if plan.gentle && self.repeated > 0 {
            return Err(format!(
                "{} outputs came twice for no reason",
                self.repeated
            ));
        }
        self.check_order()
    }

    /// Outputs of one key arrive first in the order of their inputs.
    fn check_order(&self) -> Result<(), String> {
        let mut last: BTreeMap<(usize, usize, usize), (usize, usize)> = BTreeMap::new();
        for (((partition, offset), content), arrived) in &self.outputs {
            let Content::Output(n) = content else {
                continue;
            };
            let input = self.input((*partition, *offset));
            let key = input.key;
            // Without a key there is no order to be kept once something is parked.
            if !input.keyed {
                continue;
            }
            let before = last.insert((*partition, key, *n), (*offset, *arrived));
            if let Some((earlier, came)) = before
                && came > *arrived
            {
                return Err(format!(
                    "key {key} of partition {partition}: output {n} of {offset} came before that of \
                     {earlier}"
                ));
            }
        }
        Ok(())
    }
}
