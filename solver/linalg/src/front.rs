//! Dense kernels of one supernode: partial Cholesky factorisation of a tall block and the update it leaves behind.
//!
//! Large blocks are cut into tiles of a fixed size that run in parallel; every entry is summed in one fixed order, so the
//! result does not depend on the number of threads.

use control::{Cancelled, RunControl};
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::matmul::{matmul, triangular};
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::prelude::{Reborrow, ReborrowMut};
use faer::{Accum, MatMut, MatRef, Par};
use std::ops::Range;

/// Columns that are factorised together.
const PANEL: usize = 192;
/// Columns of a tile in a large product; its rows are at most twice as many.
const TILE: usize = 512;
/// Inner size of one uninterrupted product: with the tile's size some 2 Gflop, well below a tenth of a second.
const DEPTH: usize = 2048;

/// Why a front could not be factorised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FrontError {
    Cancelled,
    /// The pivot of this column is not positive.
    NotPositive(usize),
}

impl From<Cancelled> for FrontError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// Overwrites the tall block [A₁₁; A₂₁] (lower triangle of A₁₁ given) with [L₁₁; L₂₁]: A₁₁ = L₁₁ L₁₁ᵀ, L₂₁ = A₂₁ L₁₁⁻ᵀ.
///
/// # Errors
/// The column whose pivot is not positive, or cancellation.
pub(crate) fn partial_cholesky(mut front: MatMut<'_, f64>, control: &RunControl) -> Result<(), FrontError> {
    let columns = front.ncols();
    for start in (0..columns).step_by(PANEL) {
        control.check()?;
        let width = PANEL.min(columns - start);
        let rows = front.nrows();
        let active = front.rb_mut().submatrix_mut(start, start, rows - start, columns - start);
        let (panel, trailing) = active.split_at_col_mut(width);
        let (mut diagonal, mut below) = panel.split_at_row_mut(width);
        cholesky(diagonal.rb_mut()).map_err(|column| FrontError::NotPositive(start + column))?;
        solve_below(diagonal.rb(), below.rb_mut(), control)?;
        let trailing = trailing.split_at_row_mut(width).1;
        if trailing.ncols() > 0 {
            subtract_square(trailing, Accum::Add, below.rb(), control)?;
        }
    }
    Ok(())
}

/// Dense Cholesky factorisation of the lower triangle; the column of a pivot that is not positive as the error.
fn cholesky(mut block: MatMut<'_, f64>) -> Result<(), usize> {
    let size = block.nrows();
    let requirement = cholesky_in_place_scratch::<f64>(size, Par::Seq, Default::default());
    let mut buffer = MemBuffer::new(requirement);
    let stack = MemStack::new(&mut buffer);
    cholesky_in_place(block.rb_mut(), Default::default(), Par::Seq, stack, Default::default()).map_err(|error| {
        let faer::linalg::cholesky::llt::factor::LltError::NonPositivePivot { index } = error;
        index
    })?;
    (0..size)
        .find(|&column| !(block[(column, column)] > 0.0 && block[(column, column)].is_finite()))
        .map_or(Ok(()), Err)
}

/// B := B L⁻ᵀ by rows in parallel.
fn solve_below(lower: MatRef<'_, f64>, below: MatMut<'_, f64>, control: &RunControl) -> Result<(), FrontError> {
    let rows = below.nrows();
    if rows > 2 * TILE {
        let (top, bottom) = below.split_at_row_mut(rows / 2);
        let (first, second) = rayon::join(|| solve_below(lower, top, control), || solve_below(lower, bottom, control));
        return first.and(second);
    }
    control.check()?;
    solve_lower_triangular_in_place(lower, below.transpose_mut(), Par::Seq);
    Ok(())
}

/// Lower trapezoid of C := C − A Bᵀ (or C := −A Bᵀ with [`Accum::Replace`]), where C is m × n, A is m × k and B is A's
/// first n rows. Entries above C's diagonal are left alone.
pub(crate) fn subtract_square(
    target: MatMut<'_, f64>,
    accum: Accum,
    factor: MatRef<'_, f64>,
    control: &RunControl,
) -> Result<(), FrontError> {
    let columns = target.ncols();
    if columns > TILE {
        let middle = (columns / 2).next_multiple_of(32);
        let (left, right) = target.split_at_col_mut(middle);
        let right = right.split_at_row_mut(middle).1;
        let (first, second) = rayon::join(
            || subtract_square(left, accum, factor, control),
            || subtract_square(right, accum, factor.split_at_row(middle).1, control),
        );
        return first.and(second);
    }
    let (mut top, bottom) = target.split_at_row_mut(columns);
    let (square, rest) = factor.split_at_row(columns);
    for (accum, range) in depths(factor.ncols(), accum) {
        control.check()?;
        let part = square.subcols(range.start, range.len());
        triangular::matmul(
            top.rb_mut(),
            triangular::BlockStructure::TriangularLower,
            accum,
            part,
            triangular::BlockStructure::Rectangular,
            part.transpose(),
            triangular::BlockStructure::Rectangular,
            -1.0,
            Par::Seq,
        );
    }
    subtract_product(bottom, accum, rest, square, control)
}

/// C := C − A Bᵀ in tiles of rows.
fn subtract_product(
    mut target: MatMut<'_, f64>,
    accum: Accum,
    left: MatRef<'_, f64>,
    right: MatRef<'_, f64>,
    control: &RunControl,
) -> Result<(), FrontError> {
    let rows = target.nrows();
    if rows > 2 * TILE {
        let middle = (rows / 2).next_multiple_of(32);
        let (top, bottom) = target.split_at_row_mut(middle);
        let (upper, lower) = left.split_at_row(middle);
        let (first, second) = rayon::join(
            || subtract_product(top, accum, upper, right, control),
            || subtract_product(bottom, accum, lower, right, control),
        );
        return first.and(second);
    }
    for (accum, range) in depths(left.ncols(), accum) {
        control.check()?;
        let (left, right) = (left.subcols(range.start, range.len()), right.subcols(range.start, range.len()));
        matmul(target.rb_mut(), accum, left, right.transpose(), -1.0, Par::Seq);
    }
    Ok(())
}

/// Cuts a product with inner size `depth` so that no part runs long; the first part accumulates as asked, the others add.
fn depths(depth: usize, first: Accum) -> impl Iterator<Item = (Accum, Range<usize>)> {
    let range = move |start: usize| start..depth.min(start + DEPTH);
    (0..depth).step_by(DEPTH).map(move |start| (if start == 0 { first } else { Accum::Add }, range(start)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use faer::Mat;

    /// A positive definite matrix with entries of any sign.
    fn matrix(size: usize) -> Mat<f64> {
        let entry = |i: usize, j: usize| (1.0 + (i * j) as f64).sin() + if i == j { size as f64 } else { 0.0 };
        Mat::from_fn(size, size, |i, j| entry(i.max(j), i.min(j)))
    }

    #[test]
    fn partial_factor_and_update_rebuild_the_matrix() {
        let (size, columns) = (500, 300);
        let a = matrix(size);
        let mut front = Mat::from_fn(size, columns, |i, j| a[(i, j)]);
        let mut update = Mat::zeros(size - columns, size - columns);
        let control = RunControl::silent();
        partial_cholesky(front.as_mut(), &control).unwrap();
        subtract_square(update.as_mut(), Accum::Replace, front.as_ref().split_at_row(columns).1, &control).unwrap();
        for i in 0..size {
            for j in 0..=i {
                let product: f64 = (0..columns.min(j + 1)).map(|k| front[(i, k)] * front[(j, k)]).sum();
                let rebuilt = if j < columns { product } else { a[(i, j)] };
                let schur = if j < columns {
                    0.0
                } else {
                    a[(i, j)] + update[(i - columns, j - columns)] - (a[(i, j)] - product)
                };
                assert!((rebuilt - a[(i, j)]).abs() < 1e-10 && schur.abs() < 1e-10, "entry ({i}, {j})");
            }
        }
    }

    #[test]
    fn the_column_of_a_negative_pivot_is_named() {
        let mut a = matrix(400);
        a[(250, 250)] = -1.0;
        assert_eq!(partial_cholesky(a.as_mut(), &RunControl::silent()), Err(FrontError::NotPositive(250)));
        a[(250, 250)] = f64::NAN;
        let mut b = matrix(400);
        b[(250, 250)] = f64::NAN;
        assert_eq!(partial_cholesky(b.as_mut(), &RunControl::silent()), Err(FrontError::NotPositive(250)));
    }
}
