//! Multigrid by smoothed aggregation (Vaněk, Mandel and Brezina, Computing 56:179, 1996) for symmetric positive definite matrices
//! with one unknown a node, such as that of a pressure.

use crate::aggregation::{Couplings, aggregate};
use crate::{DirectAnalysis, DirectFactor, LinalgError, SparseMatrix, SparsityPattern};
use control::RunControl;
use rayon::prelude::*;
use std::sync::Arc;

/// Rows that one task computes.
const CHUNK: usize = 2048;
/// Matrices of no more rows are factorised.
const FEW: usize = 600;
/// Levels at most, and the part of the rows that one has to take away to be worth it.
const MOST_LEVELS: usize = 12;
const LEAST_GAIN: f64 = 0.8;
/// Nodes are strongly coupled where a_ij² exceeds this squared times a_ii a_jj.
const STRENGTH: f64 = 0.04;
/// Steps of the smoother before and after a coarse correction.
const SMOOTHING_STEPS: usize = 2;

/// A symmetric V-cycle with Chebyshev smoothing, in single precision: a preconditioner for conjugate gradients.
///
/// Memory: about twice that of the matrix with 8 bytes an entry.
#[derive(Debug)]
pub struct Multigrid {
    levels: Vec<Level>,
    coarsest: DirectFactor<f32>,
}

#[derive(Debug)]
struct Level {
    matrix: SingleRows,
    /// 1 over the diagonal.
    inverse: Vec<f32>,
    /// At least the largest eigenvalue of D⁻¹ A.
    bound: f32,
    prolongation: SingleRows,
    restriction: SingleRows,
}

/// A sparse matrix in single precision, columns beside their values.
#[derive(Debug)]
struct SingleRows {
    offsets: Vec<u32>,
    entries: Vec<(u32, f32)>,
}

impl Multigrid {
    /// Of a symmetric positive definite matrix.
    ///
    /// # Errors
    /// [`LinalgError::Cancelled`], [`LinalgError::NotPositiveDefinite`] where the coarsest matrix is not.
    pub fn new(matrix: &SparseMatrix, control: &RunControl) -> Result<Self, LinalgError> {
        let (mut levels, mut now) = (Vec::new(), matrix.clone());
        while now.rows() > FEW && levels.len() < MOST_LEVELS {
            let (level, coarse) = Level::new(&now, control)?;
            let is_worth_it = (coarse.rows() as f64) < LEAST_GAIN * now.rows() as f64;
            if !is_worth_it {
                break;
            }
            levels.push(level);
            now = coarse;
        }
        let nodes: Vec<u32> = (0..now.rows() as u32).collect();
        let coarsest = DirectAnalysis::new(now.pattern(), &nodes, control)?.factorise(&now, control)?.into_single();
        Ok(Self { levels, coarsest })
    }

    /// M⁻¹ r.
    ///
    /// # Errors
    /// [`LinalgError::Cancelled`].
    pub fn solve(&self, r: &[f64], control: &RunControl) -> Result<Vec<f64>, LinalgError> {
        let squares: Vec<f64> = r.par_chunks(CHUNK).map(|part| part.iter().map(|r| r * r).sum::<f64>()).collect();
        let size = squares.into_iter().sum::<f64>().sqrt();
        if size == 0.0 {
            return Ok(r.to_vec());
        }
        // A power of two, so that scaling costs no digit and single precision is not left.
        let scale = size.log2().round().exp2();
        let single: Vec<f32> = r.par_iter().with_min_len(CHUNK).map(|r| (r / scale) as f32).collect();
        let solved = self.cycle(0, single, control)?;
        Ok(solved.into_par_iter().with_min_len(CHUNK).map(|value| f64::from(value) * scale).collect())
    }

    /// One V-cycle from a level down: x of A x ≈ r.
    fn cycle(&self, level: usize, mut r: Vec<f32>, control: &RunControl) -> Result<Vec<f32>, LinalgError> {
        let Some(own) = self.levels.get(level) else {
            let right: Vec<f64> = r.iter().map(|&value| f64::from(value)).collect();
            let solved = self.coarsest.solve_one(&right, control)?;
            return Ok(solved.into_iter().map(|value| value as f32).collect());
        };
        control.check()?;
        let mut x = vec![0.0; r.len()];
        let z = own.smooth(&mut r, &mut x);
        own.matrix.subtract_from(&z, &mut r);
        let coarse = self.cycle(level + 1, own.restriction.times(&r), control)?;
        let correction = own.prolongation.times(&coarse);
        own.matrix.subtract_from(&correction, &mut r);
        x.par_iter_mut().with_min_len(CHUNK).zip(&correction).for_each(|(x, c)| *x += c);
        own.smooth(&mut r, &mut x);
        Ok(x)
    }
}

impl Level {
    /// A level and the matrix of the next.
    fn new(matrix: &SparseMatrix, control: &RunControl) -> Result<(Self, SparseMatrix), LinalgError> {
        let diagonal: Vec<f64> = (0..matrix.rows()).map(|row| matrix.entry(row, row)).collect();
        // By Gershgorin's discs of D⁻¹ A.
        let disc = |row: usize| matrix.row(row).1.iter().map(|value| value.abs()).sum::<f64>() / diagonal[row];
        let bound = (0..matrix.rows()).into_par_iter().map(disc).reduce(|| 1.0, f64::max);
        let aggregate_of = aggregate(&couplings(matrix, &diagonal));
        control.check()?;
        let prolongation = prolongation(matrix, &diagonal, &aggregate_of, bound, control)?;
        let restriction = prolongation.transpose();
        let coarse = restriction.multiply_sparse(&matrix.multiply_sparse(&prolongation, control)?, control)?;
        let level = Self {
            matrix: SingleRows::new(matrix),
            inverse: diagonal.iter().map(|value| value.recip() as f32).collect(),
            bound: bound as f32,
            prolongation: SingleRows::new(&prolongation),
            restriction: SingleRows::new(&restriction),
        };
        Ok((level, coarse))
    }

    /// Chebyshev polynomials of the fourth kind (Lottes, Numer. Linear Algebra Appl. 30:e2518, 2023, algorithm 1) on the residual
    /// `r`, added to `x`. Returns the last correction, not yet subtracted from `r`.
    fn smooth(&self, r: &mut [f32], x: &mut [f32]) -> Vec<f32> {
        let first = 4.0 / (3.0 * self.bound);
        let mut z: Vec<f32> =
            r.par_iter().with_min_len(CHUNK).zip(&self.inverse).map(|(r, inverse)| first * inverse * r).collect();
        x.par_iter_mut().with_min_len(CHUNK).zip(&z).for_each(|(x, z)| *x += z);
        for k in 1..SMOOTHING_STEPS {
            let k = k as f32;
            let a = (2.0 * k - 1.0) / (2.0 * k + 3.0);
            let b = (8.0 * k + 4.0) / ((2.0 * k + 3.0) * self.bound);
            self.matrix.subtract_from(&z, r);
            let parts = z.par_iter_mut().with_min_len(CHUNK).zip(x.par_iter_mut()).zip(&*r).zip(&self.inverse);
            parts.for_each(|(((z, x), r), inverse)| {
                *z = a * *z + b * inverse * r;
                *x += *z;
            });
        }
        z
    }
}

/// Columns strongly coupled to each row, and how strongly.
fn couplings(matrix: &SparseMatrix, diagonal: &[f64]) -> Vec<Couplings> {
    let row = |row: usize| {
        let (columns, values) = matrix.row(row);
        let strength = |(&column, value): (&u32, &f64)| {
            let strength = value * value / (diagonal[row] * diagonal[column as usize]);
            (column as usize != row && strength > STRENGTH * STRENGTH).then_some((column, strength as f32))
        };
        columns.iter().zip(values).filter_map(strength).collect()
    };
    (0..matrix.rows()).into_par_iter().map(row).collect()
}

/// (I - 4/(3 λ) D⁻¹ A) T, where T is 1 from each row to its aggregate.
fn prolongation(
    matrix: &SparseMatrix,
    diagonal: &[f64],
    aggregate_of: &[u32],
    bound: f64,
    control: &RunControl,
) -> Result<SparseMatrix, LinalgError> {
    let count = aggregate_of.iter().max().map_or(0, |&last| last as usize + 1);
    let offsets = (0..=aggregate_of.len()).collect();
    let pattern = Arc::new(SparsityPattern::from_parts(count, offsets, aggregate_of.to_vec()));
    let tentative = SparseMatrix::new(pattern, vec![1.0; aggregate_of.len()]);
    let mut smoothed = matrix.multiply_sparse(&tentative, control)?;
    let pattern = smoothed.pattern().clone();
    for (row, &aggregate) in aggregate_of.iter().enumerate() {
        let range = pattern.row_offsets()[row]..pattern.row_offsets()[row + 1];
        let factor = -4.0 / (3.0 * bound * diagonal[row]);
        smoothed.values[range].iter_mut().for_each(|value| *value *= factor);
        if let Some(own) = pattern.position(row, aggregate) {
            smoothed.values[own] += 1.0;
        }
    }
    Ok(smoothed)
}

impl SingleRows {
    fn new(matrix: &SparseMatrix) -> Self {
        let pattern = matrix.pattern();
        let entries = pattern.column_indices().iter().zip(&matrix.values).map(|(&column, &a)| (column, a as f32));
        let offsets = pattern.row_offsets().iter().map(|&offset| offset as u32).collect();
        Self { offsets, entries: entries.collect() }
    }

    #[inline]
    fn row_times(&self, row: usize, x: &[f32]) -> f32 {
        let entries = &self.entries[self.offsets[row] as usize..self.offsets[row + 1] as usize];
        // Four sums, which the processor adds side by side.
        let (fours, rest) = entries.as_chunks::<4>();
        let mut sums = [0_f32; 4];
        for four in fours {
            for (sum, (column, a)) in sums.iter_mut().zip(four) {
                *sum += a * x[*column as usize];
            }
        }
        rest.iter().fold((sums[0] + sums[1]) + (sums[2] + sums[3]), |sum, (column, a)| sum + a * x[*column as usize])
    }

    fn times(&self, x: &[f32]) -> Vec<f32> {
        let rows = self.offsets.len() - 1;
        (0..rows).into_par_iter().with_min_len(CHUNK).map(|row| self.row_times(row, x)).collect()
    }

    /// r -= A x.
    fn subtract_from(&self, x: &[f32], r: &mut [f32]) {
        r.par_iter_mut().with_min_len(CHUNK).enumerate().for_each(|(row, r)| *r -= self.row_times(row, x));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodal::tests::grid;
    use crate::nodal::{Until, conjugate_gradients_of};

    #[test]
    fn iterations_hardly_grow_with_the_size() {
        let control = RunControl::silent();
        let counts = [12, 24, 48].map(|n| {
            let mut matrix = grid(n, 0.0);
            // Diffusion alone.
            for row in 0..matrix.rows() {
                let at = matrix.pattern().position(row, row as u32).unwrap();
                matrix.values[at] = 6.0;
            }
            let multigrid = Multigrid::new(&matrix, &control).unwrap();
            let x: Vec<f64> = (0..matrix.rows()).map(|k| (k as f64 * 0.7).sin() + 1.0).collect();
            let (right, mut found) = (matrix.multiply(&x), vec![0.0; x.len()]);
            let size = right.iter().map(|value| value * value).sum::<f64>().sqrt();
            let until = Until { residual: 1e-8 * size, iterations: 100 };
            let product = |x: &[f64], y: &mut [f64]| {
                matrix.multiply_into(x, y);
                Ok(())
            };
            let precondition = |r: &[f64], z: &mut [f64]| {
                z.copy_from_slice(&multigrid.solve(r, &control)?);
                Ok(())
            };
            let done = conjugate_gradients_of(product, precondition, right, &mut found, until, &control).unwrap();
            assert!(x.iter().zip(&found).all(|(x, y)| (x - y).abs() < 1e-4), "n = {n}");
            done.count
        });
        assert!(counts[2] <= 16 && counts[2] <= counts[0] + 6, "{counts:?}");
    }
}
