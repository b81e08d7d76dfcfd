//! Corrections in single precision of a solution in double.

use super::{CHUNK, Entry, Iterations, Lanes, NodeProjection, Until};
use crate::{LinalgError, SparseMatrix};
use nalgebra::Vector3;
use rayon::prelude::*;

/// What single precision may be asked for: a residual of this part of the one before.
const SINGLE: f64 = 1e-4;
/// Corrections at most.
const MOST_CORRECTIONS: usize = 12;

/// Where an iteration starts: the residuals of its guess and of another one, in one pass over the matrix.
#[derive(Debug, Clone)]
pub struct Start<T> {
    /// P (b - A x) of the guess x.
    pub residual: Vec<T>,
    /// Norm of that of the other.
    pub other: f64,
    /// Norm of the larger, row by row, of b and the other's product: what rounding is relative to.
    pub terms: f64,
}

impl<T: Entry> Start<T> {
    /// # Panics
    /// When the lengths do not fit the matrix.
    pub fn new(matrix: &SparseMatrix, right: &[T], [guess, other]: [&[T]; 2], free: &impl NodeProjection<T>) -> Self {
        assert!([right, guess, other].iter().all(|x| x.len() == matrix.rows()), "one entry a row");
        let mut residual = vec![T::default(); right.len()];
        let work = |(chunk, part): (usize, &mut [T])| {
            let mut squares = [0.0; 2];
            for (k, rest) in part.iter_mut().enumerate() {
                let row = chunk * CHUNK + k;
                let (columns, values) = matrix.row(row);
                let mut products = [T::default(); 2];
                for (&column, &a) in columns.iter().zip(values) {
                    products[0] += guess[column as usize] * a;
                    products[1] += other[column as usize] * a;
                }
                let b = right[row];
                *rest = b - products[0];
                free.project(row, rest);
                let mut own = b - products[1];
                free.project(row, &mut own);
                squares[0] += own.dot(&own);
                squares[1] += b.dot(&b).max(products[1].dot(&products[1]));
            }
            squares
        };
        let squares: Vec<[f64; 2]> = residual.par_chunks_mut(CHUNK).enumerate().map(work).collect();
        let [other, terms] = squares.into_iter().fold([0.0; 2], |[a, b], [c, d]| [a + c, b + d]).map(f64::sqrt);
        Self { residual, other, terms }
    }
}

/// Goes from a guess `x` and its residual P (b - A x) to a solution of P A x = P b, by corrections that `correct` solves for: it
/// gets a residual, zeros, and when to end. Residuals are found anew in double precision after corrections that single precision
/// may have spoilt.
///
/// # Errors
/// What `correct` returns; [`LinalgError::NotConverged`] where corrections do not help.
pub fn refine(
    matrix: &SparseMatrix,
    right: &[Vector3<f64>],
    residual: Vec<Vector3<f64>>,
    x: &mut [Vector3<f64>],
    free: &impl NodeProjection<Vector3<f64>>,
    until: Until,
    correct: impl Fn(Vec<Lanes>, &mut [Lanes], Until) -> Result<Iterations, LinalgError>,
) -> Result<Iterations, LinalgError> {
    let mut residual = residual;
    let norm = |residual: &[Vector3<f64>]| {
        let squares: Vec<f64> =
            residual.par_chunks(CHUNK).map(|part| part.iter().map(Vector3::norm_squared).sum::<f64>()).collect();
        squares.into_iter().sum::<f64>().sqrt()
    };
    let start = norm(&residual);
    let mut done = Iterations { count: 0, residual: [start, start] };
    let failed = |done: &Iterations| LinalgError::NotConverged {
        iterations: done.count,
        residual: done.residual[1] / start,
        tolerance: until.residual / start,
    };
    for _ in 0..MOST_CORRECTIONS {
        let now = done.residual[1];
        if now <= until.residual {
            return Ok(done);
        }
        if !now.is_finite() {
            return Err(failed(&done));
        }
        // A power of two: the numbers stay clear of the ends of single precision's range, and no digit is lost.
        let scale = now.log2().round().exp2();
        let small: Vec<Lanes> = residual.par_iter().map(|r| Lanes::from(r / scale)).collect();
        let mut correction = vec![Lanes::default(); x.len()];
        let wanted = until.residual.max(SINGLE * now);
        let limit = Until { residual: wanted / scale, iterations: until.iterations.saturating_sub(done.count) };
        let own = correct(small, &mut correction, limit)?;
        x.par_iter_mut().zip(&correction).for_each(|(x, d)| *x += Vector3::from(*d) * scale);
        done.count += own.count;
        done.residual[1] = own.residual[1] * scale;
        if wanted > until.residual {
            residual = Start::new(matrix, right, [x, x], free).residual;
            done.residual[1] = norm(&residual);
        }
    }
    if done.residual[1] <= until.residual { Ok(done) } else { Err(failed(&done)) }
}
