use super::{Entry, Iterations, Until, dots};
use crate::LinalgError;
use control::RunControl;
use rayon::prelude::*;

/// Solves A x = b by preconditioned conjugate gradients for an A that is known by its products. `product` and `precondition`
/// return A x and M⁻¹ r; both are symmetric and positive definite on what `x` and `right` span. `x` holds the guess.
///
/// # Errors
/// [`LinalgError::NotConverged`] after `until.iterations` or when A or M is not positive definite, what the closures return,
/// [`LinalgError::Cancelled`].
pub fn conjugate_gradients_of<T: Entry>(
    product: impl Fn(&[T]) -> Result<Vec<T>, LinalgError>,
    precondition: impl Fn(&[T]) -> Result<Vec<T>, LinalgError>,
    right: &[T],
    x: &mut [T],
    until: Until,
    control: &RunControl,
) -> Result<Iterations, LinalgError> {
    let mut r = product(x)?;
    r.par_iter_mut().zip(right).for_each(|(r, b)| *r = *b - *r);
    let start = dots(&r, &r)[0].sqrt();
    let mut done = Iterations { count: 0, residual: [start, start] };
    if !start.is_finite() {
        return Err(LinalgError::NotConverged { iterations: 0, residual: start, tolerance: until.residual });
    }
    let (mut p, mut before) = (Vec::new(), 0.0);
    while done.residual[1] > until.residual {
        control.check()?;
        let z = precondition(&r)?;
        let along = dots(&r, &z)[0];
        if done.count == 0 {
            p = z;
        } else {
            let beta = along / before;
            p.par_iter_mut().zip(&z).for_each(|(p, z)| *p = *z + *p * beta);
        }
        before = along;
        let q = product(&p)?;
        let curvature = dots(&p, &q)[0];
        if done.count == until.iterations || !(curvature > 0.0 && along > 0.0) {
            let (residual, tolerance) = (done.residual[1] / start, until.residual / start);
            return Err(LinalgError::NotConverged { iterations: done.count, residual, tolerance });
        }
        let alpha = along / curvature;
        x.par_iter_mut().zip(&p).for_each(|(x, p)| *x += *p * alpha);
        r.par_iter_mut().zip(&q).for_each(|(r, q)| *r -= *q * alpha);
        done.count += 1;
        done.residual[1] = dots(&r, &r)[0].sqrt();
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodal::tests::grid;

    #[test]
    fn a_product_is_enough() {
        let matrix = grid(8, 0.0);
        let right: Vec<f64> = (0..matrix.rows()).map(|k| (k as f64).sin()).collect();
        let mut x = vec![0.0; right.len()];
        let until = Until { residual: 1e-10, iterations: 100 };
        let jacobi = |r: &[f64]| Ok(r.iter().map(|r| r / 6.5).collect());
        let control = RunControl::silent();
        let done = conjugate_gradients_of(|x| Ok(matrix.multiply(x)), jacobi, &right, &mut x, until, &control).unwrap();
        let residual = matrix.multiply(&x).iter().zip(&right).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        assert!(residual < 2e-10 && done.count > 3, "{residual} {done:?}");
    }
}
