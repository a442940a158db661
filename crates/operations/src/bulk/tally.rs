//! What became of the entries of a batch: all are counted, and the first are told.

use std::collections::BTreeMap;

use strongroom_contract::v1::{Action, Outcome};

use crate::describe::count;

#[derive(Default)]
pub(crate) struct Tally {
    /// Of as many of the first as are told.
    pub(crate) outcomes: Vec<Outcome>,
    counts: BTreeMap<Action, usize>,
}

impl Tally {
    /// Counts these, and keeps of them what there is room for.
    pub(crate) fn add(&mut self, outcomes: Vec<Outcome>, most: usize) {
        for outcome in &outcomes {
            *self.counts.entry(outcome.action()).or_default() += 1;
        }
        let room = most.saturating_sub(self.outcomes.len());
        self.outcomes.extend(outcomes.into_iter().take(room));
    }

    pub(crate) fn of(&self, action: Action) -> i32 {
        count(self.counts.get(&action).copied().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::outcome::Place;

    #[test]
    fn what_is_not_told_is_counted() {
        let outcome = |index| Place { index, line: 0, name: "db" }.outcome(Action::Undone);
        let mut tally = Tally::default();
        tally.add(vec![outcome(0), outcome(1)], 3);
        tally.add(vec![outcome(2), outcome(3)], 3);
        tally.add(vec![outcome(4)], 3);
        let told: Vec<_> = tally.outcomes.iter().map(|outcome| outcome.index).collect();
        assert_eq!((told, tally.of(Action::Undone), tally.of(Action::Rejected)), (vec![0, 1, 2], 5, 0));
    }
}
