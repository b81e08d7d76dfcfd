use super::Entry;
use crate::{LinalgError, SparseMatrix, SparsityPattern};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// Rows are factorised in this many blocks side by side; couplings between blocks are left out of the preconditioner. A fixed
/// number, so that the result does not depend on the number of threads.
const BLOCKS: usize = 2;
/// Below this size a block of its own costs more iterations than it saves time.
const LEAST_ROWS: usize = 512;

/// An incomplete factorisation A ≈ L U without fill, ILU(0) (Meijerink and van der Vorst, Math. Comp. 31:148, 1977), of the
/// diagonal blocks of a matrix. Its quality depends on the order of the rows: one of small bandwidth is good.
///
/// Stored in single precision, which halves what a substitution reads: a preconditioner needs no more.
#[derive(Debug, Clone)]
pub struct IncompleteLu {
    pattern: Arc<SparsityPattern>,
    blocks: Vec<Block>,
}

#[derive(Debug, Clone)]
struct Block {
    rows: Range<usize>,
    /// L (unit diagonal, left) and U (right, with the inverse of its diagonal in place of that), in the order of the pattern's
    /// entries of these rows.
    values: Vec<f32>,
    /// Within each row of the pattern: the first entry of the block, the diagonal, the end of the block.
    marks: Vec<[u32; 3]>,
}

impl IncompleteLu {
    /// Factorises a matrix whose pattern has the diagonal.
    ///
    /// # Errors
    /// [`LinalgError::NotPositiveDefinite`] naming the row of a pivot that is zero or not finite.
    pub fn new(matrix: &SparseMatrix) -> Result<Self, LinalgError> {
        let rows = matrix.rows();
        let count = (rows / LEAST_ROWS).clamp(1, BLOCKS);
        let blocks: Vec<Result<Block, LinalgError>> =
            (0..count).into_par_iter().map(|k| Block::new(matrix, rows * k / count..rows * (k + 1) / count)).collect();
        Ok(Self { pattern: matrix.pattern().clone(), blocks: blocks.into_iter().collect::<Result<_, _>>()? })
    }

    /// x := U⁻¹ L⁻¹ x, block by block.
    ///
    /// # Panics
    /// When `x` has not one entry a row.
    pub fn solve<T: Entry>(&self, x: &mut [T]) {
        assert_eq!(x.len(), self.pattern.rows(), "one entry a row");
        let mut parts = Vec::with_capacity(self.blocks.len());
        let mut rest = x;
        for block in &self.blocks {
            let (part, later) = rest.split_at_mut(block.rows.len());
            parts.push((block, part));
            rest = later;
        }
        parts.into_par_iter().for_each(|(block, part)| block.solve(&self.pattern, part));
    }
}

impl Block {
    fn new(matrix: &SparseMatrix, rows: Range<usize>) -> Result<Self, LinalgError> {
        let offsets = matrix.pattern().row_offsets();
        let first = offsets[rows.start];
        let mut values = matrix.values[first..offsets[rows.end]].to_vec();
        let mut marks = Vec::with_capacity(rows.len());
        // Where each column stands in the row at work; 0 where it does not.
        let mut place = vec![0_u32; rows.len()];
        for row in rows.clone() {
            let columns = matrix.pattern().row(row);
            let before = |bound: usize| columns.partition_point(|&column| (column as usize) < bound);
            let [start, diagonal, end] = [before(rows.start), before(row), before(rows.end)];
            marks.push([start as u32, diagonal as u32, end as u32]);
            let own = offsets[row] - first;
            (start..end).for_each(|k| place[columns[k] as usize - rows.start] = k as u32 + 1);
            for k in start..diagonal {
                let above = columns[k] as usize;
                let [_, pivot, last] = marks[above - rows.start].map(|mark| mark as usize);
                let other = offsets[above] - first;
                let factor = values[own + k] * values[other + pivot];
                values[own + k] = factor;
                let right = &matrix.pattern().row(above)[pivot + 1..last];
                for (j, &column) in (pivot + 1..).zip(right) {
                    let at = place[column as usize - rows.start] as usize;
                    if at > 0 {
                        values[own + at - 1] -= factor * values[other + j];
                    }
                }
            }
            (start..end).for_each(|k| place[columns[k] as usize - rows.start] = 0);
            let is_stored = columns.get(diagonal).is_some_and(|&column| column as usize == row);
            let pivot = if is_stored { values[own + diagonal] } else { 0.0 };
            if pivot == 0.0 || !pivot.is_finite() {
                let ratio = pivot / matrix.entry(row, row);
                return Err(LinalgError::NotPositiveDefinite { dof: row, node: row as u32, pivot, ratio });
            }
            values[own + diagonal] = pivot.recip();
        }
        Ok(Self { rows, values: values.into_iter().map(|value| value as f32).collect(), marks })
    }

    fn solve<T: Entry>(&self, pattern: &SparsityPattern, x: &mut [T]) {
        let offsets = pattern.row_offsets();
        let first = offsets[self.rows.start];
        let sum = |row: usize, range: Range<usize>, x: &[T]| {
            let own = offsets[self.rows.start + row];
            let columns = &pattern.column_indices()[own + range.start..own + range.end];
            let values = &self.values[own - first + range.start..own - first + range.end];
            let mut sum = T::default();
            for (&column, &a) in columns.iter().zip(values) {
                sum += x[column as usize - self.rows.start] * f64::from(a);
            }
            sum
        };
        for row in 0..x.len() {
            let [start, diagonal, _] = self.marks[row].map(|mark| mark as usize);
            let known = sum(row, start..diagonal, x);
            x[row] -= known;
        }
        for row in (0..x.len()).rev() {
            let [_, diagonal, end] = self.marks[row].map(|mark| mark as usize);
            let known = sum(row, diagonal + 1..end, x);
            let inverse = f64::from(self.values[offsets[self.rows.start + row] - first + diagonal]);
            x[row] = (x[row] - known) * inverse;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodal::tests::grid;
    use nalgebra::Vector3;

    #[test]
    fn a_tridiagonal_matrix_has_no_fill_so_that_its_factorisation_is_exact() {
        let n = 40_u32;
        let (mut offsets, mut columns, mut values) = (vec![0], Vec::new(), Vec::new());
        for row in 0..n {
            for column in row.saturating_sub(1)..(row + 2).min(n) {
                columns.push(column);
                values.push(if column == row { 3.0 } else { -1.0 - 0.1 * f64::from(column) / f64::from(n) });
            }
            offsets.push(columns.len());
        }
        let matrix = SparseMatrix::new(Arc::new(SparsityPattern::new(n as usize, offsets, columns)), values);
        let x: Vec<Vector3<f64>> = (0..n).map(|k| Vector3::new(f64::from(k), 1.0, -f64::from(k % 7))).collect();
        let mut y = vec![Vector3::zeros(); x.len()];
        matrix.multiply_nodal_into(&x, &mut y);
        IncompleteLu::new(&matrix).unwrap().solve(&mut y);
        assert!(x.iter().zip(&y).all(|(x, y)| (x - y).norm() < 1e-4), "single precision");
    }

    #[test]
    fn a_zero_pivot_is_named() {
        let mut matrix = grid(3, 0.0);
        let at = matrix.pattern().position(0, 0).unwrap();
        matrix.values[at] = 0.0;
        let failed = IncompleteLu::new(&matrix).unwrap_err();
        assert!(matches!(failed, LinalgError::NotPositiveDefinite { dof: 0, .. }), "{failed}");
    }
}
