//! The graph of the nodes behind a matrix: orderings and preconditioners work on nodes, not on single dofs.

use crate::pattern::{Marks, build_rows, group};
use crate::{LinalgError, SparsityPattern};
use control::RunControl;

/// Nodes that own dofs, their dofs, and which nodes are coupled. Nodes are renumbered without gaps, in the order of the
/// caller's numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NodeGraph {
    /// The caller's number of every node.
    pub(crate) labels: Vec<u32>,
    /// Offsets of the nodes in `dofs`; length nodes + 1.
    pub(crate) dof_offsets: Vec<usize>,
    /// The dofs node after node, ascending within a node.
    pub(crate) dofs: Vec<u32>,
    /// Offsets of the nodes in `neighbours`; length nodes + 1.
    pub(crate) offsets: Vec<usize>,
    /// Coupled nodes, ascending, the node itself left out.
    pub(crate) neighbours: Vec<u32>,
}

impl NodeGraph {
    /// The node graph of a square symmetric pattern.
    ///
    /// # Errors
    /// [`LinalgError::Size`] when `dof_to_node` has not one entry a row, [`LinalgError::Cancelled`].
    pub(crate) fn new(
        pattern: &SparsityPattern,
        dof_to_node: &[u32],
        control: &RunControl,
    ) -> Result<Self, LinalgError> {
        let size = pattern.rows();
        if dof_to_node.len() != size {
            return Err(LinalgError::Size { what: "dof_to_node", found: dof_to_node.len(), expected: size });
        }
        let mut labels = dof_to_node.to_vec();
        labels.sort_unstable();
        labels.dedup();
        let node_of: Vec<u32> =
            dof_to_node.iter().map(|label| labels.partition_point(|other| other < label) as u32).collect();
        let (dof_offsets, dofs) = group(labels.len(), node_of.iter().copied());
        let (offsets, neighbours) = build_rows(
            labels.len(),
            || Marks::new(labels.len()),
            |marks, node, out| {
                if control.is_cancelled() {
                    return;
                }
                let start = out.len();
                marks.clear();
                marks.insert(node);
                for &dof in &dofs[dof_offsets[node]..dof_offsets[node + 1]] {
                    for &column in pattern.row(dof as usize) {
                        let other = node_of[column as usize];
                        if marks.insert(other as usize) {
                            out.push(other);
                        }
                    }
                }
                out[start..].sort_unstable();
            },
        );
        control.check()?;
        Ok(Self { labels, dof_offsets, dofs, offsets, neighbours })
    }

    /// Number of nodes.
    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }

    /// The nodes coupled with `node`.
    pub(crate) fn neighbours(&self, node: usize) -> &[u32] {
        &self.neighbours[self.offsets[node]..self.offsets[node + 1]]
    }

    /// The dofs of `node`.
    pub(crate) fn dofs(&self, node: usize) -> &[u32] {
        &self.dofs[self.dof_offsets[node]..self.dof_offsets[node + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ragged_blocks_collapse_to_their_nodes() {
        // Dofs 0, 1 on node 7; dof 2 on node 3; dof 3 on node 9, coupled with nobody.
        let pattern = SparsityPattern::from_elements(4, &[0, 3], &[0, 1, 2]);
        let graph = NodeGraph::new(&pattern, &[7, 7, 3, 9], &RunControl::silent()).unwrap();
        assert_eq!(graph.labels, [3, 7, 9]);
        assert_eq!((graph.dofs(0), graph.dofs(1), graph.dofs(2)), (&[2][..], &[0, 1][..], &[3][..]));
        assert_eq!((graph.neighbours(0), graph.neighbours(1)), (&[1][..], &[0][..]));
        assert!(graph.neighbours(2).is_empty());
    }
}
