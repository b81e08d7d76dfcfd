use control::{Cancelled, RunControl};
use rayon::prelude::*;
use std::sync::Arc;

/// Rows of a product that one task computes.
const ROWS_PER_TASK: usize = 1024;

/// The places of the stored entries of a sparse matrix, row by row; columns ascend within a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SparsityPattern {
    columns: usize,
    row_offsets: Vec<usize>,
    column_indices: Vec<u32>,
}

impl SparsityPattern {
    /// A pattern from row offsets (length rows + 1, starting at 0) and column numbers.
    ///
    /// # Panics
    /// When the offsets do not ascend from 0 to `column_indices.len()`, or a row's columns do not ascend strictly below `columns`.
    pub fn new(columns: usize, row_offsets: Vec<usize>, column_indices: Vec<u32>) -> Self {
        assert_eq!(row_offsets.first(), Some(&0), "row offsets start at 0");
        assert_eq!(row_offsets.last(), Some(&column_indices.len()), "row offsets end at the entry count");
        for window in row_offsets.windows(2) {
            let row = &column_indices[window[0]..window[1]];
            assert!(row.windows(2).all(|pair| pair[0] < pair[1]), "columns ascend strictly within a row");
            assert!(row.last().is_none_or(|&last| (last as usize) < columns), "columns lie below the column count");
        }
        Self { columns, row_offsets, column_indices }
    }

    /// A pattern whose parts are known to be in order.
    pub(crate) fn from_parts(columns: usize, row_offsets: Vec<usize>, column_indices: Vec<u32>) -> Self {
        Self { columns, row_offsets, column_indices }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.row_offsets.len() - 1
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of stored entries.
    pub fn entries(&self) -> usize {
        self.column_indices.len()
    }

    /// Offsets of the rows in [`SparsityPattern::column_indices`]; length rows + 1.
    pub fn row_offsets(&self) -> &[usize] {
        &self.row_offsets
    }

    /// Column numbers of all entries, row after row.
    pub fn column_indices(&self) -> &[u32] {
        &self.column_indices
    }

    /// Column numbers of one row.
    pub fn row(&self, row: usize) -> &[u32] {
        &self.column_indices[self.row_offsets[row]..self.row_offsets[row + 1]]
    }

    /// Position of entry (row, column) in the values, or `None` when it is not stored.
    pub fn position(&self, row: usize, column: u32) -> Option<usize> {
        self.row(row).binary_search(&column).ok().map(|k| self.row_offsets[row] + k)
    }
}

/// A sparse matrix: a shared pattern and its values.
#[derive(Debug, Clone)]
pub struct SparseMatrix {
    pattern: Arc<SparsityPattern>,
    /// Values in the pattern's order.
    pub values: Vec<f64>,
}

impl SparseMatrix {
    /// A matrix of zeros on `pattern`.
    pub fn zeros(pattern: Arc<SparsityPattern>) -> Self {
        let values = vec![0.0; pattern.entries()];
        Self { pattern, values }
    }

    /// A matrix from its pattern and values.
    ///
    /// # Panics
    /// When `values.len() != pattern.entries()`.
    pub fn new(pattern: Arc<SparsityPattern>, values: Vec<f64>) -> Self {
        assert_eq!(values.len(), pattern.entries(), "one value an entry");
        Self { pattern, values }
    }

    /// The pattern.
    pub fn pattern(&self) -> &Arc<SparsityPattern> {
        &self.pattern
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.pattern.rows()
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.pattern.columns()
    }

    /// y = A x. Rows in parallel, each summed in its columns' order: the result does not depend on the thread count.
    ///
    /// # Panics
    /// When `x.len()` is not the column count.
    pub fn multiply(&self, x: &[f64]) -> Vec<f64> {
        let mut y = vec![0.0; self.rows()];
        self.multiply_into(x, &mut y);
        y
    }

    /// y = A x into an existing vector.
    ///
    /// # Panics
    /// When the lengths do not fit the matrix.
    pub fn multiply_into(&self, x: &[f64], y: &mut [f64]) {
        assert_eq!(x.len(), self.columns(), "x has one entry a column");
        assert_eq!(y.len(), self.rows(), "y has one entry a row");
        y.par_chunks_mut(ROWS_PER_TASK).enumerate().for_each(|(chunk, part)| {
            for (k, value) in part.iter_mut().enumerate() {
                let (columns, values) = self.row(chunk * ROWS_PER_TASK + k);
                *value = columns.iter().zip(values).map(|(&column, a)| a * x[column as usize]).sum();
            }
        });
    }

    /// y = Aᵀ x, in sequence (rows ascending). For repeated products keep the [`SparseMatrix::transpose`].
    ///
    /// # Panics
    /// When `x.len()` is not the row count.
    pub fn multiply_transpose(&self, x: &[f64]) -> Vec<f64> {
        assert_eq!(x.len(), self.rows(), "x has one entry a row");
        let mut y = vec![0.0; self.columns()];
        for (row, &factor) in x.iter().enumerate() {
            let (columns, values) = self.row(row);
            for (&column, a) in columns.iter().zip(values) {
                y[column as usize] += a * factor;
            }
        }
        y
    }

    /// Column numbers and values of one row.
    pub fn row(&self, row: usize) -> (&[u32], &[f64]) {
        let range = self.pattern.row_offsets[row]..self.pattern.row_offsets[row + 1];
        (&self.pattern.column_indices[range.clone()], &self.values[range])
    }

    /// Entry (row, column); zero when it is not stored.
    pub fn entry(&self, row: usize, column: usize) -> f64 {
        self.pattern.position(row, column as u32).map_or(0.0, |position| self.values[position])
    }

    /// The diagonal; zero where it is not stored.
    pub fn diagonal(&self) -> Vec<f64> {
        (0..self.rows()).map(|row| self.entry(row, row)).collect()
    }

    /// A := factor · A.
    pub fn scale(&mut self, factor: f64) {
        self.values.par_iter_mut().for_each(|value| *value *= factor);
    }

    /// The entries with column ≤ row, as a matrix of its own.
    pub fn lower_triangle(&self) -> SparseMatrix {
        let mut offsets = vec![0];
        let mut columns = Vec::new();
        let mut values = Vec::new();
        for row in 0..self.rows() {
            let (row_columns, row_values) = self.row(row);
            let keep = row_columns.partition_point(|&column| column as usize <= row);
            columns.extend_from_slice(&row_columns[..keep]);
            values.extend_from_slice(&row_values[..keep]);
            offsets.push(columns.len());
        }
        SparseMatrix::new(Arc::new(SparsityPattern::from_parts(self.columns(), offsets, columns)), values)
    }

    /// The largest |a_ij − a_ji| over the largest |a_ij|: 0 for a symmetric matrix, infinite when an entry has no mirror.
    /// Cost: one pass over the entries.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn asymmetry(&self, control: &RunControl) -> Result<f64, Cancelled> {
        if self.rows() != self.columns() {
            return Ok(f64::INFINITY);
        }
        let offsets = &self.pattern.row_offsets;
        let columns = &self.pattern.column_indices;
        // The mirrors of the entries left of the diagonal come in order: one cursor a row walks right of its diagonal.
        let right_of_diagonal =
            |row: usize| offsets[row] + self.pattern.row(row).partition_point(|&column| column as usize <= row);
        let mut cursor: Vec<usize> = (0..self.rows()).map(right_of_diagonal).collect();
        let (mut difference, mut largest) = (0.0f64, 0.0f64);
        for row in 0..self.rows() {
            if row % ROWS_PER_TASK == 0 {
                control.check()?;
            }
            for k in offsets[row]..offsets[row + 1] {
                let column = columns[k] as usize;
                largest = largest.max(self.values[k].abs());
                if column >= row {
                    continue;
                }
                let mirror = cursor[column];
                if mirror == offsets[column + 1] || columns[mirror] as usize != row {
                    return Ok(f64::INFINITY);
                }
                cursor[column] += 1;
                difference = difference.max((self.values[k] - self.values[mirror]).abs());
            }
        }
        if (0..self.rows()).any(|row| cursor[row] != offsets[row + 1]) {
            return Ok(f64::INFINITY);
        }
        Ok(if largest == 0.0 { 0.0 } else { difference / largest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [2 -1 0; -1 2 -1; 0 -1 2]
    fn path() -> SparseMatrix {
        let pattern = SparsityPattern::new(3, vec![0, 2, 5, 7], vec![0, 1, 0, 1, 2, 1, 2]);
        SparseMatrix::new(Arc::new(pattern), vec![2.0, -1.0, -1.0, 2.0, -1.0, -1.0, 2.0])
    }

    #[test]
    fn products_and_parts_of_a_small_matrix() {
        let a = path();
        assert_eq!(a.multiply(&[1.0, 2.0, 4.0]), [0.0, -1.0, 6.0]);
        assert_eq!(a.multiply_transpose(&[1.0, 2.0, 4.0]), [0.0, -1.0, 6.0]);
        assert_eq!(a.diagonal(), [2.0; 3]);
        assert_eq!(a.lower_triangle().values, [2.0, -1.0, 2.0, -1.0, 2.0]);
        assert_eq!(a.entry(0, 2), 0.0);
    }

    #[test]
    fn asymmetry_sees_a_changed_and_a_missing_entry() {
        let asymmetry = |a: &SparseMatrix| a.asymmetry(&RunControl::silent()).unwrap();
        let mut a = path();
        assert_eq!(asymmetry(&a), 0.0);
        a.values[1] = -1.5;
        assert_eq!(asymmetry(&a), 0.25);
        assert_eq!(asymmetry(&path().lower_triangle()), f64::INFINITY);
        assert_eq!(asymmetry(&path().lower_triangle().transpose()), f64::INFINITY);
    }
}
