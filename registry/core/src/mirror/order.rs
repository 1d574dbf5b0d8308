//! The order of what is copied: what is needed comes before what needs it.

use std::collections::{BTreeMap, BTreeSet};

use crate::package::Coordinates;

/// Puts `all` in order. Those that need each other in a circle come in the order of their names.
pub(super) fn dependencies_first(
    all: &BTreeSet<Coordinates>,
    needs: &BTreeMap<Coordinates, BTreeSet<Coordinates>>,
) -> Vec<Coordinates> {
    let needed = |of: &Coordinates| needs.get(of).into_iter().flatten().filter(|needed| all.contains(needed));
    let mut order = Vec::with_capacity(all.len());
    let mut seen = BTreeSet::new();
    for first in all {
        if !seen.insert(first) {
            continue;
        }
        // Not by a function that calls itself: how long such a chain is, upstream decides.
        let mut path = vec![(first, needed(first))];
        while let Some((coordinates, rest)) = path.last_mut() {
            let coordinates = *coordinates;
            if let Some(next) = rest.find(|next| seen.insert(next)) {
                path.push((next, needed(next)));
            } else {
                order.push(coordinates.clone());
                path.pop();
            }
        }
    }
    order
}
