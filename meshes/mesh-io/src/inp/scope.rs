//! One numbering of nodes and elements with its sets: an instance of a part, or everything outside parts.

use crate::draft::Numbering;
use std::collections::BTreeMap;

/// A set as it was first named.
#[derive(Debug, Default)]
pub(super) struct Set {
    /// The name as written.
    pub(super) name: String,
    /// The name that our own writer put into the comment above.
    pub(super) original: Option<String>,
    /// Only there to define something else.
    pub(super) is_internal: bool,
    /// Indices in the mesh.
    pub(super) members: Vec<u32>,
}

/// Sets by their names in upper case.
pub(super) type Sets = BTreeMap<String, Set>;

impl Set {
    /// Adds members; each is kept once, so that sets of sets do not grow without end.
    pub(super) fn extend(&mut self, members: impl IntoIterator<Item = u32>) {
        self.members.extend(members);
        self.members.sort_unstable();
        self.members.dedup();
    }
}

/// Drops what a growing list names twice once it is longer than `limit`.
pub(super) fn keep_short<T: Ord>(list: &mut Vec<T>, limit: usize) {
    if list.len() > limit {
        list.sort_unstable();
        list.dedup();
    }
}

/// Numbers of a deck and the indices of the mesh.
#[derive(Debug, Default)]
pub(super) struct Numbered {
    numbering: Numbering,
    numbers: Vec<i64>,
    /// `u32::MAX` for what is no part of the mesh.
    indices: Vec<u32>,
}

impl Numbered {
    /// Remembers a number; `Err` with the old index of the mesh when it is known.
    pub(super) fn insert(&mut self, number: i64, index: u32) -> Result<(), u32> {
        match self.numbering.insert(number) {
            Ok(_) => {
                self.numbers.push(number);
                self.indices.push(index);
                Ok(())
            }
            Err(known) => Err(self.indices.get(known as usize).copied().unwrap_or(u32::MAX)),
        }
    }

    /// The indices of all that is part of the mesh, in the order of the deck.
    pub(super) fn all(&self) -> Vec<u32> {
        self.indices.iter().copied().filter(|&index| index != u32::MAX).collect()
    }

    /// The index of the mesh, `u32::MAX` for what is no part of it; `None` for an unknown number.
    pub(super) fn get(&self, number: i64) -> Option<u32> {
        self.indices.get(self.numbering.get(number)? as usize).copied()
    }

    /// The indices of all known numbers `first`, `first + step` … up to `last`, and how many of them are unknown.
    pub(super) fn range(&self, first: i64, last: i64, step: i64) -> (Vec<u32>, u64) {
        let expected = (last.abs_diff(first) / step.unsigned_abs().max(1)).saturating_add(1);
        let numbers = (first..=last).step_by(usize::try_from(step).unwrap_or(1));
        let found: Vec<u32> = if expected <= self.numbers.len() as u64 {
            numbers.filter_map(|number| self.get(number)).collect()
        } else {
            let is_in = |number: i64| {
                (first..=last).contains(&number) && number.abs_diff(first).is_multiple_of(step.unsigned_abs().max(1))
            };
            let known = self.numbers.iter().zip(&self.indices);
            known.filter(|(number, _)| is_in(**number)).map(|(_, &index)| index).collect()
        };
        let missing = expected.saturating_sub(found.len() as u64);
        (found.into_iter().filter(|&index| index != u32::MAX).collect(), missing)
    }
}

/// One numbering with its sets.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// The instance; empty outside parts.
    pub(super) name: String,
    pub(super) nodes: Numbered,
    pub(super) elements: Numbered,
    pub(super) node_sets: Sets,
    pub(super) element_sets: Sets,
    /// Node sets that surfaces of nodes define, and sets of faces, in the order of the deck.
    pub(super) surfaces: Sets,
}

/// The set of a name, made when it is new.
pub(super) fn named<'s>(sets: &'s mut Sets, name: &str) -> &'s mut Set {
    sets.entry(name.to_ascii_uppercase()).or_insert_with(|| Set { name: name.to_owned(), ..Set::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_what_is_known_and_count_the_rest_however_large_they_are() {
        let mut numbered = Numbered::default();
        for (index, number) in (0_u32..).zip([10, 12, 14, 15]) {
            numbered.insert(number, index).unwrap();
        }
        numbered.insert(16, u32::MAX).unwrap();
        assert_eq!(numbered.insert(14, 9), Err(2));
        assert_eq!(numbered.range(10, 14, 2), (vec![0, 1, 2], 0));
        assert_eq!(numbered.range(10, 16, 2), (vec![0, 1, 2], 0));
        assert_eq!(numbered.range(11, 13, 1), (vec![1], 2));
        assert_eq!(numbered.range(i64::MIN, i64::MAX, 1).0, [0, 1, 2, 3]);
        assert_eq!(numbered.range(10, i64::MAX, 5).0, [0, 3]);
    }
}
