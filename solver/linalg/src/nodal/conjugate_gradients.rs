use super::{CHUNK, Entry, Iterations, NodeProjection, Until, check_sizes, dots, projected_product};
use crate::{LinalgError, SparseMatrix};
use control::RunControl;
use rayon::prelude::*;

/// Solves P A x = P b, with x - x₀ in the range of P, by conjugate gradients with the diagonal as preconditioner (Jacobi):
/// for a symmetric positive definite A with one scalar row a node. `inverse` holds 1 over that diagonal ([`inverse_diagonal`]), `x`
/// the guess x₀, which fulfils the constraints, `residual` is P (b - A x₀).
///
/// Sums are ordered: the result does not depend on the number of threads.
///
/// # Errors
/// [`LinalgError::NotConverged`] after `until.iterations` or when A is not positive definite, [`LinalgError::Size`],
/// [`LinalgError::Cancelled`].
pub fn conjugate_gradients<T: Entry>(
    matrix: &SparseMatrix,
    inverse: &[f64],
    residual: Vec<T>,
    x: &mut [T],
    free: &impl NodeProjection<T>,
    until: Until,
    control: &RunControl,
) -> Result<Iterations, LinalgError> {
    check_sizes(matrix, &residual, x)?;
    if inverse.len() != matrix.rows() {
        return Err(LinalgError::Size { what: "a diagonal", found: inverse.len(), expected: matrix.rows() });
    }
    let mut r = residual;
    let start = dots(&r, &r)[0].sqrt();
    let mut done = Iterations { count: 0, residual: [start, start] };
    if start <= until.residual {
        return Ok(done);
    }
    if !start.is_finite() {
        return Err(LinalgError::NotConverged { iterations: 0, residual: start, tolerance: until.residual });
    }
    // A scalar times a projected vector stays projected: no projection after the preconditioner.
    let mut p: Vec<T> = r.par_iter().zip(inverse).map(|(r, d)| *r * *d).collect();
    let mut product = dots(&r, &p)[0];
    let mut q = vec![T::default(); x.len()];
    loop {
        control.check()?;
        let [curvature, _] = projected_product(matrix, &p, free, &p, &mut q);
        if done.count == until.iterations || !(curvature > 0.0 && product > 0.0) {
            let relative = done.residual[1] / start;
            let tolerance = until.residual / start;
            return Err(LinalgError::NotConverged { iterations: done.count, residual: relative, tolerance });
        }
        let alpha = product / curvature;
        let [next, square] = descend(x, &mut r, &p, &q, inverse, alpha);
        done.count += 1;
        done.residual[1] = square.sqrt();
        if done.residual[1] <= until.residual {
            return Ok(done);
        }
        let beta = next / product;
        product = next;
        p.par_iter_mut().zip(r.par_iter().zip(inverse)).for_each(|(p, (r, d))| *p = *r * *d + *p * beta);
    }
}

/// 1 over the diagonal of a matrix.
pub fn inverse_diagonal(matrix: &SparseMatrix) -> Vec<f64> {
    (0..matrix.rows()).into_par_iter().map(|row| matrix.entry(row, row).recip()).collect()
}

/// x += α p, r -= α q in one pass; returns rᵀ D⁻¹ r and rᵀ r.
fn descend<T: Entry>(x: &mut [T], r: &mut [T], p: &[T], q: &[T], inverse: &[f64], alpha: f64) -> [f64; 2] {
    let directions = p.par_chunks(CHUNK).zip(q.par_chunks(CHUNK)).zip(inverse.par_chunks(CHUNK));
    let sums: Vec<[f64; 2]> = x
        .par_chunks_mut(CHUNK)
        .zip(r.par_chunks_mut(CHUNK))
        .zip(directions)
        .map(|((x, r), ((p, q), inverse))| {
            let mut sums = [0.0; 2];
            for k in 0..x.len() {
                x[k] += p[k] * alpha;
                r[k] -= q[k] * alpha;
                let square = r[k].dot(&r[k]);
                sums[0] += square * inverse[k];
                sums[1] += square;
            }
            sums
        })
        .collect();
    sums.into_iter().fold([0.0; 2], |[a, b], [c, d]| [a + c, b + d])
}
