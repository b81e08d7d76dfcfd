//! Names of parts and borders, each used once: files name their labels freely.

use crate::domain::OUTSIDE;
use mesh::Partition;
use std::collections::{BTreeMap, BTreeSet};

/// One name for each part and for each pair of sides that meets.
pub(super) struct Names {
    parts: BTreeMap<u16, String>,
    borders: BTreeMap<[u16; 2], String>,
    /// Names that were taken already and what is used instead.
    pub(super) renamed: Vec<[String; 2]>,
}

impl Names {
    /// Parts keep their names before borders do. A name that is taken gets the part's number, for a border the next free
    /// one, behind it.
    pub(super) fn new(partition: &Partition, pairs: impl IntoIterator<Item = [u16; 2]>) -> Self {
        let mut used = BTreeSet::new();
        let mut renamed = Vec::new();
        let mut free = |name: String, first: usize| {
            let mut own = name.clone();
            let mut number = first;
            while !used.insert(own.clone()) {
                own = format!("{name}_{number}");
                number += 1;
            }
            if own != name {
                renamed.push([name, own.clone()]);
            }
            own
        };
        let parts: BTreeMap<u16, String> =
            partition.parts().into_iter().map(|part| (part, free(partition.name(part), usize::from(part)))).collect();
        let sorted = |[a, b]: [u16; 2]| [a.min(b), a.max(b)];
        let pairs: BTreeSet<[u16; 2]> = pairs.into_iter().map(sorted).collect();
        let name = |part: u16| parts.get(&part).cloned().unwrap_or_else(|| partition.name(part));
        let of_border = |[low, high]: [u16; 2]| match (low, high) {
            (OUTSIDE, part) => format!("{}_wall", name(part)),
            (part, Partition::CUT) => format!("{}_cut", name(part)),
            (one, other) => format!("{}_to_{}", name(one), name(other)),
        };
        let borders = pairs.into_iter().map(|pair| (pair, free(of_border(pair), 2))).collect();
        Self { parts, borders, renamed }
    }

    /// The name of a part.
    pub(super) fn part(&self, part: u16) -> String {
        self.parts.get(&part).cloned().unwrap_or_default()
    }

    /// The name of the border between two sides.
    pub(super) fn border(&self, [a, b]: [u16; 2]) -> String {
        self.borders.get(&[a.min(b), a.max(b)]).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_used_twice_and_every_change_is_listed() {
        let named = |names: &[(u16, &str)]| Partition {
            sides: names.iter().map(|(part, _)| [*part, OUTSIDE]).collect(),
            names: names.iter().map(|(part, name)| (*part, (*name).to_owned())).collect(),
            ..Partition::default()
        };
        let partition = named(&[(1, "heart"), (2, "heart_wall"), (3, "lesion"), (4, "lesion")]);
        let names = Names::new(&partition, [[1, 0], [0, 2], [2, 1], [Partition::CUT, 3]]);
        let all = [1, 2, 3, 4].map(|part| names.part(part));
        assert_eq!(all, ["heart", "heart_wall", "lesion", "lesion_4"]);
        let borders = [[0, 1], [2, 0], [1, 2], [3, Partition::CUT]].map(|pair| names.border(pair));
        assert_eq!(borders, ["heart_wall_2", "heart_wall_wall", "heart_to_heart_wall", "lesion_cut"]);
        assert_eq!(names.renamed, [["lesion", "lesion_4"], ["heart_wall", "heart_wall_2"]]);
    }
}
