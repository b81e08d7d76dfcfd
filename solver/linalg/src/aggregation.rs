//! Coarse space by smoothed aggregation (Vaněk, Mandel and Brezina, Computing 56:179, 1996): nodes are gathered in
//! aggregates, the motions without strain energy are restricted to each and orthonormalised, and one damped Jacobi step
//! smooths the result.

use crate::block::BlockMatrix;
use crate::graph::NodeGraph;
use crate::{SparseMatrix, SparsityPattern};
use control::{Cancelled, RunControl};
use rayon::prelude::*;
use std::sync::Arc;

const NONE: u32 = u32::MAX;
/// Nodes are strongly coupled when ‖A_ij‖² exceeds this squared times ‖A_ii‖ ‖A_jj‖.
const STRENGTH: f32 = 0.04;
/// A motion is dropped on an aggregate when orthogonalisation leaves less than this fraction of it.
const DEPENDENT: f64 = 1e-6;

/// The smoothed prolongation and the aggregate of every coarse dof. `operator` is `scale` times the matrix and `bound` is at
/// least the largest eigenvalue of D⁻¹ A.
///
/// # Errors
/// [`Cancelled`].
pub(crate) fn smoothed_aggregation(
    matrix: &SparseMatrix,
    graph: &NodeGraph,
    operator: &BlockMatrix,
    (scale, bound): (f64, f64),
    near_kernel: &[Vec<f64>],
    control: &RunControl,
) -> Result<(SparseMatrix, Vec<u32>), Cancelled> {
    let strong = |node: usize| {
        operator.couplings(node).filter(move |&(_, strength)| strength > STRENGTH * STRENGTH).collect::<Couplings>()
    };
    let aggregate_of = aggregate(&(0..graph.len()).into_par_iter().map(strong).collect::<Vec<_>>());
    control.check()?;
    let (tentative, coarse_to_aggregate) = tentative(graph, &aggregate_of, near_kernel);
    let inverse = operator.inverse_diagonal_matrix(graph, scale);
    let mut smoothed = inverse.multiply_sparse(&matrix.multiply_sparse(&tentative, control)?, control)?;
    smoothed.scale(-4.0 / (3.0 * bound));
    let pattern = smoothed.pattern().clone();
    for row in 0..tentative.rows() {
        let (columns, values) = tentative.row(row);
        for (&column, value) in columns.iter().zip(values) {
            if let Some(position) = pattern.position(row, column) {
                smoothed.values[position] += value;
            }
        }
    }
    Ok((smoothed, coarse_to_aggregate))
}

/// Nodes that a node is strongly coupled to, and how strongly.
pub(crate) type Couplings = Vec<(u32, f32)>;

/// The aggregate of each node. Greedy: whole free neighbourhoods first, then leftovers to the strongest neighbouring aggregate,
/// then what remains among itself.
pub(crate) fn aggregate(strong: &[Couplings]) -> Vec<u32> {
    let nodes = strong.len();
    let mut aggregate_of = vec![NONE; nodes];
    let mut count = 0;
    for node in 0..nodes {
        let free = |&(other, _): &(u32, f32)| aggregate_of[other as usize] == NONE;
        if aggregate_of[node] == NONE && !strong[node].is_empty() && strong[node].iter().all(free) {
            aggregate_of[node] = count;
            strong[node].iter().for_each(|&(other, _)| aggregate_of[other as usize] = count);
            count += 1;
        }
    }
    let roots = aggregate_of.clone();
    for node in (0..nodes).filter(|&node| roots[node] == NONE) {
        let attached = strong[node].iter().filter(|(other, _)| roots[*other as usize] != NONE);
        if let Some(&(other, _)) = attached.max_by(|a, b| a.1.total_cmp(&b.1)) {
            aggregate_of[node] = roots[other as usize];
        }
    }
    for node in 0..nodes {
        if aggregate_of[node] == NONE {
            aggregate_of[node] = count;
            for &(other, _) in &strong[node] {
                if aggregate_of[other as usize] == NONE {
                    aggregate_of[other as usize] = count;
                }
            }
            count += 1;
        }
    }
    aggregate_of
}

/// The near-kernel cut to aggregates and orthonormalised there (modified Gram-Schmidt, twice), and the aggregate of
/// every coarse dof.
fn tentative(graph: &NodeGraph, aggregate_of: &[u32], near_kernel: &[Vec<f64>]) -> (SparseMatrix, Vec<u32>) {
    let count = aggregate_of.iter().max().map_or(0, |&last| last as usize + 1);
    let (offsets, members) = crate::pattern::group(count, aggregate_of.iter().copied());
    let bases: Vec<(Vec<u32>, Vec<Vec<f64>>)> = (0..count)
        .into_par_iter()
        .map(|aggregate| {
            let nodes = &members[offsets[aggregate]..offsets[aggregate + 1]];
            let dofs: Vec<u32> = nodes.iter().flat_map(|&node| graph.dofs(node as usize)).copied().collect();
            let cut = |mode: &Vec<f64>| dofs.iter().map(|&dof| mode[dof as usize]).collect();
            let basis = orthonormal(near_kernel.iter().map(cut).collect());
            (dofs, basis)
        })
        .collect();
    let mut rows: Vec<(u32, usize)> = vec![(0, 0); graph.dofs.len()];
    let mut first = vec![0u32];
    let mut coarse_to_aggregate = Vec::new();
    for (aggregate, (dofs, basis)) in bases.iter().enumerate() {
        for (k, &dof) in dofs.iter().enumerate() {
            rows[dof as usize] = (aggregate as u32, k);
        }
        coarse_to_aggregate.resize(coarse_to_aggregate.len() + basis.len(), aggregate as u32);
        first.push(coarse_to_aggregate.len() as u32);
    }
    let (mut row_offsets, mut columns, mut values) = (vec![0], Vec::new(), Vec::new());
    for (aggregate, k) in rows {
        let aggregate = aggregate as usize;
        columns.extend(first[aggregate]..first[aggregate + 1]);
        values.extend(bases[aggregate].1.iter().map(|mode| mode[k]));
        row_offsets.push(columns.len());
    }
    let pattern = SparsityPattern::from_parts(coarse_to_aggregate.len(), row_offsets, columns);
    (SparseMatrix::new(Arc::new(pattern), values), coarse_to_aggregate)
}

fn orthonormal(vectors: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for mut vector in vectors {
        let before = dot(&vector, &vector).sqrt();
        for _ in 0..2 {
            for other in &basis {
                let shared = dot(&vector, other);
                vector.iter_mut().zip(other).for_each(|(v, o)| *v -= shared * o);
            }
        }
        let after = dot(&vector, &vector).sqrt();
        if after > DEPENDENT * before {
            vector.iter_mut().for_each(|v| *v /= after);
            basis.push(vector);
        }
    }
    basis
}

/// The six rigid motions of a body in space as vectors over its dofs: three translations, then three rotations about the
/// dofs' mean point. `points[node]` are coordinates, `dof_to_node` and `component` (0, 1, 2) say what a dof is.
///
/// # Panics
/// When a node or component is out of range, or the two lists differ in length.
pub fn rigid_motions(points: &[[f64; 3]], dof_to_node: &[u32], component: &[u8]) -> Vec<Vec<f64>> {
    assert_eq!(dof_to_node.len(), component.len(), "one node and one component a dof");
    let mut centre = [0.0; 3];
    for &node in dof_to_node {
        (0..3).for_each(|i| centre[i] += points[node as usize][i] / dof_to_node.len() as f64);
    }
    let dofs = || dof_to_node.iter().zip(component).map(|(&node, &axis)| (node as usize, axis as usize));
    let translation = |k: usize| dofs().map(|(_, axis)| if axis == k { 1.0 } else { 0.0 }).collect();
    // e_k × x: component k + 1 is −x_{k+2}, component k + 2 is x_{k+1}.
    let rotation = |k: usize| {
        let value = |(node, axis): (usize, usize)| {
            let x = |i: usize| points[node][i % 3] - centre[i % 3];
            match (axis + 3 - k) % 3 {
                1 => -x(k + 2),
                2 => x(k + 1),
                _ => 0.0,
            }
        };
        dofs().map(value).collect()
    };
    (0..3).map(translation).chain((0..3).map(rotation)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotations_have_no_strain() {
        // The strain energy of a bar is that of its stretch: (u_b − u_a) · (b − a).
        let points = [[0.0, 0.0, 0.0], [1.0, 2.0, 3.0], [-2.0, 0.5, 4.0]];
        let dof_to_node = [0, 0, 0, 1, 1, 1, 2, 2, 2];
        let component = [0, 1, 2, 0, 1, 2, 0, 1, 2];
        let motions = rigid_motions(&points, &dof_to_node, &component);
        assert_eq!(motions.len(), 6);
        for motion in &motions {
            for (a, b) in [(0, 1), (1, 2), (0, 2)] {
                let along = |i: usize| (motion[3 * b + i] - motion[3 * a + i]) * (points[b][i] - points[a][i]);
                assert!((along(0) + along(1) + along(2)).abs() < 1e-14);
            }
        }
        assert_eq!(motions[3].iter().filter(|v| **v != 0.0).count(), 6);
    }

    #[test]
    fn dependent_motions_are_dropped() {
        let basis = orthonormal(vec![vec![1.0, 1.0], vec![2.0, 2.0 + 1e-9], vec![1.0, 0.0]]);
        assert_eq!(basis.len(), 2);
    }
}
