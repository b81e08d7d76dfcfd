//! The pressure increment: K_p φ = -ρ a₀ D u with φ given on the open faces.

use crate::open::OpenFace;
use crate::{FlowError, FlowSpace};
use control::RunControl;
use linalg::{DirectAnalysis, DirectFactor, SparseMatrix, SparsityPattern};
use nalgebra::{DMatrix, DVector};
use std::sync::Arc;

/// The stiffness of the pressure, factorised once: it depends neither on the step nor on the density.
pub(crate) struct Poisson {
    factor: DirectFactor,
    /// Pressures that are unknowns: those not on open faces, and all but one without any.
    free: Vec<u32>,
    /// For each open face the harmonic function ψ_k that is 1 on it and 0 on the others.
    responses: Vec<Vec<f64>>,
    /// ψ_kᵀ K_p ψ_j, mm.
    coupling: DMatrix<f64>,
}

impl Poisson {
    /// Factorises ∫ ∇ψ_p·∇ψ_q without the rows of open faces.
    ///
    /// # Errors
    /// [`FlowError::Disconnected`], [`FlowError::Linear`], [`FlowError::Cancelled`].
    pub(crate) fn new(space: &FlowSpace, open: &[OpenFace], control: &RunControl) -> Result<Self, FlowError> {
        let dot =
            |_: &[f64], g: &[[f64; 3]], a: usize, b: usize| g[a][0] * g[b][0] + g[a][1] * g[b][1] + g[a][2] * g[b][2];
        let stiffness = space.integrate_pressure(control, dot)?;
        let mut on_face = vec![u32::MAX; space.pressures()];
        for (k, face) in (0_u32..).zip(open) {
            face.pressures.iter().for_each(|&pressure| on_face[pressure as usize] = k);
        }
        if open.is_empty() {
            // Only differences of pressure matter: one is held.
            on_face[0] = 0;
        }
        refuse_disconnected(space, &stiffness, &on_face)?;
        let free: Vec<u32> = (0..space.pressures() as u32).filter(|&k| on_face[k as usize] == u32::MAX).collect();
        let reduced = restricted(&stiffness, &free);
        let nodes: Vec<u32> = (0..free.len() as u32).collect();
        let failed = || FlowError::linear("the pressure matrix", 0.0);
        let analysis = DirectAnalysis::new(reduced.pattern(), &nodes, control).map_err(failed())?;
        let factor = analysis.factorise(&reduced, control).map_err(failed())?;
        let mut poisson =
            Self { factor, free, responses: Vec::new(), coupling: DMatrix::zeros(open.len(), open.len()) };
        for face in open {
            let mut response = vec![0.0; space.pressures()];
            face.pressures.iter().for_each(|&pressure| response[pressure as usize] = 1.0);
            let load: Vec<f64> = stiffness.multiply(&response).into_iter().map(|value| -value).collect();
            let inner = poisson.solve(&load, control)?;
            response.iter_mut().zip(inner).for_each(|(sum, value)| *sum += value);
            poisson.responses.push(response);
        }
        for (j, response) in poisson.responses.iter().enumerate() {
            let product = stiffness.multiply(response);
            for (k, other) in poisson.responses.iter().enumerate() {
                poisson.coupling[(k, j)] = other.iter().zip(&product).map(|(a, b)| a * b).sum();
            }
        }
        Ok(poisson)
    }

    /// φ of K_p φ = load with φ = 0 on the open faces, at all pressures.
    fn solve(&self, load: &[f64], control: &RunControl) -> Result<Vec<f64>, FlowError> {
        let right = self.free.iter().map(|&k| load[k as usize]).collect();
        let failed = FlowError::linear("the pressure increment", 0.0);
        let solved = self.factor.solve(&[right], control).map_err(failed)?;
        let mut all = vec![0.0; load.len()];
        for (&k, value) in self.free.iter().zip(solved.iter().flatten()) {
            all[k as usize] = *value;
        }
        Ok(all)
    }

    /// The pressure increments of a step: φ at all pressures. Sets pressures, increments and fluxes of the open faces: each
    /// has P = F + Z Q with Q the flux of the projected velocity,
    ///
    /// Q_k = ∫_k u·n - ψ_kᵀ D u - (1/(ρ a₀)) Σ_j (ψ_kᵀ K_p ψ_j) ΔP_j.
    ///
    /// `models` holds F and Z of each.
    pub(crate) fn increment(
        &self,
        divergence: &[f64],
        before: &[f64],
        models: &[[f64; 2]],
        inertia: f64,
        open: &mut [OpenFace],
        control: &RunControl,
    ) -> Result<Vec<f64>, FlowError> {
        let load: Vec<f64> = divergence.iter().map(|value| -inertia * value).collect();
        let mut phi = self.solve(&load, control)?;
        if open.is_empty() {
            return Ok(phi);
        }
        let through = |(response, flux): (&Vec<f64>, &f64)| {
            flux - response.iter().zip(divergence).map(|(psi, value)| psi * value).sum::<f64>()
        };
        let fluxes = DVector::from_iterator(open.len(), self.responses.iter().zip(before).map(through));
        let mut matrix = DMatrix::identity(open.len(), open.len());
        let mut right = DVector::zeros(open.len());
        for (k, [given, impedance]) in models.iter().enumerate() {
            for j in 0..open.len() {
                matrix[(k, j)] += impedance * self.coupling[(k, j)] / inertia;
            }
            right[k] = given + impedance * fluxes[k] - open[k].pressure;
        }
        // Diagonally dominant for impedances that are not negative: Z times a positive semidefinite matrix, plus one.
        let increments = matrix.lu().solve(&right).unwrap_or(right);
        let passed = fluxes - &self.coupling * &increments / inertia;
        for (k, face) in open.iter_mut().enumerate() {
            face.increments = [increments[k], face.increments[0]];
            face.pressure += increments[k];
            face.flux = passed[k];
            phi.iter_mut().zip(&self.responses[k]).for_each(|(sum, psi)| *sum += increments[k] * psi);
        }
        Ok(phi)
    }
}

/// The rows and columns of a matrix that `keep` (ascending) names.
fn restricted(matrix: &SparseMatrix, keep: &[u32]) -> SparseMatrix {
    let mut place = vec![u32::MAX; matrix.rows()];
    (0_u32..).zip(keep).for_each(|(k, &row)| place[row as usize] = k);
    let (mut offsets, mut columns, mut values) = (vec![0], Vec::new(), Vec::new());
    for &row in keep {
        let (own, entries) = matrix.row(row as usize);
        let kept = own.iter().zip(entries).filter(|(column, _)| place[**column as usize] != u32::MAX);
        kept.for_each(|(&column, &value)| {
            columns.push(place[column as usize]);
            values.push(value);
        });
        offsets.push(columns.len());
    }
    SparseMatrix::new(Arc::new(SparsityPattern::new(keep.len(), offsets, columns)), values)
}

/// Each connected part needs a pressure that is given.
fn refuse_disconnected(space: &FlowSpace, matrix: &SparseMatrix, on_face: &[u32]) -> Result<(), FlowError> {
    let mut reached = vec![false; on_face.len()];
    let mut left: Vec<u32> = (0..on_face.len() as u32).filter(|&k| on_face[k as usize] != u32::MAX).collect();
    left.iter().for_each(|&k| reached[k as usize] = true);
    while let Some(k) = left.pop() {
        for &next in matrix.pattern().row(k as usize) {
            if !reached[next as usize] {
                reached[next as usize] = true;
                left.push(next);
            }
        }
    }
    match reached.iter().position(|reached| !reached) {
        Some(k) => Err(FlowError::Disconnected { at: space.pressure_point(k).into() }),
        None => Ok(()),
    }
}
