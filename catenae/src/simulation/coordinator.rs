//! A model of Kafka's coordinator of transactions, with answers that get lost and requests that
//! come late.

use super::chance::Chance;
use crate::settle::transaction::Trouble;

/// Where its transaction is.
#[derive(Clone, Debug, Default)]
struct Open {
    /// The inputs whose outputs are in it.
    outputs: Vec<usize>,
    /// The next input to read, once the offsets were added.
    next: Option<usize>,
}

/// The coordinator, the output stream and the committed offset of one input partition.
#[derive(Debug, Default)]
pub(super) struct Coordinator {
    /// Producers of an earlier one are fenced.
    epoch: u64,
    open: Option<Open>,
    /// How the last transaction of this epoch ended: what a repeated request is answered.
    last: Option<Request>,
    /// Requests that are still on their way, each with the epoch of its producer.
    late: Vec<(u64, Late)>,
    /// What a reader of committed data sees: inputs, once per output.
    pub(super) visible: Vec<usize>,
    pub(super) committed: usize,
    pub(super) lost_answers: u64,
}

/// A request to end a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Commit,
    Abort,
}

/// A request that is still on its way.
#[derive(Clone, Copy, Debug)]
enum Late {
    Offsets(usize),
    End(Request),
}

/// How a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Answered,
    /// It took effect, and the answer is lost.
    Unanswered,
    /// It arrives later, if at all.
    Late,
    /// It never arrives.
    Refused(Trouble),
}

const RETRIABLE: Trouble = Trouble {
    fenced: false,
    fatal: false,
    abortable: false,
    retriable: true,
};
const ABORTABLE: Trouble = Trouble {
    abortable: true,
    retriable: false,
    ..RETRIABLE
};
const FATAL: Trouble = Trouble {
    fatal: true,
    retriable: false,
    ..RETRIABLE
};
const UNMARKED: Trouble = Trouble {
    retriable: false,
    ..RETRIABLE
};
const FENCED: Trouble = Trouble {
    fenced: true,
    fatal: true,
    retriable: false,
    ..RETRIABLE
};

impl Coordinator {
    fn fate(&mut self, chance: &mut Chance, faults: bool) -> Fate {
        if !faults || !chance.one_in(4) {
            return Fate::Answered;
        }
        self.lost_answers += 1;
        match chance.below(7) {
            0 | 1 => Fate::Unanswered,
            2 | 3 => Fate::Late,
            4 => Fate::Refused(RETRIABLE),
            5 => Fate::Refused(ABORTABLE),
            _ => Fate::Refused(if chance.one_in(2) { FATAL } else { UNMARKED }),
        }
    }

    /// A new producer of the id makes itself known: it ends what the one before left open. Returns
    /// its epoch.
    pub(super) fn init(&mut self, chance: &mut Chance, faults: bool) -> Result<u64, Trouble> {
        match self.fate(chance, faults) {
            Fate::Refused(_) | Fate::Late => Err(RETRIABLE),
            fate => {
                self.epoch += 1;
                (self.open, self.last) = (None, None);
                if fate == Fate::Answered {
                    Ok(self.epoch)
                } else {
                    Err(RETRIABLE)
                }
            }
        }
    }

    /// An output of an input arrives, in the transaction that is open then.
    pub(super) fn produce(&mut self, epoch: u64, input: usize) -> Result<(), Trouble> {
        if epoch != self.epoch {
            return Err(FENCED);
        }
        self.last = None;
        let open = self.open.get_or_insert_default();
        open.outputs.push(input);
        Ok(())
    }

    /// The offsets of the inputs are added.
    pub(super) fn add_offsets(
        &mut self,
        chance: &mut Chance,
        faults: bool,
        epoch: u64,
        next: usize,
    ) -> Result<(), Trouble> {
        if epoch != self.epoch {
            return Err(FENCED);
        }
        match self.fate(chance, faults) {
            Fate::Refused(trouble) => Err(trouble),
            Fate::Late => {
                self.late.push((epoch, Late::Offsets(next)));
                Err(RETRIABLE)
            }
            fate => {
                self.last = None;
                self.open.get_or_insert_default().next = Some(next);
                if fate == Fate::Answered {
                    Ok(())
                } else {
                    Err(RETRIABLE)
                }
            }
        }
    }

    /// A transaction is to end.
    pub(super) fn end(
        &mut self,
        chance: &mut Chance,
        faults: bool,
        epoch: u64,
        request: Request,
    ) -> Result<(), Trouble> {
        if epoch != self.epoch {
            return Err(FENCED);
        }
        match self.fate(chance, faults) {
            Fate::Refused(trouble) => Err(trouble),
            Fate::Late => {
                self.late.push((epoch, Late::End(request)));
                Err(RETRIABLE)
            }
            Fate::Unanswered => {
                let _ = self.take_effect(request);
                Err(RETRIABLE)
            }
            Fate::Answered => self.take_effect(request),
        }
    }

    fn take_effect(&mut self, request: Request) -> Result<(), Trouble> {
        let Some(open) = self.open.take() else {
            // The same again is answered as the first time; after the other end it is refused.
            return match self.last {
                Some(last) if last != request => Err(ABORTABLE),
                _ => Ok(()),
            };
        };
        self.last = Some(request);
        if request == Request::Commit {
            self.visible.extend(open.outputs);
            self.committed = open.next.unwrap_or(self.committed);
        }
        Ok(())
    }

    /// A request that was on its way for long arrives. It names a producer and its epoch, and no
    /// transaction: whichever is open then is meant. (The protocol before version 2 of transactions.)
    pub(super) fn arrive_late(&mut self, chance: &mut Chance) {
        if self.late.is_empty() {
            return;
        }
        let which = chance.below(self.late.len());
        let (epoch, request) = self.late.swap_remove(which);
        if epoch == self.epoch {
            match request {
                Late::Offsets(next) => self.open.get_or_insert_default().next = Some(next),
                Late::End(request) => drop(self.take_effect(request)),
            }
        }
    }
}
