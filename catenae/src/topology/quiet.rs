//! When some links have read everything, decided from looks at how far their groups are.

/// Whether those who write to the streams in question still run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fed {
    /// All of them have ended: what is read once is read.
    NoMore,
    /// Some of them run, for example in a circle: an electron may be between two looks.
    Still,
}

/// Looks at the groups of some links, until they have read everything.
#[derive(Debug)]
pub(super) struct GroupsAtRest {
    fed: Fed,
    /// The sum of the ends at the last look at which nothing was left.
    before: Option<i64>,
}

impl GroupsAtRest {
    pub(super) fn new(fed: Fed) -> Self {
        Self { fed, before: None }
    }

    /// The look could not be had.
    pub(super) fn unknown(&mut self) {
        self.before = None;
    }

    /// Whether all is read, given how many partitions have something left, and the sum of the ends of
    /// all. While somebody still writes that takes two looks, with nothing left and nothing written in
    /// between: what one link had in hand at the first look is written to the others before the second.
    pub(super) fn look(&mut self, left: usize, ends: i64) -> bool {
        if left > 0 {
            self.before = None;
            return false;
        }
        let is_over = self.fed == Fed::NoMore || self.before == Some(ends);
        self.before = Some(ends);
        is_over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_look_is_enough_where_nobody_writes_any_more() {
        let check = |fed, looks: &[(usize, i64)], expected: &[bool]| {
            let mut quiet = GroupsAtRest::new(fed);
            let seen: Vec<bool> = looks
                .iter()
                .map(|(left, ends)| quiet.look(*left, *ends))
                .collect();
            assert_eq!(seen, expected, "{fed:?} {looks:?}");
        };
        check(Fed::NoMore, &[(1, 7), (0, 7)], &[false, true]);
        check(Fed::Still, &[(0, 7), (0, 7)], &[false, true]);
        // Written to in between, or behind in between.
        check(Fed::Still, &[(0, 7), (0, 9), (0, 9)], &[false, false, true]);
        check(
            Fed::Still,
            &[(0, 7), (2, 7), (0, 7), (0, 7)],
            &[false, false, false, true],
        );
        let mut quiet = GroupsAtRest::new(Fed::Still);
        assert!(!quiet.look(0, 7));
        quiet.unknown();
        assert!(!quiet.look(0, 7));
        assert!(quiet.look(0, 7));
    }
}
