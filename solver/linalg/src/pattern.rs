//! Builders of sparsity patterns.

use crate::SparsityPattern;
use rayon::prelude::*;

/// Rows that one task of a builder or of a sparse product handles; fixed, so that results do not depend on threads.
pub(crate) const ROWS_PER_TASK: usize = 2048;

/// Dof number that stands for an eliminated dof in element lists.
pub(crate) const ELIMINATED: u32 = u32::MAX;

/// Marks of the columns seen in the current row; a new row needs no clearing.
pub(crate) struct Marks {
    stamp: Vec<u32>,
    current: u32,
}

impl Marks {
    pub(crate) fn new(size: usize) -> Self {
        Self { stamp: vec![0; size], current: 0 }
    }

    /// Forgets all marks.
    pub(crate) fn clear(&mut self) {
        if self.current == u32::MAX {
            self.stamp.fill(0);
            self.current = 0;
        }
        self.current += 1;
    }

    /// Marks `index`; true when it was not marked before.
    pub(crate) fn insert(&mut self, index: usize) -> bool {
        let fresh = self.stamp[index] != self.current;
        self.stamp[index] = self.current;
        fresh
    }
}

/// Lists of items by key, the items ascending: offsets (keys + 1) and items. `key_of[item]` outside `0..keys` is left out.
pub(crate) fn group(keys: usize, key_of: impl Iterator<Item = u32> + Clone) -> (Vec<usize>, Vec<u32>) {
    let mut offsets = vec![0usize; keys + 1];
    for key in key_of.clone().filter(|&key| (key as usize) < keys) {
        offsets[key as usize + 1] += 1;
    }
    for key in 0..keys {
        offsets[key + 1] += offsets[key];
    }
    let mut next = offsets.clone();
    let mut items = vec![0u32; offsets[keys]];
    for (item, key) in key_of.enumerate().filter(|&(_, key)| (key as usize) < keys) {
        items[next[key as usize]] = item as u32;
        next[key as usize] += 1;
    }
    (offsets, items)
}

/// Rows built task by task: every call of `row` appends the row's columns in ascending order.
pub(crate) fn build_rows<S>(
    rows: usize,
    state: impl Fn() -> S + Sync + Send,
    row: impl Fn(&mut S, usize, &mut Vec<u32>) + Sync,
) -> (Vec<usize>, Vec<u32>) {
    let parts: Vec<(Vec<usize>, Vec<u32>)> = (0..rows.div_ceil(ROWS_PER_TASK))
        .into_par_iter()
        .map_init(&state, |state, task| {
            let mut columns = Vec::new();
            let ends = (task * ROWS_PER_TASK..rows.min((task + 1) * ROWS_PER_TASK))
                .map(|r| {
                    row(state, r, &mut columns);
                    columns.len()
                })
                .collect();
            (ends, columns)
        })
        .collect();
    let mut offsets = Vec::with_capacity(rows + 1);
    let mut columns = Vec::with_capacity(parts.iter().map(|part| part.1.len()).sum());
    offsets.push(0);
    for (ends, part) in parts {
        let base = columns.len();
        offsets.extend(ends.into_iter().map(|end| base + end));
        columns.extend_from_slice(&part);
    }
    (offsets, columns)
}

impl SparsityPattern {
    /// The symmetric pattern of an assembled matrix: dofs that share an element are coupled, and every dof with itself.
    ///
    /// Element e has the dofs `element_dofs[element_offsets[e]..element_offsets[e + 1]]`; `u32::MAX` stands for an
    /// eliminated dof and is skipped. Cost: the sum over elements of the squared dof count; memory beside the result: one
    /// u32 an element dof.
    ///
    /// # Panics
    /// When a dof that is not `u32::MAX` is `size` or more, or the offsets do not fit the dof list.
    pub fn from_elements(size: usize, element_offsets: &[usize], element_dofs: &[u32]) -> Self {
        assert_eq!(element_offsets.last().copied().unwrap_or(0), element_dofs.len(), "offsets end at the dof count");
        let in_range = |&dof: &u32| dof == ELIMINATED || (dof as usize) < size;
        assert!(element_dofs.iter().all(in_range), "every dof lies below the size");
        let mut element_of = vec![0u32; element_dofs.len()];
        for (element, window) in element_offsets.windows(2).enumerate() {
            element_of[window[0]..window[1]].fill(element as u32);
        }
        let (offsets, places) = group(size, element_dofs.iter().copied());
        let (row_offsets, columns) = build_rows(
            size,
            || Marks::new(size),
            |marks, row, columns| {
                let start = columns.len();
                marks.clear();
                marks.insert(row);
                columns.push(row as u32);
                for &place in &places[offsets[row]..offsets[row + 1]] {
                    let element = element_of[place as usize] as usize;
                    for &dof in &element_dofs[element_offsets[element]..element_offsets[element + 1]] {
                        if dof != ELIMINATED && marks.insert(dof as usize) {
                            columns.push(dof);
                        }
                    }
                }
                columns[start..].sort_unstable();
            },
        );
        Self::from_parts(size, row_offsets, columns)
    }

    /// The pattern in which all dofs of two coupled nodes are coupled: node n has the dofs
    /// `node_dofs[dof_offsets[n]..dof_offsets[n + 1]]`, and `neighbours(n)` lists the nodes it is coupled with (itself
    /// counted in or not).
    ///
    /// # Panics
    /// When a node or dof is out of range, or a dof belongs to two nodes.
    pub fn from_nodes<'a>(
        dof_offsets: &[usize],
        node_dofs: &[u32],
        neighbours: impl Fn(usize) -> &'a [u32] + Sync,
    ) -> Self {
        let size = node_dofs.len();
        let mut node_of = vec![ELIMINATED; size];
        for (node, window) in dof_offsets.windows(2).enumerate() {
            for &dof in &node_dofs[window[0]..window[1]] {
                assert_eq!(node_of[dof as usize], ELIMINATED, "a dof belongs to one node");
                node_of[dof as usize] = node as u32;
            }
        }
        let (row_offsets, columns) = build_rows(
            size,
            || (),
            |(), row, columns| {
                let start = columns.len();
                let node = node_of[row] as usize;
                let own = [node as u32];
                let others = neighbours(node).iter().filter(|&&other| other as usize != node);
                for &other in own.iter().chain(others) {
                    let other = other as usize;
                    columns.extend_from_slice(&node_dofs[dof_offsets[other]..dof_offsets[other + 1]]);
                }
                columns[start..].sort_unstable();
            },
        );
        Self::from_parts(size, row_offsets, columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_couple_their_dofs_and_skip_eliminated_ones() {
        let pattern = SparsityPattern::from_elements(4, &[0, 3, 5], &[2, u32::MAX, 0, 1, 2]);
        let expected = SparsityPattern::new(4, vec![0, 2, 4, 7, 8], vec![0, 2, 1, 2, 0, 1, 2, 3]);
        assert_eq!(pattern, expected);
    }

    #[test]
    fn nodes_and_elements_give_the_same_pattern() {
        // Three nodes in a row with the dofs {0, 3}, {1}, {2, 4}.
        let by_element = SparsityPattern::from_elements(5, &[0, 3, 6], &[0, 3, 1, 1, 2, 4]);
        let neighbours: [&[u32]; 3] = [&[1], &[0, 1, 2], &[1]];
        let by_node = SparsityPattern::from_nodes(&[0, 2, 3, 5], &[0, 3, 1, 2, 4], |node| neighbours[node]);
        assert_eq!(by_element, by_node);
    }
}
