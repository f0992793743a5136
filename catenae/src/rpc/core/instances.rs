//! The registry of live instances: who there is, what they have, and whom to ask.
//!
//! An instance announces itself again and again. It is live until it withdraws, or until three of its
//! announcements in a row are missing. Two incarnations of the same uid are told apart by their beginnings:
//! the newer one takes the place of the older, and inherits nothing.
//!
//! It knows no clock: `now` is passed in, as the time since some start.

mod former;
mod instance;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use self::former::DepartedInstances;
pub(crate) use self::instance::BUILT_IN;
pub use self::instance::{Instance, InstanceMethod};
use crate::rpc::core::envelope::Announcement;

/// So many announcements in a row may be missing, and then so much time.
const MISSING: u32 = 3;
const GRACE: Duration = Duration::from_secs(1);

/// A longer interval is not believed, so that nothing on the stream keeps a dead instance for ever.
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);

/// What is live past this number is not taken in: a registry that a foreign producer fills stays small.
const MAX_LIVE: usize = 8192;

/// Who has not read its own announcement for so long hears nobody: twice the interval at which it is said.
const DEAF: Duration = Duration::from_secs(6);

/// A call that was not answered is held against its instance for so long after the last one.
const GRUDGE: Duration = Duration::from_secs(30);

/// What came of an announcement or a withdrawal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InstanceChange {
    /// There is one more.
    Came,
    /// A newer incarnation has taken the place of the older one.
    Replaced,
    /// It says something else of itself than before.
    Updated,
    /// It is there as before.
    Stayed,
    /// There is one less.
    Went,
    /// Of an older incarnation, of an instance that is silent by now, or of one that is not known.
    Ignored,
}

impl InstanceChange {
    /// Whether calls have to be looked at.
    pub(crate) const fn matters(self) -> bool {
        !matches!(self, Self::Stayed | Self::Ignored)
    }
}

/// Whom to ask, of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice<'i> {
    /// This one.
    Chosen(&'i Instance),
    /// No instance of the class is live.
    NobodyOfClass,
    /// There are instances, and none has the method; these are the ones they list.
    NobodyHasMethod(Vec<String>),
    /// All that have the method are excepted.
    AllExcepted,
}

/// The live instances.
#[derive(Debug, Default)]
pub(crate) struct Instances {
    live: HashMap<String, Live>,
    by_class: BTreeMap<String, BTreeSet<String>>,
    formers: DepartedInstances,
    /// When this micromodule has last read what it said itself; never, where it says nothing.
    heard_itself: Option<Duration>,
    /// Nothing has to be looked at before; the true moment may be later.
    due: Option<Duration>,
}

#[derive(Debug)]
struct Live {
    instance: Instance,
    /// So long it may be silent.
    patience: Duration,
    /// It counts as gone when it is not heard of before.
    until: Duration,
    /// Calls in a row that it has not answered.
    timeouts: u32,
    /// When the last one of them was given up.
    timed_out: Duration,
}

impl Instances {
    /// Takes in what an instance said of itself `age` ago.
    pub(crate) fn hear(
        &mut self,
        said: Announcement,
        age: Duration,
        now: Duration,
    ) -> InstanceChange {
        let interval = Duration::from_millis(said.every_ms).min(LONGEST_INTERVAL);
        let patience = interval * MISSING + GRACE;
        let left = patience.saturating_sub(age);
        if self
            .latest_incarnation(&said.uid)
            .is_some_and(|known| said.incarnation < known)
        {
            return InstanceChange::Ignored;
        }
        if left.is_zero() {
            return self.hear_too_late(&said.uid, said.incarnation);
        }
        let until = now + left;
        let instance = Instance::from(said);
        if let Some(live) = self.live.get_mut(&instance.uid)
            && live.instance.incarnation == instance.incarnation
        {
            live.until = live.until.max(until);
            live.patience = patience;
            if live.instance == instance {
                return InstanceChange::Stayed;
            }
        }
        self.take_in(instance, patience, until)
    }

    /// Nobody is there by its word; but a newer incarnation ends an older one, however long ago it began.
    fn hear_too_late(&mut self, uid: &str, incarnation: u64) -> InstanceChange {
        let ended = match self.live.get(uid) {
            Some(live) if live.instance.incarnation >= incarnation => {
                return InstanceChange::Ignored;
            }
            _ => self.remove(uid),
        };
        self.formers.fell_silent(uid, incarnation);
        match ended {
            Some(_) => InstanceChange::Went,
            None => InstanceChange::Ignored,
        }
    }

    fn take_in(
        &mut self,
        instance: Instance,
        patience: Duration,
        until: Duration,
    ) -> InstanceChange {
        let (change, timeouts, timed_out, until) = match self.live.remove(&instance.uid) {
            None if self.live.len() >= MAX_LIVE => return InstanceChange::Ignored,
            None => (InstanceChange::Came, 0, Duration::ZERO, until),
            Some(before) => {
                self.leave_class(&before.instance);
                if before.instance.incarnation == instance.incarnation {
                    let until = until.max(before.until);
                    (
                        InstanceChange::Updated,
                        before.timeouts,
                        before.timed_out,
                        until,
                    )
                } else {
                    (InstanceChange::Replaced, 0, Duration::ZERO, until)
                }
            }
        };
        // Also what follows a goodbye: an older incarnation of the same uid may have said it too late.
        self.formers.forget(&instance.uid);
        let of_class = self.by_class.entry(instance.class.clone()).or_default();
        of_class.insert(instance.uid.clone());
        self.look_at(until);
        let live = Live {
            patience,
            until,
            timeouts,
            timed_out,
            instance,
        };
        self.live.insert(live.instance.uid.clone(), live);
        change
    }

    /// An instance said goodbye `age` ago.
    /// `incarnation` is the one that ends, where that is said: a goodbye that is read late is not the newer
    /// incarnation's.
    pub(crate) fn withdraw(
        &mut self,
        uid: &str,
        incarnation: Option<u64>,
        age: Duration,
        now: Duration,
    ) -> InstanceChange {
        let newer = |live: &Live| {
            incarnation.is_some_and(|incarnation| incarnation < live.instance.incarnation)
        };
        if self.live.get(uid).is_some_and(newer) {
            return InstanceChange::Ignored;
        }
        let gone = self.remove(uid);
        let incarnation = gone.as_ref().map_or(0, Instance::incarnation);
        self.formers.said_goodbye(uid, incarnation, age, now);
        match gone {
            Some(_) => InstanceChange::Went,
            None => InstanceChange::Ignored,
        }
    }

    /// This micromodule has read what it said itself: it hears. When it did not for a while, that the
    /// others were not heard either says nothing about them, and their silence starts again.
    pub(crate) fn heard_itself(&mut self, now: Duration) {
        let was_deaf = self.is_deaf(now);
        self.heard_itself = Some(now);
        if was_deaf {
            for live in self.live.values_mut() {
                live.until = live.until.max(now + live.patience);
            }
        }
    }

    fn is_deaf(&self, now: Duration) -> bool {
        self.heard_itself.is_some_and(|at| at + DEAF <= now)
    }

    /// Drops those that have fallen silent, and forgives what is long ago.
    pub(crate) fn expire(&mut self, now: Duration) -> InstanceChange {
        if self.due.is_none_or(|due| now < due) {
            return InstanceChange::Stayed;
        }
        let is_deaf = self.is_deaf(now);
        let (mut silent, mut due) = (Vec::new(), None::<Duration>);
        for (uid, live) in &mut self.live {
            if live.timed_out + GRUDGE <= now {
                live.timeouts = 0;
            }
            if live.until <= now && !is_deaf {
                silent.push(uid.clone());
                continue;
            }
            // A deaf one looks again a little later.
            let until = if live.until > now {
                live.until
            } else {
                now + GRACE
            };
            let forgiven = (live.timeouts > 0).then_some(live.timed_out + GRUDGE);
            due = forgiven.into_iter().chain(due).chain([until]).min();
        }
        self.due = due;
        for uid in &silent {
            if let Some(instance) = self.remove(uid) {
                self.formers.fell_silent(uid, instance.incarnation);
            }
        }
        match silent.is_empty() {
            true => InstanceChange::Stayed,
            false => InstanceChange::Went,
        }
    }

    fn look_at(&mut self, due: Duration) {
        self.due = Some(self.due.map_or(due, |before| before.min(due)));
    }

    /// When [`expire`](Self::expire) has to look again.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.due
    }

    fn remove(&mut self, uid: &str) -> Option<Instance> {
        let live = self.live.remove(uid)?;
        self.leave_class(&live.instance);
        Some(live.instance)
    }

    fn leave_class(&mut self, instance: &Instance) {
        if let Some(of_class) = self.by_class.get_mut(&instance.class) {
            of_class.remove(&instance.uid);
            if of_class.is_empty() {
                self.by_class.remove(&instance.class);
            }
        }
    }

    /// The newest incarnation of this uid that is known, also when it is over.
    pub(crate) fn latest_incarnation(&self, uid: &str) -> Option<u64> {
        let live = self.live.get(uid).map(|live| live.instance.incarnation);
        live.or_else(|| self.formers.incarnation(uid))
    }

    /// Whether it said goodbye a short while ago.
    pub(crate) fn has_said_goodbye(&self, uid: &str, now: Duration) -> bool {
        self.formers.has_said_goodbye(uid, now)
    }

    /// Until when answers of one that said goodbye may still come, if that is not over.
    pub(crate) fn settles(&self, uid: &str, now: Duration) -> Option<Duration> {
        self.formers.settles(uid, now)
    }

    /// It answered: it is as good as any.
    pub(crate) fn answered(&mut self, uid: &str) {
        if let Some(live) = self.live.get_mut(uid) {
            live.timeouts = 0;
        }
    }

    /// It did not answer: the others are preferred for a while.
    pub(crate) fn timed_out(&mut self, uid: &str, now: Duration) {
        if let Some(live) = self.live.get_mut(uid) {
            live.timeouts = live.timeouts.saturating_add(1);
            live.timed_out = now;
            self.look_at(now + GRUDGE);
        }
    }

    /// Whom of `class` to ask for `method`: one of those with the fewest calls in a row that were not
    /// answered; which one of them, `draw` says.
    ///
    /// One that was never asked is as good as one that answered, or the first to answer would be asked
    /// for ever.
    pub(crate) fn choose(
        &self,
        class: &str,
        method: &str,
        except: &[&str],
        draw: u64,
    ) -> Choice<'_> {
        if !self.by_class.contains_key(class) {
            return Choice::NobodyOfClass;
        }
        let able: Vec<&Live> = self
            .live_of(class)
            .filter(|live| live.instance.has(method))
            .collect();
        if able.is_empty() {
            return Choice::NobodyHasMethod(listed(self.of_class(class)));
        }
        let mut free = able;
        free.retain(|live| !except.contains(&live.instance.uid()));
        let Some(fewest) = free.iter().map(|live| live.timeouts).min() else {
            return Choice::AllExcepted;
        };
        free.retain(|live| live.timeouts == fewest);
        let turn = draw % u64::try_from(free.len()).unwrap_or(u64::MAX);
        Choice::Chosen(&free[usize::try_from(turn).unwrap_or_default()].instance)
    }

    fn live_of(&self, class: &str) -> impl Iterator<Item = &Live> {
        let uids = self.by_class.get(class).into_iter().flatten();
        uids.filter_map(|uid| self.live.get(uid))
    }

    /// The live ones of a class, by uid.
    pub(crate) fn of_class(&self, class: &str) -> impl Iterator<Item = &Instance> {
        self.live_of(class).map(|live| &live.instance)
    }

    /// All live ones, by class and uid.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Instance> {
        self.classes().flat_map(|class| self.of_class(class))
    }

    /// The classes of which there is a live instance.
    pub(crate) fn classes(&self) -> impl Iterator<Item = &str> {
        self.by_class.keys().map(String::as_str)
    }

    /// The live one with this uid.
    pub(crate) fn get(&self, uid: &str) -> Option<&Instance> {
        self.live.get(uid).map(|live| &live.instance)
    }

    /// How many are live.
    pub(crate) fn len(&self) -> usize {
        self.live.len()
    }

    /// A copy of all live ones, by class and uid.
    pub(crate) fn snapshot(&self) -> Vec<Instance> {
        self.all().cloned().collect()
    }
}

/// The names of the methods that these list, each once.
pub(crate) fn listed<'i>(instances: impl Iterator<Item = &'i Instance>) -> Vec<String> {
    let methods = instances.flat_map(Instance::methods);
    let names: BTreeSet<&str> = methods.map(InstanceMethod::name).collect();
    names.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
pub(crate) mod tests;
