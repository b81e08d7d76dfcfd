use super::{Lanes, NodeProjection, Preconditioner};
use crate::{LinalgError, SparseMatrix};
use rayon::prelude::*;
use std::ops::Range;

/// Rows are factorised in this many blocks side by side; couplings between blocks are left out of the preconditioner. A fixed
/// number, so that the result does not depend on the number of threads.
const BLOCKS: usize = 2;
/// Below this size a block of its own costs more iterations than it saves time.
const LEAST_ROWS: usize = 512;

/// An incomplete factorisation A ≈ L U without fill, ILU(0) (Meijerink and van der Vorst, Math. Comp. 31:148, 1977), of the
/// diagonal blocks of a matrix. Its quality depends on the order of the rows: one of small bandwidth is good.
///
/// In single precision, which halves what a substitution reads: a preconditioner needs no more.
#[derive(Debug, Clone)]
pub struct IncompleteLu {
    rows: usize,
    blocks: Vec<Block>,
}

/// The factors of the rows from `first` on. Columns are counted from there too.
#[derive(Debug, Clone)]
struct Block {
    first: usize,
    /// L without its unit diagonal.
    lower: Triangle,
    /// U without its diagonal.
    upper: Triangle,
    /// 1 over the diagonal of U.
    inverse: Vec<f32>,
}

#[derive(Debug, Clone)]
struct Triangle {
    offsets: Vec<u32>,
    entries: Vec<(u32, f32)>,
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
        Ok(Self { rows, blocks: blocks.into_iter().collect::<Result<_, _>>()? })
    }
}

impl Preconditioner<Lanes> for IncompleteLu {
    /// # Panics
    /// When `r` or `z` have not one entry a row.
    fn apply(&self, r: &[Lanes], free: &impl NodeProjection<Lanes>, z: &mut [Lanes]) {
        assert!(r.len() == self.rows && z.len() == self.rows, "one entry a row");
        let mut parts = Vec::with_capacity(self.blocks.len());
        let mut rest = z;
        for block in &self.blocks {
            let (part, later) = rest.split_at_mut(block.inverse.len());
            parts.push((block, part));
            rest = later;
        }
        parts.into_par_iter().for_each(|(block, part)| block.solve(r, free, part));
    }
}

impl Block {
    fn new(matrix: &SparseMatrix, rows: Range<usize>) -> Result<Self, LinalgError> {
        let own: usize = matrix.pattern().row_offsets()[rows.end] - matrix.pattern().row_offsets()[rows.start];
        let first = rows.start;
        let mut lower = Triangle::with_capacity(rows.len(), own / 2);
        let mut upper = Triangle::with_capacity(rows.len(), own / 2);
        // Kept in double precision while others are eliminated by them.
        let (mut right, mut inverse) = (Vec::with_capacity(own / 2), Vec::with_capacity(rows.len()));
        // Where each column stands in the row at work; 0 where it does not.
        let mut place = vec![0_u32; rows.len()];
        let (mut columns, mut values): (Vec<u32>, Vec<f64>) = (Vec::new(), Vec::new());
        for row in rows.clone() {
            let (all, entries) = matrix.row(row);
            let [start, end] = [rows.start, rows.end].map(|bound| all.partition_point(|&c| (c as usize) < bound));
            columns.clear();
            values.clear();
            columns.extend(all[start..end].iter().map(|&column| column - first as u32));
            values.extend_from_slice(&entries[start..end]);
            (1_u32..).zip(&columns).for_each(|(k, &column)| place[column as usize] = k);
            let diagonal = columns.partition_point(|&column| (column as usize) < row - first);
            for k in 0..diagonal {
                let above = columns[k] as usize;
                let factor = values[k] * inverse[above];
                values[k] = factor;
                let range = upper.range(above);
                for (&(column, _), value) in upper.entries[range.clone()].iter().zip(&right[range]) {
                    let at = place[column as usize] as usize;
                    if at > 0 {
                        values[at - 1] -= factor * value;
                    }
                }
            }
            columns.iter().for_each(|&column| place[column as usize] = 0);
            let is_stored = columns.get(diagonal).is_some_and(|&column| column as usize == row - first);
            let pivot = if is_stored { values[diagonal] } else { 0.0 };
            if pivot == 0.0 || !pivot.is_finite() {
                let ratio = pivot / matrix.entry(row, row);
                return Err(LinalgError::NotPositiveDefinite { dof: row, node: row as u32, pivot, ratio });
            }
            inverse.push(pivot.recip());
            lower.push(&columns[..diagonal], &values[..diagonal]);
            upper.push(&columns[diagonal + 1..], &values[diagonal + 1..]);
            right.extend_from_slice(&values[diagonal + 1..]);
        }
        Ok(Self { first, lower, upper, inverse: inverse.into_iter().map(|value| value as f32).collect() })
    }

    /// z = P U⁻¹ L⁻¹ r, where `z` has the entries of the block's rows, `r` those of all.
    fn solve(&self, r: &[Lanes], free: &impl NodeProjection<Lanes>, z: &mut [Lanes]) {
        let r = &r[self.first..];
        for row in 0..z.len() {
            z[row] = (r[row] - self.lower.times(row, z)).cleared();
        }
        for row in (0..z.len()).rev() {
            z[row] = (z[row] - self.upper.times(row, z)).times(self.inverse[row]).cleared();
        }
        z.iter_mut().enumerate().for_each(|(row, z)| free.project(self.first + row, z));
    }
}

impl Triangle {
    fn with_capacity(rows: usize, entries: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self { offsets, entries: Vec::with_capacity(entries) }
    }

    fn push(&mut self, columns: &[u32], values: &[f64]) {
        self.entries.extend(columns.iter().zip(values).map(|(&column, &value)| (column, value as f32)));
        self.offsets.push(self.entries.len() as u32);
    }

    fn range(&self, row: usize) -> Range<usize> {
        self.offsets[row] as usize..self.offsets[row + 1] as usize
    }

    #[inline]
    fn times(&self, row: usize, x: &[Lanes]) -> Lanes {
        // Two sums, which the processor adds side by side.
        let (mut even, mut odd) = (Lanes::default(), Lanes::default());
        let (pairs, last) = self.entries[self.range(row)].as_chunks::<2>();
        for [(a, p), (b, q)] in pairs {
            even += x[*a as usize].times(*p);
            odd += x[*b as usize].times(*q);
        }
        for (column, value) in last {
            even += x[*column as usize].times(*value);
        }
        even + odd
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SparsityPattern;
    use crate::nodal::AllFree;
    use crate::nodal::tests::grid;
    use nalgebra::Vector3;
    use std::sync::Arc;

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
        let y: Vec<Lanes> = y.into_iter().map(Lanes::from).collect();
        let mut solved = y.clone();
        IncompleteLu::new(&matrix).unwrap().apply(&y, &AllFree, &mut solved);
        assert!(x.iter().zip(&solved).all(|(x, y)| (x - Vector3::from(*y)).norm() < 1e-4), "single precision");
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
