//! Block sparse rows of 3 × 3 blocks in single precision: the operator inside the preconditioner, where memory traffic is
//! the cost and rounding only shapes the search directions.

use crate::graph::NodeGraph;
use crate::{LinalgError, SparseMatrix, SparsityPattern};
use control::RunControl;
use rayon::prelude::*;
use std::sync::Arc;

/// Unknowns of one block.
pub(crate) const BLOCK: usize = 3;
/// Block rows that one task handles.
const ROWS_PER_TASK: usize = 256;

/// A vector of blocks.
pub(crate) type BlockVector = Vec<[f32; BLOCK]>;

/// A symmetric matrix in blocks, one block row a node. A node with fewer than three dofs is padded with rows of the identity.
#[derive(Debug)]
pub(crate) struct BlockMatrix {
    offsets: Vec<usize>,
    columns: Vec<u32>,
    blocks: Vec<[f32; BLOCK * BLOCK]>,
    /// Inverses of the diagonal blocks.
    inverse_diagonal: Vec<[f32; BLOCK * BLOCK]>,
    /// Place 3 · node + k of every dof in a block vector.
    pub(crate) places: Vec<u32>,
}

impl BlockMatrix {
    /// The matrix times `scale` in blocks.
    ///
    /// # Errors
    /// [`LinalgError::NotPositiveDefinite`] when a diagonal block is not, [`LinalgError::Missing`] when a node has more than
    /// three dofs, [`LinalgError::Cancelled`].
    pub(crate) fn new(
        matrix: &SparseMatrix,
        graph: &NodeGraph,
        scale: f64,
        control: &RunControl,
    ) -> Result<Self, LinalgError> {
        let nodes = graph.len();
        let mut places = vec![0u32; matrix.rows()];
        for node in 0..nodes {
            let dofs = graph.dofs(node);
            if dofs.len() > BLOCK {
                return Err(LinalgError::Missing { missing: "at most three dofs a node" });
            }
            for (k, &dof) in dofs.iter().enumerate() {
                places[dof as usize] = (BLOCK * node + k) as u32;
            }
        }
        let offsets: Vec<usize> = graph.offsets.iter().enumerate().map(|(node, offset)| offset + node).collect();
        let mut columns = vec![0u32; offsets[nodes]];
        let mut blocks = vec![[0f32; BLOCK * BLOCK]; offsets[nodes]];
        let mut inverse_diagonal = vec![[0f32; BLOCK * BLOCK]; nodes];
        let rows = split(&mut columns, &offsets).into_par_iter().zip(split(&mut blocks, &offsets));
        let failing = rows
            .zip(inverse_diagonal.par_chunks_mut(ROWS_PER_TASK))
            .enumerate()
            .filter_map(|(task, ((columns, blocks), inverses))| {
                let base = offsets[task * ROWS_PER_TASK];
                let failing = inverses.iter_mut().enumerate().position(|(k, inverse)| {
                    if control.is_cancelled() {
                        return false;
                    }
                    let node = task * ROWS_PER_TASK + k;
                    let range = offsets[node] - base..offsets[node + 1] - base;
                    fill_row(matrix, graph, &places, scale, node, &mut columns[range.clone()], &mut blocks[range])
                        .map(|inverted| *inverse = inverted)
                        .is_none()
                });
                failing.map(|k| task * ROWS_PER_TASK + k)
            })
            .min();
        control.check()?;
        match failing {
            Some(node) => {
                let (dof, node) = (graph.dofs(node)[0] as usize, graph.labels[node]);
                Err(LinalgError::NotPositiveDefinite { dof, node, pivot: f64::NAN, ratio: f64::NAN })
            }
            None => Ok(Self { offsets, columns, blocks, inverse_diagonal, places }),
        }
    }

    /// Number of block rows.
    pub(crate) fn nodes(&self) -> usize {
        self.inverse_diagonal.len()
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> u64 {
        (self.columns.len() * 40 + self.inverse_diagonal.len() * 44 + self.places.len() * 4) as u64
    }

    /// r := r − A z.
    pub(crate) fn subtract_product(&self, z: &[[f32; BLOCK]], r: &mut [[f32; BLOCK]]) {
        r.par_chunks_mut(ROWS_PER_TASK).enumerate().for_each(|(task, r)| {
            for (k, r) in r.iter_mut().enumerate() {
                let product = self.row_product(task * ROWS_PER_TASK + k, z);
                *r = std::array::from_fn(|i| r[i] - product[i]);
            }
        });
    }

    /// One step of a polynomial smoother in one pass over the matrix: r := r − A z, next := a z + b D⁻¹ r, x := x + next.
    pub(crate) fn smooth(
        &self,
        (a, b): (f32, f32),
        z: &[[f32; BLOCK]],
        r: &mut [[f32; BLOCK]],
        next: &mut [[f32; BLOCK]],
        x: &mut [[f32; BLOCK]],
    ) {
        let r = r.par_chunks_mut(ROWS_PER_TASK);
        let rows = r.zip(next.par_chunks_mut(ROWS_PER_TASK)).zip(x.par_chunks_mut(ROWS_PER_TASK));
        rows.enumerate().for_each(|(task, ((r, next), x))| {
            for (k, ((r, next), x)) in r.iter_mut().zip(next).zip(x).enumerate() {
                let node = task * ROWS_PER_TASK + k;
                let product = self.row_product(node, z);
                *r = std::array::from_fn(|i| r[i] - product[i]);
                let correction = self.diagonal_solve(node, *r);
                *next = std::array::from_fn(|i| a * z[node][i] + b * correction[i]);
                *x = std::array::from_fn(|i| x[i] + next[i]);
            }
        });
    }

    /// z := b D⁻¹ r.
    pub(crate) fn scaled_diagonal_solve(&self, b: f32, r: &[[f32; BLOCK]], z: &mut [[f32; BLOCK]]) {
        z.par_iter_mut().zip(r).enumerate().for_each(|(node, (z, r))| {
            *z = self.diagonal_solve(node, *r).map(|value| b * value);
        });
    }

    /// The neighbours j of a node i with ‖A_ij‖² / (‖A_ii‖ ‖A_jj‖), Frobenius norms, self left out.
    pub(crate) fn couplings(&self, node: usize) -> impl Iterator<Item = (u32, f32)> + '_ {
        let square = |block: &[f32; BLOCK * BLOCK]| block.iter().map(|value| value * value).sum::<f32>();
        let diagonal = move |node: usize| {
            let range = self.offsets[node]..self.offsets[node + 1];
            let place = self.columns[range.clone()].partition_point(|&column| (column as usize) < node);
            square(&self.blocks[range.start + place]).sqrt()
        };
        let own = diagonal(node);
        let range = self.offsets[node]..self.offsets[node + 1];
        let entries = self.columns[range.clone()].iter().zip(&self.blocks[range]);
        entries
            .filter(move |&(&column, _)| column as usize != node)
            .map(move |(&column, block)| (column, square(block) / (own * diagonal(column as usize))))
    }

    /// D⁻¹ of the unscaled matrix as a sparse matrix on its dofs.
    pub(crate) fn inverse_diagonal_matrix(&self, graph: &NodeGraph, scale: f64) -> SparseMatrix {
        let (mut offsets, mut columns, mut values) = (vec![0], Vec::new(), Vec::new());
        for &place in &self.places {
            let (node, i) = (place as usize / BLOCK, place as usize % BLOCK);
            for (j, &dof) in graph.dofs(node).iter().enumerate() {
                columns.push(dof);
                values.push(f64::from(self.inverse_diagonal[node][BLOCK * i + j]) * scale);
            }
            offsets.push(columns.len());
        }
        let pattern = SparsityPattern::from_parts(self.places.len(), offsets, columns);
        SparseMatrix::new(Arc::new(pattern), values)
    }

    fn row_product(&self, node: usize, x: &[[f32; BLOCK]]) -> [f32; BLOCK] {
        let range = self.offsets[node]..self.offsets[node + 1];
        let mut sum = [0f32; BLOCK];
        for (&column, a) in self.columns[range.clone()].iter().zip(&self.blocks[range]) {
            let [u, v, w] = x[column as usize];
            sum[0] += a[0] * u + a[1] * v + a[2] * w;
            sum[1] += a[3] * u + a[4] * v + a[5] * w;
            sum[2] += a[6] * u + a[7] * v + a[8] * w;
        }
        sum
    }

    /// D⁻¹ r of one node.
    pub(crate) fn diagonal_solve(&self, node: usize, r: [f32; BLOCK]) -> [f32; BLOCK] {
        let a = &self.inverse_diagonal[node];
        [
            a[0] * r[0] + a[1] * r[1] + a[2] * r[2],
            a[3] * r[0] + a[4] * r[1] + a[5] * r[2],
            a[6] * r[0] + a[7] * r[1] + a[8] * r[2],
        ]
    }
}

/// Cuts an array of row entries into the parts of [`ROWS_PER_TASK`] rows each.
fn split<'a, T>(mut entries: &'a mut [T], offsets: &[usize]) -> Vec<&'a mut [T]> {
    let rows = offsets.len() - 1;
    (0..rows.div_ceil(ROWS_PER_TASK))
        .map(|task| {
            let (first, last) = (task * ROWS_PER_TASK, rows.min((task + 1) * ROWS_PER_TASK));
            let (part, rest) = std::mem::take(&mut entries).split_at_mut(offsets[last] - offsets[first]);
            entries = rest;
            part
        })
        .collect()
}

/// Fills the blocks of one node's row; returns the inverse of the diagonal block if it is positive definite.
fn fill_row(
    matrix: &SparseMatrix,
    graph: &NodeGraph,
    places: &[u32],
    scale: f64,
    node: usize,
    columns: &mut [u32],
    blocks: &mut [[f32; BLOCK * BLOCK]],
) -> Option<[f32; BLOCK * BLOCK]> {
    let neighbours = graph.neighbours(node);
    let own = neighbours.partition_point(|&other| (other as usize) < node);
    columns[..own].copy_from_slice(&neighbours[..own]);
    columns[own] = node as u32;
    columns[own + 1..].copy_from_slice(&neighbours[own..]);
    let mut diagonal = [0f64; BLOCK * BLOCK];
    for i in graph.dofs(node).len()..BLOCK {
        diagonal[i * (BLOCK + 1)] = 1.0;
    }
    for (i, &dof) in graph.dofs(node).iter().enumerate() {
        let (others, values) = matrix.row(dof as usize);
        for (&other, value) in others.iter().zip(values) {
            let place = places[other as usize] as usize;
            let (column, j) = (place / BLOCK, place % BLOCK);
            if column == node {
                diagonal[i * BLOCK + j] = value * scale;
            } else if let Ok(k) = columns.binary_search(&(column as u32)) {
                blocks[k][i * BLOCK + j] = (value * scale) as f32;
            }
        }
    }
    blocks[own] = diagonal.map(|value| value as f32);
    invert(&diagonal).map(|inverse| inverse.map(|value| value as f32))
}

/// Inverse of a symmetric positive definite 3 × 3 matrix by cofactors; `None` unless all leading minors are positive.
fn invert(a: &[f64; 9]) -> Option<[f64; 9]> {
    let cofactor = |i: usize, j: usize| {
        let (p, q, r, s) = ((i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3);
        a[3 * p + r] * a[3 * q + s] - a[3 * p + s] * a[3 * q + r]
    };
    let determinant = a[0] * cofactor(0, 0) + a[1] * cofactor(0, 1) + a[2] * cofactor(0, 2);
    let positive = a[0] > 0.0 && cofactor(2, 2) > 0.0 && determinant > 0.0;
    positive.then(|| std::array::from_fn(|k| cofactor(k % 3, k / 3) / determinant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_agree_with_the_scalar_rows_for_ragged_nodes() {
        // Nodes with 3, 1 and 2 dofs in mixed order, all coupled.
        let dof_to_node = [4, 8, 4, 2, 2, 4];
        let pattern = Arc::new(SparsityPattern::from_elements(6, &[0, 6], &[0, 1, 2, 3, 4, 5]));
        let value = |i: usize, j: usize| if i == j { 9.0 } else { 1.0 / (1 + i + j) as f64 };
        let values = (0..36).map(|k| value(k / 6, k % 6)).collect();
        let matrix = SparseMatrix::new(pattern.clone(), values);
        let graph = NodeGraph::new(&pattern, &dof_to_node, &RunControl::silent()).unwrap();
        let blocks = BlockMatrix::new(&matrix, &graph, 2.0, &RunControl::silent()).unwrap();
        let x: Vec<f64> = (0..6).map(|k| 1.0 + k as f64).collect();
        let mut z = vec![[0f32; 3]; 3];
        for (dof, &place) in blocks.places.iter().enumerate() {
            z[place as usize / 3][place as usize % 3] = x[dof] as f32;
        }
        let mut r = vec![[0f32; 3]; 3];
        blocks.subtract_product(&z, &mut r);
        for (dof, expected) in matrix.multiply(&x).iter().enumerate() {
            let place = blocks.places[dof] as usize;
            assert!((f64::from(r[place / 3][place % 3]) + 2.0 * expected).abs() < 1e-4);
        }
        // D⁻¹ undoes the diagonal block, padding included.
        let solved = blocks.diagonal_solve(1, [18.0 + 2.0 / 3.0 + 2.0 / 6.0, 0.0, 0.0]);
        assert!(solved.iter().all(|value| value.is_finite()));
    }

    #[test]
    fn only_positive_definite_blocks_have_an_inverse() {
        let inverse = invert(&[4.0, 1.0, 0.0, 1.0, 3.0, 1.0, 0.0, 1.0, 2.0]).unwrap();
        let a = [4.0, 1.0, 0.0, 1.0, 3.0, 1.0, 0.0, 1.0, 2.0];
        for i in 0..3 {
            for j in 0..3 {
                let entry: f64 = (0..3).map(|k| a[3 * i + k] * inverse[3 * k + j]).sum();
                assert!((entry - if i == j { 1.0 } else { 0.0 }).abs() < 1e-15);
            }
        }
        assert!(invert(&[1.0, 2.0, 0.0, 2.0, 1.0, 0.0, 0.0, 0.0, 1.0]).is_none());
    }
}
