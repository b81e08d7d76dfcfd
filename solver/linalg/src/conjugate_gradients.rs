//! Preconditioned conjugate gradients (Hestenes and Stiefel, J Res NBS 49:409, 1952) in the flexible form of Polak and
//! Ribière, which bears a preconditioner in single precision (Golub and Ye, SIAM J Sci Comput 21:1305, 1999).

use crate::multigrid::TwoLevel;
use crate::vector::{add_scaled, dot, norm};
use crate::{LinalgError, SparseMatrix};
use control::RunControl;
use rayon::prelude::*;

/// Iterations before the solver gives up.
const MOST_ITERATIONS: usize = 1000;
/// How often the residual may be computed afresh after it drifted from the recursion.
const MOST_RESTARTS: usize = 3;

/// A solution of A x = b with the iterations it took and its true relative residual.
pub(crate) struct Iterate {
    pub(crate) x: Vec<f64>,
    pub(crate) iterations: usize,
    pub(crate) residual: f64,
}

/// Solves A x = b from x = 0 until ‖b − A x‖ ≤ tolerance · ‖b‖, or until rounding in A x keeps it from getting there.
///
/// # Errors
/// [`LinalgError::NotConverged`], [`LinalgError::Cancelled`].
pub(crate) fn conjugate_gradients(
    matrix: &SparseMatrix,
    right: &[f64],
    preconditioner: &mut TwoLevel,
    tolerance: f64,
    control: &RunControl,
) -> Result<Iterate, LinalgError> {
    let size = norm(right);
    let mut iterate = Iterate { x: vec![0.0; right.len()], iterations: 0, residual: 0.0 };
    if size == 0.0 {
        return Ok(iterate);
    }
    let largest_row = largest_row_sum(matrix);
    let mut r = right.to_vec();
    for _ in 0..=MOST_RESTARTS {
        descend(matrix, &mut iterate, &mut r, preconditioner, (tolerance, size), control)?;
        matrix.multiply_into(&iterate.x, &mut r);
        r.par_iter_mut().zip(right).for_each(|(r, b)| *r = b - *r);
        iterate.residual = norm(&r) / size;
        let rounding = 4.0 * f64::EPSILON * largest_row * norm(&iterate.x) / size;
        if iterate.residual <= tolerance.max(rounding) {
            return Ok(iterate);
        }
    }
    Err(LinalgError::NotConverged { iterations: iterate.iterations, residual: iterate.residual, tolerance })
}

/// ‖A‖∞, which bounds the 2-norm of a symmetric matrix.
fn largest_row_sum(matrix: &SparseMatrix) -> f64 {
    let sum = |row: usize| matrix.row(row).1.iter().map(|value| value.abs()).sum::<f64>();
    (0..matrix.rows()).into_par_iter().map(sum).reduce(|| 0.0, f64::max)
}

/// Iterates on x and its residual r until the recursion's residual meets the tolerance.
fn descend(
    matrix: &SparseMatrix,
    iterate: &mut Iterate,
    r: &mut [f64],
    preconditioner: &mut TwoLevel,
    (tolerance, size): (f64, f64),
    control: &RunControl,
) -> Result<(), LinalgError> {
    let start = norm(r) / size;
    let mut residual = start;
    let (mut z, mut q) = (vec![0.0; r.len()], vec![0.0; r.len()]);
    preconditioner.apply(r, &mut z, control)?;
    let mut p = z.clone();
    let mut product = dot(r, &z);
    while residual > tolerance {
        control.check()?;
        matrix.multiply_into(&p, &mut q);
        let curvature = dot(&p, &q);
        if iterate.iterations == MOST_ITERATIONS || !(curvature > 0.0 && product > 0.0) {
            return Err(LinalgError::NotConverged { iterations: iterate.iterations, residual, tolerance });
        }
        let alpha = product / curvature;
        add_scaled(&mut iterate.x, alpha, &p);
        add_scaled(r, -alpha, &q);
        iterate.iterations += 1;
        residual = norm(r) / size;
        control.remark((residual / start).ln() / (tolerance / start).ln(), &format!("residual {residual:.1e}"));
        if residual <= tolerance {
            break;
        }
        preconditioner.apply(r, &mut z, control)?;
        // r_old = r + α q, so zᵀ (r − r_old) = −α zᵀ q.
        let next = dot(r, &z);
        let beta = -alpha * dot(&z, &q) / product;
        product = next;
        p.par_iter_mut().zip(&z).for_each(|(p, z)| *p = z + beta * *p);
    }
    Ok(())
}
