//! Whose turn it is to roll its pods because the operator is new: a few at a time, so that a release that does not work
//! is noticed before it is everywhere.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use super::lock::lock;

/// A rollout that takes longer is stuck, or its object is gone: it does not keep others.
const LONGEST: Duration = Duration::from_mins(10);
const FORGET: Duration = Duration::from_hours(24);

/// Those whose turn it is, by uid, and since when.
pub(crate) struct Rollouts {
    most: usize,
    turns: Mutex<HashMap<String, Instant>>,
}

/// How far an object is with what a new operator brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upgrade {
    /// It has not begun.
    Due,
    /// Pods of what this release wrote are missing or too many.
    UnderWay,
    /// Nothing is to be done.
    Done,
}

impl Rollouts {
    /// Lets so many roll at a time.
    pub(crate) fn new(most: u16) -> Self {
        Self { most: most.into(), turns: Mutex::default() }
    }

    /// Whether an object may roll its pods now. Who is done makes room.
    pub(crate) fn turn(&self, uid: &str, upgrade: Upgrade) -> bool {
        let mut turns = lock(&self.turns);
        turns.retain(|_, since| since.elapsed() < FORGET);
        let under_way = turns.values().filter(|since| since.elapsed() < LONGEST).count();
        match upgrade {
            Upgrade::Done => {
                turns.remove(uid);
                true
            }
            // The operator before may have begun it: a turn that was given must survive a restart.
            Upgrade::UnderWay => {
                turns.entry(uid.to_owned()).or_insert_with(Instant::now);
                true
            }
            Upgrade::Due if turns.contains_key(uid) => true,
            Upgrade::Due if under_way < self.most => {
                turns.insert(uid.to_owned(), Instant::now());
                true
            }
            Upgrade::Due => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_done_makes_room() {
        use Upgrade::{Done, Due, UnderWay};
        let rollouts = Rollouts::new(1);
        assert!(rollouts.turn("a", Due) && rollouts.turn("a", Due), "it keeps its turn");
        assert!(!rollouts.turn("b", Due));
        assert!(rollouts.turn("c", Done), "others are not held up");
        assert!(rollouts.turn("a", UnderWay) && !rollouts.turn("b", Due));
        assert!(rollouts.turn("a", Done) && rollouts.turn("b", Due));
        assert!(!rollouts.turn("a", Due));
    }

    #[test]
    fn what_an_operator_before_has_begun_counts() {
        use Upgrade::{Done, Due, UnderWay};
        let restarted = Rollouts::new(1);
        assert!(restarted.turn("a", UnderWay) && restarted.turn("b", UnderWay), "nobody is stopped half-way");
        assert!(!restarted.turn("c", Due));
        assert!(restarted.turn("a", Done) && !restarted.turn("c", Due));
        assert!(restarted.turn("b", Done) && restarted.turn("c", Due));
        let long_ago = Instant::now().checked_sub(LONGEST).unwrap();
        restarted.turns.lock().unwrap().insert("c".to_owned(), long_ago);
        assert!(restarted.turn("c", UnderWay) && restarted.turn("d", Due), "it does not begin anew");
    }

    #[test]
    fn who_is_stuck_keeps_its_turn_and_nobody_else() {
        let rollouts = Rollouts::new(1);
        assert!(rollouts.turn("stuck", Upgrade::Due));
        let long_ago = Instant::now().checked_sub(LONGEST).unwrap();
        rollouts.turns.lock().unwrap().insert("stuck".to_owned(), long_ago);
        assert!(rollouts.turn("a", Upgrade::Due) && rollouts.turn("stuck", Upgrade::Due));
        assert!(!rollouts.turn("b", Upgrade::Due));
    }
}
