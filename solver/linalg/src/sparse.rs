use std::sync::Arc;

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
}
