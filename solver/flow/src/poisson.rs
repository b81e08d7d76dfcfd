//! The pressure increment: (K_p/(ρ a₀) + C) φ = -(D u + C pⁿ) with φ held to ΔP_k, the increment of its model, on open face k. C
//! stabilises linear elements and is zero beside quadratic velocities.
//!
//! K_p stands for D M⁻¹ Dᵀ, M the mass of the velocity. That matrix has rows for the pressures on open faces too, and holds them there
//! as weakly as the velocity takes notice: with Dᵀφ·v = -∫ ∇φ·v + ∮ (φ - ΔP) v·n,
//!
//! φᵀ D M⁻¹ Dᵀ φ = max ((Dᵀφ·v)²/∫ v²) ≤ (√(φᵀ K_p φ) + √(φᵀ R φ))²,  φᵀ R φ = ∮ (c A/V) (φ - ΔP)²,
//!
//! R from the inverse trace inequality ([`crate::open`]). So K_p + R stands for it here, R lumped: (K_p + R)/(ρ a₀) φ = ... + R ΔP. With
//! φ = ΔP exactly instead (R infinite, the usual condition) the pressures on open faces never learn what their rows of D u lack but
//! from the rotational correction, ν Δt/h² of it in a step: measured in a junction that costs the velocity half an order in time and
//! the pressure nearly one. Steps are stable while D M⁻¹ Dᵀ ≤ 16/13 (K_p + R): a mode of its ratio c to that leaves
//! z³ - z² - (1 - c) (4 z/3 - 1/3) (z - 1) + c z² = 0, whose root passes -1 there. Measured on blocks, pipes and a vessel opened all
//! round: c ≤ 1.17 (tests/openings.rs); half of R lets flows diverge.

use crate::open::{OpenFace, OpenState};
use crate::stabilise::Subscales;
use crate::{FlowError, FlowSpace};
use control::RunControl;
use linalg::nodal::{Iterations, Multigrid, Until, conjugate_gradients_of};
use linalg::{DirectAnalysis, DirectFactor, LinalgError, SparseMatrix};
use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

/// Residual of the increment over its right-hand side where it is found by iteration: what is left is a lack of mass.
const RESIDUAL: f64 = 1e-3;
/// The same beside quadratic velocities, where a factor is exact.
const FINE_RESIDUAL: f64 = 1e-6;
/// The same of the responses of open faces, once for each length of step.
const RESPONSE: f64 = 1e-10;
/// Bits of an inertia that the responses are found for; steps that differ by less, over their length, share them.
const INERTIA_BITS: u32 = 30;
/// Rows of a product that one task computes.
const CHUNK: usize = 1024;
/// Iterations at most.
const MOST_ITERATIONS: usize = 300;
/// An earlier increment whose product is this near those of others adds nothing but rounding.
const DEPENDENT: f64 = 1e-6;

/// What inverts the stiffness of the free pressures.
enum Inverse {
    Exact(DirectFactor),
    /// Nearly, as a preconditioner: beside a C, which changes with the step, or where a factor takes too much memory.
    Near(Multigrid),
}

/// What an iteration may begin with: inner increments of earlier steps, of which the best combination is taken.
type Earlier = Vec<Vec<f64>>;

/// The pressure increments of a step.
pub(crate) struct Increment {
    /// φ at all pressures.
    pub(crate) phi: Vec<f64>,
    pub(crate) states: Vec<OpenState>,
    pub(crate) iterations: Iterations,
}

/// The stiffness of the pressure, factorised once: it depends neither on the step nor on the density.
pub(crate) struct Poisson {
    /// K_p + R.
    stiffness: SparseMatrix,
    inverse: Inverse,
    subscales: Option<Subscales>,
    /// For each open face the φ of ΔP_k = 1 there, none elsewhere and no load, ψ_k = L⁻¹ R_k 1/(ρ a₀).
    responses: Vec<Vec<f64>>,
    /// What a unit of ΔP_j takes from the flux through k: Σ_p R_kp (δ_kj - ψ_jp)/(ρ a₀).
    coupling: DMatrix<f64>,
    /// ρ a₀ that the responses belong to.
    inertia: Option<f64>,
}

impl Poisson {
    /// Factorises K_p + R, within `memory` bytes.
    ///
    /// # Errors
    /// [`FlowError::Disconnected`], [`FlowError::Linear`], [`FlowError::Cancelled`].
    pub(crate) fn new(
        space: &FlowSpace,
        open: &[OpenFace],
        subscales: Option<Subscales>,
        memory: u64,
        control: &RunControl,
    ) -> Result<Self, FlowError> {
        let mut stiffness = space.pressure_stiffness(control, |_| 1.0)?;
        let mut held: Vec<(u32, f64)> = open.iter().flat_map(|face| face.hold.iter().copied()).collect();
        if open.is_empty() {
            // Only differences of pressure matter: one is held.
            held.push((0, stiffness.entry(0, 0)));
        }
        refuse_disconnected(space, &stiffness, &held)?;
        for (pressure, hold) in held {
            if let Some(place) = stiffness.pattern().position(pressure as usize, pressure) {
                stiffness.values[place] += hold;
            }
        }
        let inverse = Inverse::new(&stiffness, subscales.is_none().then_some(memory), control);
        let inverse = inverse.map_err(FlowError::linear("the pressure matrix", 0.0))?;
        Ok(Self {
            coupling: DMatrix::zeros(open.len(), open.len()),
            responses: Vec::new(),
            inertia: None,
            stiffness,
            inverse,
            subscales,
        })
    }

    /// Whether there is a C.
    pub(crate) fn is_stabilised(&self) -> bool {
        self.subscales.is_some()
    }

    /// Puts another C in the place of the one there.
    pub(crate) fn stabilise(&mut self, subscales: Subscales) {
        (self.subscales, self.inertia) = (Some(subscales), None);
    }

    /// C p; `None` without stabilisation.
    pub(crate) fn subscales_times(&self, p: &[f64]) -> Option<Vec<f64>> {
        self.subscales.as_ref().map(|subscales| subscales.times(p))
    }

    /// m x + C x with a weight m of each pressure.
    pub(crate) fn mass_and_subscales_times(&self, x: &[f64], weights: &[f64], product: &mut [f64]) {
        let Some(subscales) = &self.subscales else { return };
        product.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, part)| {
            for (k, value) in part.iter_mut().enumerate() {
                let row = chunk * CHUNK + k;
                *value = weights[row] * x[row] + subscales.row_times(row, x);
            }
        });
    }

    /// L x with L = (K_p + R)/(ρ a₀) + C.
    fn product_into(&self, x: &[f64], inertia: f64, product: &mut [f64]) {
        product.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, part)| {
            for (k, value) in part.iter_mut().enumerate() {
                let row = chunk * CHUNK + k;
                let (columns, entries) = self.stiffness.row(row);
                let own: f64 = columns.iter().zip(entries).map(|(&column, a)| a * x[column as usize]).sum();
                *value = own / inertia + self.subscales.as_ref().map_or(0.0, |subscales| subscales.row_times(row, x));
            }
        });
    }

    /// (K_p + R)⁻¹ ρ a₀ of a load, nearly or not.
    fn precondition(&self, load: &[f64], inertia: f64, control: &RunControl) -> Result<Vec<f64>, LinalgError> {
        let right: Vec<f64> = load.iter().map(|value| inertia * value).collect();
        match &self.inverse {
            Inverse::Exact(factor) => Ok(factor.solve_one(&right, control)?),
            Inverse::Near(multigrid) => multigrid.solve(&right, control),
        }
    }

    /// (K_p + R)⁻¹ ρ a₀ of a load.
    pub(crate) fn direct(&self, load: &[f64], inertia: f64, control: &RunControl) -> Result<Vec<f64>, LinalgError> {
        if matches!(self.inverse, Inverse::Exact(_)) {
            return self.precondition(load, inertia, control);
        }
        let mut x = vec![0.0; load.len()];
        let product = |x: &[f64], y: &mut [f64]| {
            self.stiffness.multiply_into(x, y);
            y.iter_mut().for_each(|value| *value /= inertia);
            Ok(())
        };
        let until = Until { residual: RESPONSE * norm(load), iterations: MOST_ITERATIONS };
        let precondition = |r: &[f64], z: &mut [f64]| {
            z.copy_from_slice(&self.precondition(r, inertia, control)?);
            Ok(())
        };
        conjugate_gradients_of(product, precondition, load.to_vec(), &mut x, until, control)?;
        Ok(x)
    }

    /// x of L x = load.
    fn solve(
        &self,
        load: &[f64],
        inertia: f64,
        residual: f64,
        earlier: &Earlier,
        control: &RunControl,
    ) -> Result<(Vec<f64>, Iterations), FlowError> {
        let failed = FlowError::linear("the pressure increment", 0.0);
        if self.subscales.is_none() && matches!(self.inverse, Inverse::Exact(_)) {
            return Ok((self.direct(load, inertia, control).map_err(failed)?, Iterations::default()));
        }
        let until = Until { residual: residual * norm(load), iterations: MOST_ITERATIONS };
        let (mut x, residual) = self.begin(load.to_vec(), inertia, earlier);
        let product = |x: &[f64], y: &mut [f64]| {
            self.product_into(x, inertia, y);
            Ok(())
        };
        let precondition = |r: &[f64], z: &mut [f64]| {
            z.copy_from_slice(&self.precondition(r, inertia, control)?);
            Ok(())
        };
        let done = conjugate_gradients_of(product, precondition, residual, &mut x, until, control).map_err(failed)?;
        Ok((x, done))
    }

    /// The combination of earlier increments that leaves the least residual, and that residual (Fischer, Comput. Methods Appl.
    /// Mech. Eng. 163:193, 1998).
    fn begin(&self, right: Vec<f64>, inertia: f64, earlier: &Earlier) -> (Vec<f64>, Vec<f64>) {
        let (mut x, mut rest) = (vec![0.0; right.len()], right);
        let mut products: Vec<(Vec<f64>, Vec<f64>)> = Vec::new();
        for increment in earlier {
            let (mut increment, mut product) = (increment.clone(), vec![0.0; increment.len()]);
            self.product_into(&increment, inertia, &mut product);
            let size = norm(&product);
            for (other, other_product) in &products {
                let shared = -dot(&product, other_product);
                add(&mut product, other_product, shared);
                add(&mut increment, other, shared);
            }
            let left = norm(&product);
            if left > DEPENDENT * size {
                product.iter_mut().chain(&mut increment).for_each(|value| *value /= left);
                let part = dot(&rest, &product);
                add(&mut x, &increment, part);
                add(&mut rest, &product, -part);
                products.push((increment, product));
            }
        }
        (x, rest)
    }

    /// The responses of the open faces for a step of this inertia.
    fn respond(&mut self, open: &[OpenFace], inertia: f64, control: &RunControl) -> Result<(), FlowError> {
        // Without C they are the same for all steps; with it those of a step a rounding longer serve. Either way they are those
        // of a number that does not tell which step came first.
        let inertia = if self.is_stabilised() { rounded(inertia) } else { 1.0 };
        if self.inertia == Some(inertia) {
            return Ok(());
        }
        let mut responses = Vec::with_capacity(open.len());
        for face in open {
            let load = self.held(std::slice::from_ref(face), &[1.0 / inertia]);
            responses.push(self.solve(&load, inertia, RESPONSE, &Vec::new(), control)?.0);
        }
        for (j, response) in responses.iter().enumerate() {
            for (k, face) in open.iter().enumerate() {
                let own = if j == k { 1.0 } else { 0.0 };
                let taken = |(pressure, hold): &(u32, f64)| hold * (own - response[*pressure as usize]);
                self.coupling[(k, j)] = face.hold.iter().map(taken).sum::<f64>() / inertia;
            }
        }
        (self.responses, self.inertia) = (responses, Some(inertia));
        Ok(())
    }

    /// R P of values on the open faces, one a face.
    fn held(&self, open: &[OpenFace], values: &[f64]) -> Vec<f64> {
        let mut load = vec![0.0; self.stiffness.rows()];
        for (face, value) in open.iter().zip(values) {
            face.hold.iter().for_each(|(pressure, hold)| load[*pressure as usize] += hold * value);
        }
        load
    }

    /// The pressure that is held to given values on the open faces, one a face, and is harmonic between them.
    pub(crate) fn lift(
        &self,
        open: &[OpenFace],
        values: &[f64],
        control: &RunControl,
    ) -> Result<Vec<f64>, LinalgError> {
        self.direct(&self.held(open, values), 1.0, control)
    }

    /// The pressure increments of a step: φ at all pressures, and the states of the open faces after it: each has P = F + Z Q
    /// with Q the flux of the projected velocity,
    ///
    /// Q_k = ∫_k u·n + Σ_p R_kp (φ_p - ΔP_k)/(ρ a₀) = ∫_k u·n - ψ_kᵀ (D u + C pⁿ) - Σ_j S_kj ΔP_j
    ///
    /// with the coupling S: their sum is what flows in, to the bits of the responses, however exact φ is.
    /// `lack` is D u + C pⁿ, `last` holds the φ of the last steps, `models` ∫_k u·n, F and Z of each face.
    pub(crate) fn increment(
        &mut self,
        lack: &[f64],
        last: &[Vec<f64>; 2],
        models: &[[f64; 3]],
        inertia: f64,
        open: &[OpenFace],
        control: &RunControl,
    ) -> Result<Increment, FlowError> {
        let load: Vec<f64> = lack.iter().map(|value| -value).collect();
        if !open.is_empty() {
            self.respond(open, inertia, control)?;
        }
        let earlier = [0, 1].map(|k| self.inner(&last[k], open, k)).into();
        let residual = if self.is_stabilised() { RESIDUAL } else { FINE_RESIDUAL };
        let (mut phi, iterations) = self.solve(&load, inertia, residual, &earlier, control)?;
        if open.is_empty() {
            return Ok(Increment { phi, states: Vec::new(), iterations });
        }
        let scale = if self.is_stabilised() { 1.0 } else { inertia.recip() };
        let through = |(response, [before, ..]): (&Vec<f64>, &[f64; 3])| {
            before - response.iter().zip(lack).map(|(psi, value)| psi * value).sum::<f64>()
        };
        let fluxes = DVector::from_iterator(open.len(), self.responses.iter().zip(models).map(through));
        let coupling = &self.coupling * scale;
        let mut matrix = DMatrix::identity(open.len(), open.len());
        let mut right = DVector::zeros(open.len());
        for (k, ([_, given, impedance], face)) in models.iter().zip(open).enumerate() {
            for j in 0..open.len() {
                matrix[(k, j)] += impedance * coupling[(k, j)];
            }
            right[k] = given + impedance * fluxes[k] - face.state.pressure;
        }
        // One plus a product of a nonnegative diagonal and a positive semidefinite matrix: never singular.
        let increments = matrix.lu().solve(&right).unwrap_or(right);
        let passed = fluxes - coupling * &increments;
        let mut states = Vec::with_capacity(open.len());
        for (k, face) in open.iter().enumerate() {
            let (before, increment, flux) = (face.state, increments[k], passed[k]);
            let pressure = before.pressure + increment;
            let stored = face.model.store(before.stored, pressure, flux);
            states.push(OpenState { pressure, increments: [increment, before.increments[0]], flux, stored });
            phi.iter_mut().zip(&self.responses[k]).for_each(|(sum, psi)| *sum += increment * psi);
        }
        Ok(Increment { phi, states, iterations })
    }

    /// The φ of an earlier step, the last for k = 0, less what open faces added to it.
    fn inner(&self, phi: &[f64], open: &[OpenFace], k: usize) -> Vec<f64> {
        let mut inner = phi.to_vec();
        for (face, response) in open.iter().zip(&self.responses) {
            add(&mut inner, response, -face.state.increments[k]);
        }
        inner
    }
}

impl Inverse {
    /// Exactly if `memory` bytes are allowed for that and suffice.
    fn new(matrix: &SparseMatrix, memory: Option<u64>, control: &RunControl) -> Result<Self, LinalgError> {
        if let Some(memory) = memory {
            let nodes: Vec<u32> = (0..matrix.rows() as u32).collect();
            let analysis = DirectAnalysis::new(matrix.pattern(), &nodes, control)?;
            if analysis.predicted_memory() <= memory {
                return Ok(Self::Exact(analysis.factorise(matrix, control)?));
            }
        }
        Ok(Self::Near(Multigrid::new(matrix, control)?))
    }
}

/// to += factor · from.
fn add(to: &mut [f64], from: &[f64], factor: f64) {
    to.par_iter_mut().with_min_len(CHUNK).zip(from).for_each(|(to, from)| *to += factor * from);
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub(crate) fn norm(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

/// A positive number to some leading bits.
fn rounded(value: f64) -> f64 {
    let dropped = f64::MANTISSA_DIGITS - INERTIA_BITS;
    f64::from_bits((value.to_bits() + (1 << (dropped - 1))) >> dropped << dropped)
}

/// Each connected part needs a pressure that is held.
fn refuse_disconnected(space: &FlowSpace, matrix: &SparseMatrix, held: &[(u32, f64)]) -> Result<(), FlowError> {
    let mut reached = vec![false; matrix.rows()];
    held.iter().for_each(|(pressure, _)| reached[*pressure as usize] = true);
    let mut left: Vec<u32> = held.iter().map(|(pressure, _)| *pressure).collect();
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
