use super::{
    Entry, IncompleteLu, Iterations, NodeProjection, Until, check_sizes, dots, projected_product, projected_residual,
};
use crate::{LinalgError, SparseMatrix};
use control::RunControl;
use rayon::prelude::*;

/// Solves P A x = P b, with x - x₀ in the range of P, by stabilised biconjugate gradients (van der Vorst, SIAM J. Sci. Stat.
/// Comput. 13:631, 1992) with an incomplete factorisation on the right. `x` holds the guess x₀, which fulfils the constraints.
///
/// # Errors
/// [`LinalgError::NotConverged`] after `until.iterations` or at a breakdown, [`LinalgError::Size`], [`LinalgError::Cancelled`].
pub fn bicgstab<T: Entry>(
    matrix: &SparseMatrix,
    preconditioner: &IncompleteLu,
    right: &[T],
    x: &mut [T],
    free: &impl NodeProjection<T>,
    until: Until,
    control: &RunControl,
) -> Result<Iterations, LinalgError> {
    check_sizes(matrix, right, x)?;
    let zeros = || vec![T::default(); right.len()];
    let mut r = zeros();
    let start = projected_residual(matrix, right, x, free, &mut r);
    let mut done = Iterations { count: 0, residual: [start, start] };
    if !start.is_finite() {
        return Err(LinalgError::NotConverged { iterations: 0, residual: start, tolerance: until.residual });
    }
    let shadow = r.clone();
    let (mut p, mut v, mut t, mut z) = (r.clone(), zeros(), zeros(), zeros());
    let mut product = start * start;
    while done.residual[1] > until.residual {
        control.check()?;
        let failed = |done: &Iterations| {
            let [start, now] = done.residual;
            let tolerance = until.residual / start;
            Err(LinalgError::NotConverged { iterations: done.count, residual: now / start, tolerance })
        };
        if done.count == until.iterations || product == 0.0 {
            return failed(&done);
        }
        precondition(preconditioner, &p, free, &mut z);
        projected_product(matrix, &z, free, &mut v);
        let alpha = product / dots(&shadow, &v)[0];
        add(x, alpha, &z);
        add(&mut r, -alpha, &v);
        done.count += 1;
        precondition(preconditioner, &r, free, &mut z);
        projected_product(matrix, &z, free, &mut t);
        let [along, square] = dots(&r, &t);
        let omega = if square > 0.0 { along / square } else { 0.0 };
        add(x, omega, &z);
        add(&mut r, -omega, &t);
        let [next, norm] = dots(&shadow, &r);
        done.residual[1] = norm.sqrt();
        if !(alpha.is_finite() && omega.is_finite() && done.residual[1].is_finite()) {
            return failed(&done);
        }
        if done.residual[1] <= until.residual {
            break;
        }
        if omega == 0.0 {
            return failed(&done);
        }
        let beta = next / product * alpha / omega;
        product = next;
        p.par_iter_mut().zip(r.par_iter().zip(&v)).for_each(|(p, (r, v))| *p = *r + (*p - *v * omega) * beta);
    }
    Ok(done)
}

/// z = P M⁻¹ y.
fn precondition<T: Entry>(preconditioner: &IncompleteLu, y: &[T], free: &impl NodeProjection<T>, z: &mut [T]) {
    z.copy_from_slice(y);
    preconditioner.solve(z);
    z.par_iter_mut().enumerate().for_each(|(node, z)| free.project(node, z));
}

fn add<T: Entry>(y: &mut [T], factor: f64, x: &[T]) {
    y.par_iter_mut().zip(x).for_each(|(y, x)| *y += *x * factor);
}
