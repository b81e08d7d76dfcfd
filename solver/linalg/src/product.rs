//! Products of sparse matrices.

use crate::pattern::{ROWS_PER_TASK, build_rows, group};
use crate::{SparseMatrix, SparsityPattern};
use control::{Cancelled, RunControl};
use rayon::prelude::*;
use std::sync::Arc;

impl SparseMatrix {
    /// Aᵀ. Cost: two passes over the entries.
    pub fn transpose(&self) -> SparseMatrix {
        let columns = self.pattern().column_indices();
        let (offsets, places) = group(self.columns(), columns.iter().copied());
        let mut row_of = vec![0u32; columns.len()];
        for (row, window) in self.pattern().row_offsets().windows(2).enumerate() {
            row_of[window[0]..window[1]].fill(row as u32);
        }
        let indices = places.par_iter().map(|&place| row_of[place as usize]).collect();
        let values = places.par_iter().map(|&place| self.values[place as usize]).collect();
        SparseMatrix::new(Arc::new(SparsityPattern::from_parts(self.rows(), offsets, indices)), values)
    }

    /// A B (Gustavson's row-wise product, ACM TOMS 4:250, 1978). Rows in parallel, sums in a fixed order.
    ///
    /// # Errors
    /// [`Cancelled`].
    ///
    /// # Panics
    /// When A's columns and B's rows differ in number.
    pub fn multiply_sparse(&self, right: &SparseMatrix, control: &RunControl) -> Result<SparseMatrix, Cancelled> {
        assert_eq!(self.columns(), right.rows(), "the inner sizes agree");
        let (offsets, columns) = build_rows(
            self.rows(),
            || crate::pattern::Marks::new(right.columns()),
            |marks, row, out| {
                if control.is_cancelled() {
                    return;
                }
                let start = out.len();
                marks.clear();
                for &middle in self.row(row).0 {
                    for &column in right.row(middle as usize).0 {
                        if marks.insert(column as usize) {
                            out.push(column);
                        }
                    }
                }
                out[start..].sort_unstable();
            },
        );
        control.check()?;
        let mut values = vec![0.0; columns.len()];
        let mut tasks = Vec::new();
        let mut rest = values.as_mut_slice();
        for task in 0..self.rows().div_ceil(ROWS_PER_TASK) {
            let rows = task * ROWS_PER_TASK..self.rows().min((task + 1) * ROWS_PER_TASK);
            let (part, tail) = std::mem::take(&mut rest).split_at_mut(offsets[rows.end] - offsets[rows.start]);
            tasks.push((rows, part));
            rest = tail;
        }
        tasks.into_par_iter().for_each_init(
            || vec![0.0; right.columns()],
            |sums, (rows, part)| {
                let base = offsets[rows.start];
                if control.is_cancelled() {
                    return;
                }
                for row in rows {
                    let (middles, factors) = self.row(row);
                    for (&middle, factor) in middles.iter().zip(factors) {
                        let (right_columns, right_values) = right.row(middle as usize);
                        for (&column, value) in right_columns.iter().zip(right_values) {
                            sums[column as usize] += factor * value;
                        }
                    }
                    for k in offsets[row]..offsets[row + 1] {
                        part[k - base] = std::mem::take(&mut sums[columns[k] as usize]);
                    }
                }
            },
        );
        control.check()?;
        let pattern = SparsityPattern::from_parts(right.columns(), offsets, columns);
        Ok(SparseMatrix::new(Arc::new(pattern), values))
    }

    /// The Galerkin product Pᵀ A P of this matrix with a prolongation P.
    ///
    /// # Errors
    /// [`Cancelled`].
    ///
    /// # Panics
    /// When P's rows and A's size differ.
    pub fn galerkin(&self, prolongation: &SparseMatrix, control: &RunControl) -> Result<SparseMatrix, Cancelled> {
        prolongation.transpose().multiply_sparse(&self.multiply_sparse(prolongation, control)?, control)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dense(rows: usize, columns: usize, values: &[f64]) -> SparseMatrix {
        let mut offsets = vec![0];
        let (mut indices, mut kept) = (Vec::new(), Vec::new());
        for row in 0..rows {
            for column in 0..columns {
                let value = values[row * columns + column];
                if value != 0.0 {
                    indices.push(column as u32);
                    kept.push(value);
                }
            }
            offsets.push(indices.len());
        }
        SparseMatrix::new(Arc::new(SparsityPattern::new(columns, offsets, indices)), kept)
    }

    #[test]
    fn galerkin_product_of_the_path_laplacian_is_the_coarse_one() {
        // Linear interpolation from every second point of a path halves its Laplacian.
        let a = dense(3, 3, &[2.0, -1.0, 0.0, -1.0, 2.0, -1.0, 0.0, -1.0, 2.0]);
        let p = dense(3, 1, &[0.5, 1.0, 0.5]);
        assert_eq!(a.galerkin(&p, &RunControl::silent()).unwrap().values, [1.0]);
        let p = dense(3, 2, &[1.0, 0.0, 0.5, 0.5, 0.0, 1.0]);
        let coarse = a.galerkin(&p, &RunControl::silent()).unwrap();
        assert_eq!((coarse.entry(0, 0), coarse.entry(0, 1), coarse.entry(1, 1)), (1.5, -0.5, 1.5));
    }

    #[test]
    fn transpose_of_a_rectangular_matrix() {
        let a = dense(2, 3, &[1.0, 0.0, 2.0, 0.0, 3.0, 4.0]);
        let t = a.transpose();
        assert_eq!((t.rows(), t.columns()), (3, 2));
        assert_eq!(t.multiply(&[1.0, 10.0]), a.multiply_transpose(&[1.0, 10.0]));
    }
}
