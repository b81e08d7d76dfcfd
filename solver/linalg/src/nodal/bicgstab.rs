use super::{
    CHUNK, Entry, Iterations, NodeProjection, Preconditioner, Rows, Until, check_sizes, dots, projected_product,
};
use crate::LinalgError;
use control::RunControl;
use rayon::prelude::*;

/// Solves P A x = P b, with x - x₀ in the range of P, by stabilised biconjugate gradients (van der Vorst, SIAM J. Sci. Stat.
/// Comput. 13:631, 1992) with a preconditioner on the right. `x` holds the guess x₀, which fulfils the
/// constraints, `residual` is P (b - A x₀).
///
/// # Errors
/// [`LinalgError::NotConverged`] after `until.iterations` or at a breakdown, [`LinalgError::Size`], [`LinalgError::Cancelled`].
pub fn bicgstab<T: Entry>(
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
    if !start.is_finite() {
        return Err(LinalgError::NotConverged { iterations: 0, residual: start, tolerance: until.residual });
    }
    let zeros = || vec![T::default(); r.len()];
    let shadow = r.clone();
    let (mut p, mut v, mut t, mut y, mut z) = (r.clone(), zeros(), zeros(), zeros(), zeros());
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
        preconditioner.apply(&p, free, &mut y);
        let [along, _] = projected_product(matrix, &y, free, &shadow, &mut v);
        let alpha = product / along;
        r.par_iter_mut().zip(&v).for_each(|(r, v)| *r -= *v * alpha);
        done.count += 1;
        preconditioner.apply(&r, free, &mut z);
        let [along, square] = projected_product(matrix, &z, free, &r, &mut t);
        let omega = if square > 0.0 { along / square } else { 0.0 };
        let [next, norm] = advance([alpha, omega], [&y, &z], x, &t, &shadow, &mut r);
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

/// x += α y + ω z, r -= ω t in one pass; returns shadowᵀ r and rᵀ r.
fn advance<T: Entry>(
    [alpha, omega]: [f64; 2],
    [y, z]: [&[T]; 2],
    x: &mut [T],
    t: &[T],
    shadow: &[T],
    r: &mut [T],
) -> [f64; 2] {
    let known = y.par_chunks(CHUNK).zip(z.par_chunks(CHUNK)).zip(t.par_chunks(CHUNK)).zip(shadow.par_chunks(CHUNK));
    let sums: Vec<[f64; 2]> = x
        .par_chunks_mut(CHUNK)
        .zip(r.par_chunks_mut(CHUNK))
        .zip(known)
        .map(|((x, r), (((y, z), t), shadow))| {
            let mut sums = [0.0; 2];
            for k in 0..x.len() {
                x[k] += y[k] * alpha + z[k] * omega;
                r[k] -= t[k] * omega;
                sums[0] += shadow[k].dot(&r[k]);
                sums[1] += r[k].dot(&r[k]);
            }
            sums
        })
        .collect();
    sums.into_iter().fold([0.0; 2], |[a, b], [c, d]| [a + c, b + d])
}
