use super::conjugate_gradients::descend;
use super::{Entry, Iterations, Until, dots};
use crate::LinalgError;
use control::RunControl;
use rayon::prelude::*;

/// Solves A x = b by preconditioned conjugate gradients for an A that is known by its products. `product` and `precondition`
/// put A x and M⁻¹ r into their second argument; both are symmetric and positive definite on what `x` and `residual` span. `x`
/// holds the guess x₀, `residual` is b - A x₀.
///
/// # Errors
/// [`LinalgError::NotConverged`] after `until.iterations` or when A or M is not positive definite, what the closures return,
/// [`LinalgError::Cancelled`].
pub fn conjugate_gradients_of<T: Entry>(
    product: impl Fn(&[T], &mut [T]) -> Result<(), LinalgError>,
    precondition: impl Fn(&[T], &mut [T]) -> Result<(), LinalgError>,
    residual: Vec<T>,
    x: &mut [T],
    until: Until,
    control: &RunControl,
) -> Result<Iterations, LinalgError> {
    let mut r = residual;
    let zeros = || vec![T::default(); r.len()];
    let (mut p, mut q, mut z) = (zeros(), zeros(), zeros());
    let start = dots(&r, &r)[0].sqrt();
    let mut done = Iterations { count: 0, residual: [start, start] };
    if !start.is_finite() {
        return Err(LinalgError::NotConverged { iterations: 0, residual: start, tolerance: until.residual });
    }
    let mut before = 0.0;
    while done.residual[1] > until.residual {
        control.check()?;
        precondition(&r, &mut z)?;
        let along = dots(&r, &z)[0];
        let beta = if done.count == 0 { 0.0 } else { along / before };
        p.par_iter_mut().zip(&z).for_each(|(p, z)| *p = *z + *p * beta);
        before = along;
        product(&p, &mut q)?;
        let curvature = dots(&p, &q)[0];
        if done.count == until.iterations || !(curvature > 0.0 && along > 0.0) {
            let (residual, tolerance) = (done.residual[1] / start, until.residual / start);
            return Err(LinalgError::NotConverged { iterations: done.count, residual, tolerance });
        }
        let square = descend(along / curvature, [&p, &q], x, &mut r);
        done.count += 1;
        done.residual[1] = square.sqrt();
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
        let jacobi = |r: &[f64], z: &mut [f64]| {
            z.iter_mut().zip(r).for_each(|(z, r)| *z = r / 6.5);
            Ok(())
        };
        let product = |x: &[f64], y: &mut [f64]| {
            matrix.multiply_into(x, y);
            Ok(())
        };
        let control = RunControl::silent();
        let done = conjugate_gradients_of(product, jacobi, right.clone(), &mut x, until, &control).unwrap();
        let residual = matrix.multiply(&x).iter().zip(&right).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        assert!(residual < 2e-10 && done.count > 3, "{residual} {done:?}");
    }
}
