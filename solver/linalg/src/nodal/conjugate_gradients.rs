use super::{
    CHUNK, Entry, Iterations, NodeProjection, Preconditioner, Rows, Until, check_sizes, dots, projected_product,
};
use crate::LinalgError;
use control::RunControl;
use rayon::prelude::*;

/// Solves P A x = P b, with x - x₀ in the range of P, by preconditioned conjugate gradients: for a symmetric positive definite A
/// with one scalar row a node. `x` holds the guess x₀, which fulfils the constraints, `residual` is P (b - A x₀).
///
/// Sums are ordered: the result does not depend on the number of threads.
///
/// # Errors
/// [`LinalgError::NotConverged`] after `until.iterations` or when A is not positive definite, [`LinalgError::Size`],
/// [`LinalgError::Cancelled`].
pub fn conjugate_gradients<T: Entry>(
    matrix: &impl Rows<T>,
    preconditioner: &impl Preconditioner<T>,
    residual: Vec<T>,
    x: &mut [T],
    free: &impl NodeProjection<T>,
    until: Until,
    control: &RunControl,
) -> Result<Iterations, LinalgError> {
    check_sizes(matrix, &residual, x)?;
    let mut r = residual;
    let start = dots(&r, &r)[0].sqrt();
    let mut done = Iterations { count: 0, residual: [start, start] };
    if start <= until.residual {
        return Ok(done);
    }
    if !start.is_finite() {
        return Err(LinalgError::NotConverged { iterations: 0, residual: start, tolerance: until.residual });
    }
    let zeros = || vec![T::default(); r.len()];
    let (mut z, mut q) = (zeros(), zeros());
    preconditioner.apply(&r, free, &mut z);
    let mut p = z.clone();
    let mut product = dots(&z, &r)[0];
    loop {
        control.check()?;
        let [curvature, _] = projected_product(matrix, &p, free, &p, &mut q);
        if done.count == until.iterations || !(curvature > 0.0 && product > 0.0) {
            let relative = done.residual[1] / start;
            let tolerance = until.residual / start;
            return Err(LinalgError::NotConverged { iterations: done.count, residual: relative, tolerance });
        }
        done.count += 1;
        done.residual[1] = descend(product / curvature, [&p, &q], x, &mut r).sqrt();
        if done.residual[1] <= until.residual {
            return Ok(done);
        }
        preconditioner.apply(&r, free, &mut z);
        let next = dots(&z, &r)[0];
        let beta = next / product;
        product = next;
        p.par_iter_mut().zip(&z).for_each(|(p, z)| *p = *z + *p * beta);
    }
}

/// x += α p, r -= α q in one pass; returns rᵀ r.
pub(super) fn descend<T: Entry>(alpha: f64, [p, q]: [&[T]; 2], x: &mut [T], r: &mut [T]) -> f64 {
    let directions = p.par_chunks(CHUNK).zip(q.par_chunks(CHUNK));
    let squares: Vec<f64> = x
        .par_chunks_mut(CHUNK)
        .zip(r.par_chunks_mut(CHUNK))
        .zip(directions)
        .map(|((x, r), (p, q))| {
            let mut square = 0.0;
            for k in 0..x.len() {
                x[k] += p[k] * alpha;
                r[k] -= q[k] * alpha;
                square += r[k].dot(&r[k]);
            }
            square
        })
        .collect();
    squares.into_iter().sum()
}
