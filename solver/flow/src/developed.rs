//! Fully developed flow through a section of any shape, by finite elements of the section.

use crate::FlowError;
use crate::patch::Patch;
use control::RunControl;
use linalg::{DirectAnalysis, DirectFactor, LinalgError, SparseMatrix};
use nalgebra::Complex;

/// Iterations of Chebyshev's polynomials, each of which leaves (3 + √8)⁻¹ of the error: 10⁻¹² in all.
const ITERATIONS: usize = 16;

/// The equations of flow along a pipe of the patch's section.
pub(crate) struct Developed<'a> {
    patch: &'a Patch,
    stiffness: SparseMatrix,
    mass: SparseMatrix,
    analysis: DirectAnalysis,
}

impl<'a> Developed<'a> {
    pub(crate) fn new(patch: &'a Patch, control: &RunControl) -> Result<Self, FlowError> {
        let [stiffness, mass] = patch.matrices();
        let numbers: Vec<u32> = (0..patch.free.len() as u32).collect();
        let analysis = DirectAnalysis::new(stiffness.pattern(), &numbers, control).map_err(failed())?;
        Ok(Self { patch, stiffness, mass, analysis })
    }

    /// s of -Δs = c with s = 0 where fluid sticks, at the nodes of the patch, c such that the flux is 1: the profile of steady
    /// flow.
    pub(crate) fn steady(&self, control: &RunControl) -> Result<Vec<f64>, FlowError> {
        let factor = self.analysis.factorise(&self.stiffness, control).map_err(failed())?;
        let solved = solve(&factor, self.load(), control).map_err(failed())?;
        Ok(normalised(self.patch, &self.on_patch(&solved)))
    }

    /// w of i κ w - Δw = c with w = 0 where fluid sticks, at the nodes of the patch, c such that the flux is 1: the profile of
    /// flow that oscillates with κ = ω/ν, 1/mm². On a disc it is Womersley's.
    ///
    /// With A = K, B = κ M, C = A + B, S = C⁻¹(B - A): (A + iB) w = b becomes (1 + iS) w = (1 - i) C⁻¹b, so
    /// w = (1 - i)(1 - iS) y with (1 + S²) y = C⁻¹b, which is real and whose eigenvalues lie between 1 and 2.
    pub(crate) fn oscillating(&self, kappa: f64, control: &RunControl) -> Result<Vec<Complex<f64>>, FlowError> {
        let combine = |sign: f64| {
            let pairs = self.stiffness.values.iter().zip(&self.mass.values);
            let values = pairs.map(|(stiffness, mass)| kappa * mass + sign * stiffness).collect();
            SparseMatrix::new(self.stiffness.pattern().clone(), values)
        };
        let (sum, difference) = (combine(1.0), combine(-1.0));
        let factor = self.analysis.factorise(&sum, control).map_err(failed())?;
        let shift = |x: &[f64]| solve(&factor, difference.multiply(x), control);
        let y = solve(&factor, self.load(), control)
            .and_then(|load| chebyshev(load, |x| shift(&shift(x)?)))
            .map_err(failed())?;
        let z = shift(&y).map_err(failed())?;
        let w: Vec<Complex<f64>> = y.iter().zip(&z).map(|(y, z)| Complex::new(y - z, -(y + z))).collect();
        Ok(normalised(self.patch, &self.on_patch(&w)))
    }

    /// ∫ N_a at the free nodes.
    fn load(&self) -> Vec<f64> {
        self.patch.free.iter().map(|&k| self.patch.weights[k as usize]).collect()
    }

    fn on_patch<T: Copy + Default>(&self, free: &[T]) -> Vec<T> {
        let mut all = vec![T::default(); self.patch.nodes.len()];
        self.patch.free.iter().zip(free).for_each(|(&k, value)| all[k as usize] = *value);
        all
    }
}

/// A profile over its flux.
pub(crate) fn normalised<T>(patch: &Patch, profile: &[T]) -> Vec<T>
where
    T: Copy + std::iter::Sum + std::ops::Mul<f64, Output = T> + std::ops::Div<Output = T>,
{
    let flux: T = profile.iter().zip(&patch.weights).map(|(value, weight)| *value * *weight).sum();
    profile.iter().map(|&value| value / flux).collect()
}

fn failed() -> impl FnOnce(LinalgError) -> FlowError {
    FlowError::linear("the profile of an inflow", 0.0)
}

fn solve(factor: &DirectFactor, right: Vec<f64>, control: &RunControl) -> Result<Vec<f64>, LinalgError> {
    Ok(factor.solve(&[right], control)?.pop().unwrap_or_default())
}

/// y of y + S² y = right by Chebyshev's polynomials for eigenvalues from 1 to 2 (Saad, Iterative Methods for Sparse Linear
/// Systems, 2003, algorithm 12.1).
fn chebyshev(
    right: Vec<f64>,
    square: impl Fn(&[f64]) -> Result<Vec<f64>, LinalgError>,
) -> Result<Vec<f64>, LinalgError> {
    let (centre, radius) = (1.5, 0.5);
    let sigma = centre / radius;
    let mut rho = 1.0 / sigma;
    let mut rest = right;
    let mut change: Vec<f64> = rest.iter().map(|r| r / centre).collect();
    let mut y = vec![0.0; rest.len()];
    for _ in 0..ITERATIONS {
        y.iter_mut().zip(&change).for_each(|(y, d)| *y += d);
        let more = square(&change)?;
        rest.iter_mut().zip(change.iter().zip(more)).for_each(|(r, (d, more))| *r -= d + more);
        let next = 1.0 / (2.0 * sigma - rho);
        change.iter_mut().zip(&rest).for_each(|(d, r)| *d = next * (rho * *d + 2.0 / radius * r));
        rho = next;
    }
    Ok(y)
}
