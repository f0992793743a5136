//! Members of one group that stop in the same process leave the group together.
//!
//! When one member leaves, the others are told within a heartbeat, and share its partitions. If they are
//! about to leave as well, that moves partitions for nothing: it takes a second, and each of them looks
//! for its offsets and begins to fetch.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::mutant;
use crate::shutdown::InstanceHandle;

/// How far a member is with its departure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DepartureStage {
    /// It reads, or finishes what it has in hand.
    Working,
    /// It has committed all it will commit.
    Done,
    /// It has given up its subscription, or holds nothing.
    Unsubscribed,
    /// It is gone, and everything it sent is delivered.
    Left,
}

/// The members of groups in this process.
#[derive(Debug, Default)]
pub(crate) struct Departures(Mutex<Vec<DepartingMember>>);

#[derive(Debug)]
struct DepartingMember {
    class: &'static str,
    group: String,
    instance: Arc<InstanceHandle>,
    stage: DepartureStage,
}

impl Departures {
    /// A member that begins; it is one until what is returned is dropped.
    pub(crate) fn member(
        &self,
        class: &'static str,
        group: &str,
        instance: &Arc<InstanceHandle>,
    ) -> Departure<'_> {
        self.members().push(DepartingMember {
            class,
            group: group.to_owned(),
            instance: Arc::clone(instance),
            stage: DepartureStage::Working,
        });
        Departure {
            all: self,
            class,
            group: group.to_owned(),
            instance: Arc::clone(instance),
        }
    }

    /// Whether an instance has left its group, and its clients are only to be closed.
    pub(crate) fn has_left(&self, instance: &Arc<InstanceHandle>) -> bool {
        let members = self.members();
        let mut own = members
            .iter()
            .filter(|member| Arc::ptr_eq(&member.instance, instance));
        own.any(|member| member.stage == DepartureStage::Left)
    }

    fn members(&self) -> MutexGuard<'_, Vec<DepartingMember>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One member on its way out.
#[derive(Debug)]
pub(crate) struct Departure<'d> {
    all: &'d Departures,
    class: &'static str,
    group: String,
    instance: Arc<InstanceHandle>,
}

impl Departure<'_> {
    /// Says how far this member is.
    pub(crate) fn reach(&self, stage: DepartureStage) {
        let mut members = self.all.members();
        let own = |member: &&mut DepartingMember| Arc::ptr_eq(&member.instance, &self.instance);
        if let Some(member) = members.iter_mut().find(own) {
            member.stage = stage;
        }
    }

    /// Whether all members of the group that stop, too, are as far. All instances of a class in one
    /// process do, though maybe a moment later; of another class in the same group, those that have been
    /// told.
    pub(crate) fn have_all_reached(&self, stage: DepartureStage) -> bool {
        let members = self.all.members();
        let stops =
            |member: &&DepartingMember| member.class == self.class || member.instance.is_stopping();
        let mut leaving = members
            .iter()
            .filter(|member| member.group == self.group)
            .filter(stops);
        leaving.all(|member| member.stage >= stage) || mutant::is("leaves-alone")
    }
}

impl Drop for Departure<'_> {
    fn drop(&mut self) {
        let mut members = self.all.members();
        members.retain(|member| !Arc::ptr_eq(&member.instance, &self.instance));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shutdown::StopReason;

    #[test]
    fn those_that_stop_wait_for_each_other_and_not_for_those_that_go_on() {
        let instance = || Arc::new(InstanceHandle::new("mapper/1"));
        let departures = Departures::default();
        let instances = [instance(), instance(), instance(), instance()];
        let [first, second, goes_on, other] = [
            departures.member("mapper", "group", &instances[0]),
            departures.member("mapper", "group", &instances[1]),
            departures.member("sorter", "group", &instances[2]),
            departures.member("mapper", "other", &instances[3]),
        ];
        // The second has not been told yet, and will be.
        instances[0].stop(StopReason::Topology);
        instances[3].stop(StopReason::Topology);
        first.reach(DepartureStage::Done);
        assert!(!first.have_all_reached(DepartureStage::Done));
        second.reach(DepartureStage::Unsubscribed);
        assert!(first.have_all_reached(DepartureStage::Done));
        assert!(!second.have_all_reached(DepartureStage::Unsubscribed));
        // A link of another class in the same group may go on, or stop as well.
        instances[2].stop(StopReason::Topology);
        assert!(!first.have_all_reached(DepartureStage::Done));
        goes_on.reach(DepartureStage::Done);
        assert!(first.have_all_reached(DepartureStage::Done));
        // Who has ended is waited for no more.
        drop(first);
        goes_on.reach(DepartureStage::Unsubscribed);
        assert!(second.have_all_reached(DepartureStage::Unsubscribed));
        drop((goes_on, other));
    }
}
