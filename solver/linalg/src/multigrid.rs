//! Two-level preconditioner: Chebyshev smoothing of the fine matrix around a direct solution in a coarse space.
//!
//! For second-order elements the coarse space is the vertex dofs (p-multigrid), else smoothed aggregates of nodes that
//! reproduce the rigid motions (`aggregation`). The cycle is symmetric, so it suits conjugate gradients.

use crate::block::{BLOCK, BlockMatrix, BlockVector};
use crate::vector::norm;
use crate::{DirectFactor, SparseMatrix};
use control::{Cancelled, RunControl};
use rayon::prelude::*;

/// Steps of the smoother before and after the coarse correction; on the Tet10 cube with 147 852 dofs 1, 2 and 3 steps take
/// 31, 19 and 15 iterations, and 2 the least processor time.
const SMOOTHING_STEPS: usize = 2;
/// Lanczos steps for the largest eigenvalue, and the margin on what they find.
const LANCZOS_STEPS: usize = 12;
const EIGENVALUE_MARGIN: f64 = 1.1;

/// A linear map between dofs of two levels in single precision, row by row.
#[derive(Debug)]
struct Transfer {
    offsets: Vec<usize>,
    columns: Vec<u32>,
    weights: Vec<f32>,
}

impl Transfer {
    fn row(&self, row: usize) -> impl Iterator<Item = (usize, f32)> + '_ {
        let range = self.offsets[row]..self.offsets[row + 1];
        self.columns[range.clone()].iter().map(|&column| column as usize).zip(self.weights[range].iter().copied())
    }
}

/// The preconditioner and its work vectors.
#[derive(Debug)]
pub(crate) struct TwoLevel {
    operator: BlockMatrix,
    /// The operator is the matrix times this.
    scale: f64,
    /// Bound on the largest eigenvalue of D⁻¹ A.
    largest_eigenvalue: f64,
    prolongation: Transfer,
    restriction: Transfer,
    coarse: DirectFactor,
    x: BlockVector,
    r: BlockVector,
    z: [BlockVector; 2],
}

impl TwoLevel {
    /// A preconditioner from the scaled operator, its scale and eigenvalue bound, the prolongation (matrix rows × coarse
    /// dofs) and the factor of the unscaled coarse matrix.
    pub(crate) fn new(
        operator: BlockMatrix,
        (scale, largest_eigenvalue): (f64, f64),
        prolongation: &SparseMatrix,
        coarse: DirectFactor,
    ) -> Self {
        let places = &operator.places;
        let transposed = prolongation.transpose();
        let restriction = Transfer {
            offsets: transposed.pattern().row_offsets().to_vec(),
            columns: transposed.pattern().column_indices().iter().map(|&dof| places[dof as usize]).collect(),
            weights: transposed.values.iter().map(|&weight| weight as f32).collect(),
        };
        let mut dof_at = vec![u32::MAX; BLOCK * operator.nodes()];
        for (dof, &place) in places.iter().enumerate() {
            dof_at[place as usize] = dof as u32;
        }
        let (mut offsets, mut columns, mut weights) = (vec![0], Vec::new(), Vec::new());
        for dof in dof_at {
            if dof != u32::MAX {
                let (row_columns, row_weights) = prolongation.row(dof as usize);
                columns.extend_from_slice(row_columns);
                weights.extend(row_weights.iter().map(|&weight| weight as f32));
            }
            offsets.push(columns.len());
        }
        let prolongation = Transfer { offsets, columns, weights };
        let zero = || vec![[0f32; BLOCK]; operator.nodes()];
        let (x, r, z) = (zero(), zero(), [zero(), zero()]);
        Self { scale, largest_eigenvalue, prolongation, restriction, coarse, x, r, z, operator }
    }

    /// z = M⁻¹ r: one symmetric V-cycle.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub(crate) fn apply(&mut self, residual: &[f64], z: &mut [f64], control: &RunControl) -> Result<(), Cancelled> {
        let size = norm(residual);
        if size == 0.0 {
            z.fill(0.0);
            return Ok(());
        }
        self.r.fill([0.0; BLOCK]);
        self.x.fill([0.0; BLOCK]);
        for (&place, value) in self.operator.places.iter().zip(residual) {
            self.r[place as usize / BLOCK][place as usize % BLOCK] = (value / size) as f32;
        }
        self.smooth(control)?;
        self.operator.subtract_product(&self.z[0], &mut self.r);
        self.correct(control)?;
        self.smooth(control)?;
        let factor = size * self.scale;
        let x = self.x.as_flattened();
        z.par_iter_mut().zip(&self.operator.places).for_each(|(z, &place)| *z = factor * f64::from(x[place as usize]));
        Ok(())
    }

    /// Chebyshev polynomials of the fourth kind (Lottes, Numer Linear Algebra Appl 30:e2518, 2023, algorithm 1) on the
    /// residual `r`, added to `x`. Leaves the last correction in `z[0]`, not yet subtracted from `r`.
    fn smooth(&mut self, control: &RunControl) -> Result<(), Cancelled> {
        control.check()?;
        let [z, next] = &mut self.z;
        let bound = self.largest_eigenvalue;
        self.operator.scaled_diagonal_solve((4.0 / (3.0 * bound)) as f32, &self.r, z);
        self.x.par_iter_mut().zip(z.par_iter()).for_each(|(x, z)| *x = std::array::from_fn(|i| x[i] + z[i]));
        for k in 1..SMOOTHING_STEPS {
            let k = k as f64;
            let a = (2.0 * k - 1.0) / (2.0 * k + 3.0);
            let b = (8.0 * k + 4.0) / ((2.0 * k + 3.0) * bound);
            self.operator.smooth((a as f32, b as f32), z, &mut self.r, next, &mut self.x);
            std::mem::swap(z, next);
            control.check()?;
        }
        Ok(())
    }

    /// Coarse correction: c = A_c⁻¹ Pᵀ r, then x := x + P c and r := r − A P c.
    fn correct(&mut self, control: &RunControl) -> Result<(), Cancelled> {
        let r = self.r.as_flattened();
        let sum = |row| self.restriction.row(row).map(|(place, weight)| f64::from(weight) * f64::from(r[place])).sum();
        let right: Vec<f64> = (0..self.coarse.size()).into_par_iter().map(sum).collect();
        let correction = self.coarse.solve_one(&right, control)?;
        let correction: Vec<f32> = correction.iter().map(|value| (value / self.scale) as f32).collect();
        let [z, _] = &mut self.z;
        z.par_iter_mut().zip(self.x.par_iter_mut()).enumerate().for_each(|(node, (z, x))| {
            *z = std::array::from_fn(|i| {
                self.prolongation.row(BLOCK * node + i).map(|(column, weight)| weight * correction[column]).sum()
            });
            *x = std::array::from_fn(|i| x[i] + z[i]);
        });
        self.operator.subtract_product(z, &mut self.r);
        control.check()
    }
}

/// A bound on the largest eigenvalue of D⁻¹ A: a Lanczos estimate with a margin.
///
/// # Errors
/// [`Cancelled`].
pub(crate) fn eigenvalue_bound(operator: &BlockMatrix, control: &RunControl) -> Result<f64, Cancelled> {
    Ok(EIGENVALUE_MARGIN * largest_eigenvalue(operator, control)?)
}

/// Largest eigenvalue of D⁻¹ A from below, by Lanczos steps in the guise of conjugate gradients (Golub and Van Loan,
/// Matrix Computations, 4th ed., 11.3) from a fixed scattered start.
fn largest_eigenvalue(operator: &BlockMatrix, control: &RunControl) -> Result<f64, Cancelled> {
    let nodes = operator.nodes();
    let scattered = |k: usize| (k as u32).wrapping_mul(2_654_435_769) as f32 / u32::MAX as f32 - 0.5;
    let mut r: BlockVector = (0..nodes).map(|n| std::array::from_fn(|i| scattered(BLOCK * n + i + 1))).collect();
    let mut z = vec![[0f32; BLOCK]; nodes];
    operator.scaled_diagonal_solve(1.0, &r, &mut z);
    let mut p = z.clone();
    let mut product = block_dot(&r, &z);
    let (mut diagonal, mut off_diagonal) = (Vec::new(), Vec::new());
    let (mut last_alpha, mut last_beta) = (1.0, 0.0);
    for _ in 0..LANCZOS_STEPS {
        control.check()?;
        let mut q = vec![[0f32; BLOCK]; nodes];
        operator.subtract_product(&p, &mut q);
        let curvature = -block_dot(&p, &q);
        if !(curvature > 0.0 && product > 0.0) {
            break;
        }
        let alpha = product / curvature;
        diagonal.push(1.0 / alpha + last_beta / last_alpha);
        r.par_iter_mut().zip(&q).for_each(|(r, q)| *r = std::array::from_fn(|i| r[i] + alpha as f32 * q[i]));
        operator.scaled_diagonal_solve(1.0, &r, &mut z);
        let next = block_dot(&r, &z);
        let beta = next / product;
        p.par_iter_mut().zip(&z).for_each(|(p, z)| *p = std::array::from_fn(|i| z[i] + beta as f32 * p[i]));
        off_diagonal.push(beta.max(0.0).sqrt() / alpha);
        (last_alpha, last_beta, product) = (alpha, beta, next);
    }
    Ok(largest_of_tridiagonal(&diagonal, &off_diagonal))
}

/// Largest eigenvalue of a symmetric tridiagonal matrix by bisection on the sign count of its pivots.
fn largest_of_tridiagonal(diagonal: &[f64], off_diagonal: &[f64]) -> f64 {
    let off = |k: usize| if k < diagonal.len() - 1 { off_diagonal[k] } else { 0.0 };
    let disc = |k: usize| diagonal[k] + off(k) + if k > 0 { off(k - 1) } else { 0.0 };
    let mut high = (0..diagonal.len()).map(disc).fold(1.0, f64::max);
    let mut low = 0.0;
    let all_below = |value: f64| {
        let mut pivot = value - diagonal[0];
        (1..diagonal.len()).all(|k| {
            let positive = pivot > 0.0;
            pivot = value - diagonal[k] - off(k - 1).powi(2) / pivot;
            positive
        }) && pivot > 0.0
    };
    if diagonal.is_empty() {
        return 1.0;
    }
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if all_below(middle) { high = middle } else { low = middle }
    }
    high
}

/// Inner product in double precision over fixed chunks.
fn block_dot(x: &[[f32; BLOCK]], y: &[[f32; BLOCK]]) -> f64 {
    let partial = |(x, y): (&[[f32; BLOCK]], &[[f32; BLOCK]])| {
        x.as_flattened().iter().zip(y.as_flattened()).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>()
    };
    let sums: Vec<f64> = x.par_chunks(2048).zip(y.par_chunks(2048)).map(partial).collect();
    sums.into_iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bisection_finds_the_largest_eigenvalue_of_the_path() {
        let n = 20;
        let exact = 2.0 + 2.0 * (std::f64::consts::PI / (n + 1) as f64).cos();
        let found = largest_of_tridiagonal(&vec![2.0; n], &vec![1.0; n]);
        assert!((found - exact).abs() < 1e-12, "{found} for {exact}");
    }
}
