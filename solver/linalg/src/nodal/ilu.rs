use super::{Lanes, NodeProjection, Preconditioner};
use crate::{LinalgError, SparseMatrix};
use rayon::join;
use std::ops::Range;

/// Below this size rows are eliminated one after the other.
const LEAST_ROWS: usize = 1024;

/// An incomplete factorisation A ≈ L U without fill, ILU(0) (Meijerink and van der Vorst, Math. Comp. 31:148, 1977). Its quality
/// depends on the order of the rows: one of small bandwidth is good.
///
/// In such an order the rows of the second half that couple to the first are about as many as the bandwidth. Both halves without
/// them are eliminated side by side, from the ends towards the middle, and what is between them last, so that the order stays a
/// narrow one. The parts are the same for all numbers of threads, and so are the results.
///
/// In single precision, which halves what a substitution reads: a preconditioner needs no more.
#[derive(Debug, Clone)]
pub struct IncompleteLu {
    halves: [Half; 2],
    between: Between,
}

/// The factors of the rows of a half in the order of their elimination. Columns are counted from its first, or from the first
/// between the halves.
#[derive(Debug, Clone)]
struct Half {
    /// Whether elimination begins at the last row.
    is_backward: bool,
    /// L without its unit diagonal.
    lower: Triangle,
    /// U without its diagonal.
    upper: Triangle,
    /// Of U, the columns between the halves.
    border: Triangle,
    /// 1 over the diagonal of U.
    inverse: Vec<f32>,
}

/// Those of the rows between the halves.
#[derive(Debug, Clone)]
struct Between {
    /// Of L, the columns of the halves.
    borders: [Triangle; 2],
    lower: Triangle,
    upper: Triangle,
    inverse: Vec<f32>,
}

/// Rows of entries: column and value.
#[derive(Debug, Clone)]
struct Triangle {
    offsets: Vec<u32>,
    entries: Vec<(u32, f32)>,
}

impl IncompleteLu {
    /// Factorises a matrix whose pattern is symmetric and has the diagonal, without the rows and columns that `is_held` names,
    /// where the solution is known: these need not leave positive pivots (those of a velocity at an inflow do not).
    ///
    /// # Errors
    /// [`LinalgError::NotPositiveDefinite`] naming the row of a pivot that is zero or not finite.
    pub fn new(matrix: &SparseMatrix, is_held: impl Fn(usize) -> bool + Sync) -> Result<Self, LinalgError> {
        let rows = matrix.rows();
        let between = between_halves(matrix);
        let of = |rows: &Range<usize>| Elimination::new(matrix, rows.clone(), between.clone(), &is_held);
        let (first, second) = (0..between.start, between.end..rows);
        let (one, two) = join(|| of(&first).all(&[]), || of(&second).all(&[]));
        let halves = [one?, two?];
        let last = of(&between).all(&halves)?;
        let borders = [&first, &second].map(|rows| last.lower.within(rows));
        let halves = [(&halves[0], &first), (&halves[1], &second)].map(|(half, rows)| Half {
            is_backward: half.is_backward(),
            lower: half.lower.within(rows),
            upper: half.upper.within(rows),
            border: half.upper.within(&between),
            inverse: half.reciprocals(),
        });
        let (lower, upper) = (last.lower.within(&between), last.upper.within(&between));
        Ok(Self { halves, between: Between { borders, lower, upper, inverse: last.reciprocals() } })
    }
}

impl Preconditioner<Lanes> for IncompleteLu {
    /// z = P U⁻¹ L⁻¹ r.
    ///
    /// # Panics
    /// When `r` or `z` have not one entry a row.
    fn apply(&self, r: &[Lanes], free: &impl NodeProjection<Lanes>, z: &mut [Lanes]) {
        let Self { halves: [first, second], between } = self;
        let [start, width, after] = [first.inverse.len(), between.inverse.len(), second.inverse.len()];
        let end = start + width;
        assert!([r.len(), z.len()] == [end + after; 2], "one entry a row");
        let (z0, rest) = z.split_at_mut(start);
        let (z1, z2) = rest.split_at_mut(width);
        join(|| first.forward(r, z0), || second.forward(&r[end..], z2));
        between.solve(&r[start..], [z0, z2], z1);
        join(|| first.backward(z1, z0), || second.backward(z1, z2));
        z.iter_mut().enumerate().for_each(|(row, z)| free.project(row, z));
    }
}

impl Half {
    /// z = L⁻¹ r.
    fn forward(&self, r: &[Lanes], z: &mut [Lanes]) {
        for k in 0..z.len() {
            let row = self.row(k);
            z[row] = (r[row] - self.lower.times(k, z)).cleared();
        }
    }

    /// z = U⁻¹ z beside what is known between the halves.
    fn backward(&self, between: &[Lanes], z: &mut [Lanes]) {
        for k in (0..z.len()).rev() {
            let row = self.row(k);
            let known = self.upper.times(k, z) + self.border.times(k, between);
            z[row] = (z[row] - known).times(self.inverse[k]).cleared();
        }
    }

    /// The row that is eliminated as number k.
    #[inline]
    fn row(&self, k: usize) -> usize {
        if self.is_backward { self.inverse.len() - 1 - k } else { k }
    }
}

impl Between {
    /// z = U⁻¹ L⁻¹ r with the L⁻¹ r of the halves.
    fn solve(&self, r: &[Lanes], halves: [&[Lanes]; 2], z: &mut [Lanes]) {
        for row in 0..z.len() {
            let known = self.borders[0].times(row, halves[0]) + self.borders[1].times(row, halves[1]);
            z[row] = (r[row] - known - self.lower.times(row, z)).cleared();
        }
        for row in (0..z.len()).rev() {
            z[row] = (z[row] - self.upper.times(row, z)).times(self.inverse[row]).cleared();
        }
    }
}

/// The rows of the second half up to the last that couples to the first; the end of a small matrix.
fn between_halves(matrix: &SparseMatrix) -> Range<usize> {
    let rows = matrix.rows();
    if rows < LEAST_ROWS {
        return rows..rows;
    }
    let middle = rows / 2;
    let couples = |row: &usize| matrix.pattern().row(*row).first().is_some_and(|&column| (column as usize) < middle);
    middle..(middle..rows).rev().find(couples).map_or(middle, |row| row + 1)
}

/// The factors of a range of rows while they are found, in double precision, in the order of elimination and with the columns of
/// the matrix.
struct Elimination<'a, H> {
    matrix: &'a SparseMatrix,
    /// The rows that are eliminated last.
    between: Range<usize>,
    is_held: &'a H,
    rows: Range<usize>,
    lower: Factor,
    upper: Factor,
    inverse: Vec<f64>,
    /// Where each column stands in the row at work; 0 where it does not.
    place: Vec<u32>,
}

impl<'a, H: Fn(usize) -> bool> Elimination<'a, H> {
    fn new(matrix: &'a SparseMatrix, rows: Range<usize>, between: Range<usize>, is_held: &'a H) -> Self {
        let offsets = matrix.pattern().row_offsets();
        let entries = (offsets[rows.end] - offsets[rows.start]) / 2;
        let factor = || Factor::with_capacity(rows.len(), entries);
        let (lower, upper, inverse) = (factor(), factor(), Vec::with_capacity(rows.len()));
        Self { matrix, between, is_held, rows, lower, upper, inverse, place: vec![0; matrix.rows()] }
    }

    /// Eliminates all rows, after those `before` them.
    fn all(mut self, before: &[Self]) -> Result<Self, LinalgError> {
        for k in 0..self.rows.len() {
            let row = if self.is_backward() { self.rows.end - 1 - k } else { self.rows.start + k };
            self.eliminate(row, before)?;
        }
        Ok(self)
    }

    /// Adds the next row.
    fn eliminate(&mut self, row: usize, before: &[Self]) -> Result<(), LinalgError> {
        let mut pivot = 1.0;
        if !(self.is_held)(row) {
            let (columns, values) = self.matrix.row(row);
            let mut values = values.to_vec();
            (1_u32..).zip(columns).for_each(|(k, &column)| self.place[column as usize] = k);
            let mut kept: Vec<usize> = (0..columns.len()).filter(|&k| !(self.is_held)(columns[k] as usize)).collect();
            kept.sort_by_key(|&k| self.turn(columns[k] as usize));
            for &k in &kept {
                let column = columns[k] as usize;
                if self.turn(column) < self.turn(row) {
                    let factors = before.iter().find(|factors| factors.rows.contains(&column)).unwrap_or(self);
                    let number = factors.number(column);
                    let factor = values[k] * factors.inverse[number];
                    values[k] = factor;
                    for (other, value) in factors.upper.row(number) {
                        let at = self.place[other as usize] as usize;
                        if at > 0 {
                            values[at - 1] -= factor * value;
                        }
                    }
                }
            }
            columns.iter().for_each(|&column| self.place[column as usize] = 0);
            pivot = 0.0;
            for &k in &kept {
                match columns[k] as usize {
                    column if column == row => pivot = values[k],
                    column if self.turn(column) < self.turn(row) => self.lower.push(columns[k], values[k]),
                    _ => self.upper.push(columns[k], values[k]),
                }
            }
            if pivot == 0.0 || !pivot.is_finite() {
                let ratio = pivot / self.matrix.entry(row, row);
                return Err(LinalgError::NotPositiveDefinite { dof: row, node: row as u32, pivot, ratio });
            }
        }
        self.inverse.push(pivot.recip());
        self.lower.end_row();
        self.upper.end_row();
        Ok(())
    }

    fn is_backward(&self) -> bool {
        self.rows.start >= self.between.end
    }

    /// When a row is eliminated, among all.
    fn turn(&self, row: usize) -> (bool, usize) {
        let from_end = self.matrix.rows() - row;
        (self.between.contains(&row), if row < self.between.end { row } else { from_end })
    }

    /// When a row is eliminated, among the own.
    fn number(&self, row: usize) -> usize {
        if self.is_backward() { self.rows.end - 1 - row } else { row - self.rows.start }
    }

    fn reciprocals(&self) -> Vec<f32> {
        self.inverse.iter().map(|&value| value as f32).collect()
    }
}

/// Rows of L or U in double precision.
struct Factor {
    offsets: Vec<usize>,
    entries: Vec<(u32, f64)>,
}

impl Factor {
    fn with_capacity(rows: usize, entries: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self { offsets, entries: Vec::with_capacity(entries) }
    }

    fn push(&mut self, column: u32, value: f64) {
        self.entries.push((column, value));
    }

    fn end_row(&mut self) {
        self.offsets.push(self.entries.len());
    }

    fn row(&self, row: usize) -> impl Iterator<Item = (u32, f64)> {
        self.entries[self.offsets[row]..self.offsets[row + 1]].iter().copied()
    }

    /// The part in some columns, counted from the first of them.
    fn within(&self, columns: &Range<usize>) -> Triangle {
        let (mut offsets, mut entries) = (vec![0], Vec::new());
        for row in 0..self.offsets.len() - 1 {
            let own = self.row(row).filter(|(column, _)| columns.contains(&(*column as usize)));
            entries.extend(own.map(|(column, value)| (column - columns.start as u32, value as f32)));
            offsets.push(entries.len() as u32);
        }
        Triangle { offsets, entries }
    }
}

impl Triangle {
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

    fn range(&self, row: usize) -> Range<usize> {
        self.offsets[row] as usize..self.offsets[row + 1] as usize
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

    /// Without fill, so that its factorisation is exact.
    fn path(n: u32) -> SparseMatrix {
        let (mut offsets, mut columns, mut values) = (vec![0], Vec::new(), Vec::new());
        for row in 0..n {
            for column in row.saturating_sub(1)..(row + 2).min(n) {
                columns.push(column);
                values.push(if column == row { 3.0 } else { -1.0 - 0.1 * f64::from(column) / f64::from(n) });
            }
            offsets.push(columns.len());
        }
        SparseMatrix::new(Arc::new(SparsityPattern::new(n as usize, offsets, columns)), values)
    }

    /// The largest error of a solution that is 0 at held rows.
    fn error(matrix: &SparseMatrix, is_held: impl Fn(usize) -> bool + Sync) -> f64 {
        let vector = |k: usize| Vector3::new((k % 31) as f64, 1.0, -((k % 7) as f64));
        let x: Vec<_> = (0..matrix.rows()).map(|k| if is_held(k) { Vector3::zeros() } else { vector(k) }).collect();
        let mut y = x.clone();
        matrix.multiply_nodal_into(&x, &mut y);
        let right = |(k, y): (usize, Vector3<f64>)| Lanes::from(if is_held(k) { Vector3::zeros() } else { y });
        let y: Vec<Lanes> = y.into_iter().enumerate().map(right).collect();
        let mut solved = y.clone();
        IncompleteLu::new(matrix, &is_held).unwrap().apply(&y, &AllFree, &mut solved);
        x.iter().zip(&solved).map(|(x, y)| (x - Vector3::from(*y)).norm()).fold(0.0, f64::max)
    }

    #[test]
    fn a_factorisation_without_fill_is_exact() {
        assert!(error(&path(40), |_| false) < 1e-4, "single precision");
        // Halves side by side leave no coupling out.
        assert!(error(&path(4 * LEAST_ROWS as u32), |_| false) < 1e-4);
    }

    #[test]
    fn held_rows_may_have_any_entries() {
        let mut matrix = path(4 * LEAST_ROWS as u32);
        let held = [0, 2 * LEAST_ROWS, 3 * LEAST_ROWS];
        for row in held {
            let at = matrix.pattern().position(row, row as u32).unwrap();
            matrix.values[at] = 0.0;
        }
        assert!(error(&matrix, |row| held.contains(&row)) < 1e-4);
    }

    #[test]
    fn a_zero_pivot_is_named() {
        let mut matrix = grid(3, 0.0);
        let at = matrix.pattern().position(0, 0).unwrap();
        matrix.values[at] = 0.0;
        let failed = IncompleteLu::new(&matrix, |_| false).unwrap_err();
        assert!(matches!(failed, LinalgError::NotPositiveDefinite { dof: 0, .. }), "{failed}");
    }
}
