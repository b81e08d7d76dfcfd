//! The velocity of a step before projection.

use crate::bdf::Differences;
use crate::constraint::Held;
use crate::convection::{add_convection, convective_force};
use crate::open::OpenFace;
use crate::solver::MOST_ITERATIONS;
use crate::viscous::{Part, add_stiffness, viscous_forces};
use crate::{Convection, Flow, FlowError, Fluid};
use control::RunControl;
use linalg::nodal::{
    IncompleteLu, InverseDiagonal, Iterations, Lanes, Preconditioner, SingleMatrix, Start, Until, bicgstab,
    conjugate_gradients, refine,
};
use linalg::{LinalgError, SparseMatrix};
use nalgebra::Vector3;
use rayon::prelude::*;

/// Residuals that rounding leaves, over the right-hand side.
const ROUNDING: f64 = 1e-14;
/// Rows that one task computes.
const CHUNK: usize = 1024;
/// An incomplete factorisation serves later steps until one takes this many iterations more than the step that it was made for.
const MORE_ITERATIONS: usize = 1;
/// It serves inertias ρ a₀ within this factor of its own.
const SAME_INERTIA: f64 = 1.25;

/// The matrix of the velocity and what helps to solve with it, kept from step to step.
pub(crate) struct VelocityMatrix {
    /// ρ a₀ M + μ K with a constant μ, ρ a₀ M with one that varies.
    steady: SparseMatrix,
    /// The ρ a₀ that it belongs to.
    inertia: Option<f64>,
    /// That with what one step adds, where steps do: convection, a viscosity that varies.
    moving: Option<SparseMatrix>,
    /// The matrix to solve with, rounded.
    single: Option<SingleMatrix>,
    preconditioner: Option<Incomplete>,
}

/// An incomplete factorisation of the matrix of some step.
struct Incomplete {
    lu: IncompleteLu,
    inertia: f64,
    /// Iterations of the step that it was made for, and of the last.
    iterations: [usize; 2],
}

impl VelocityMatrix {
    /// Nothing yet, on the pattern of the mass.
    pub(crate) fn new(mass: &SparseMatrix) -> Self {
        let steady = SparseMatrix::zeros(mass.pattern().clone());
        Self { steady, inertia: None, moving: None, single: None, preconditioner: None }
    }

    /// Forgets what earlier steps left to solve with.
    pub(crate) fn forget(&mut self) {
        self.preconditioner = None;
    }

    /// Makes it ρ a₀ M + μ K.
    fn prepare(&mut self, mass: &SparseMatrix, stiffness: &SparseMatrix, inertia: f64, viscosity: f64) {
        if self.inertia == Some(inertia) {
            return;
        }
        let parts = mass.values.par_iter().zip(&stiffness.values);
        self.steady.values.par_iter_mut().zip(parts).for_each(|(value, (m, k))| *value = inertia * m + viscosity * k);
        self.inertia = Some(inertia);
        round(&mut self.single, &self.steady);
    }

    /// Makes it that and what `add` adds for a step.
    fn renew(&mut self, add: impl FnOnce(&mut SparseMatrix) -> Result<(), FlowError>) -> Result<(), FlowError> {
        let moving = self.moving.get_or_insert_with(|| SparseMatrix::zeros(self.steady.pattern().clone()));
        let pairs = moving.values.par_chunks_mut(CHUNK).zip(self.steady.values.par_chunks(CHUNK));
        pairs.for_each(|(to, from)| to.copy_from_slice(from));
        add(moving)?;
        round(&mut self.single, moving);
        Ok(())
    }

    /// The matrix of the step at work.
    fn now(&self) -> &SparseMatrix {
        self.moving.as_ref().unwrap_or(&self.steady)
    }

    /// Goes from a guess `u` and its residual to the velocity. An incomplete factorisation serves many steps; where none does,
    /// the diagonal has to.
    fn solve(
        &mut self,
        system: &System<'_>,
        residual: &[Vector3<f64>],
        u: &mut [Vector3<f64>],
        control: &RunControl,
    ) -> Result<Iterations, LinalgError> {
        let inertia = self.inertia.unwrap_or_default();
        let guess = u.to_vec();
        // Iterations of attempts that failed.
        let mut lost = 0;
        if let Some(known) = self.preconditioner.take_if(|known| known.serves(inertia)) {
            match self.correct(system, &known.lu, residual, u, control) {
                Ok(done) => {
                    let iterations = [known.iterations[0], done.count];
                    self.preconditioner = Some(Incomplete { iterations, ..known });
                    return Ok(done);
                }
                Err(LinalgError::NotConverged { iterations, .. }) => lost += iterations,
                Err(other) => return Err(other),
            }
            u.copy_from_slice(&guess);
        }
        match IncompleteLu::new(self.now(), |node| system.held.is_held(node)) {
            Ok(lu) => match self.correct(system, &lu, residual, u, control) {
                Ok(done) => {
                    self.preconditioner = Some(Incomplete { lu, inertia, iterations: [done.count; 2] });
                    return Ok(Iterations { count: done.count + lost, ..done });
                }
                Err(LinalgError::NotConverged { iterations, .. }) => lost += iterations,
                Err(other) => return Err(other),
            },
            Err(LinalgError::NotPositiveDefinite { .. }) => {}
            Err(other) => return Err(other),
        }
        u.copy_from_slice(&guess);
        let done = self.correct(system, &InverseDiagonal::new(self.now()), residual, u, control)?;
        Ok(Iterations { count: done.count + lost, ..done })
    }

    fn correct(
        &self,
        system: &System<'_>,
        preconditioner: &impl Preconditioner<Lanes>,
        residual: &[Vector3<f64>],
        u: &mut [Vector3<f64>],
        control: &RunControl,
    ) -> Result<Iterations, LinalgError> {
        let System { convection, right, held, until } = *system;
        let Some(single) = &self.single else { return Ok(Iterations::default()) };
        refine(self.now(), right, residual.to_vec(), u, held, until, |rest, correction, until| match convection {
            Convection::Implicit => bicgstab(single, preconditioner, rest, correction, held, until, control),
            _ => conjugate_gradients(single, preconditioner, rest, correction, held, until, control),
        })
    }
}

/// What a velocity has to fulfil.
struct System<'a> {
    convection: Convection,
    right: &'a [Vector3<f64>],
    held: &'a Held,
    until: Until,
}

impl Incomplete {
    fn serves(&self, inertia: f64) -> bool {
        let [fresh, last] = self.iterations;
        let ratio = inertia / self.inertia;
        last <= fresh + MORE_ITERATIONS && (SAME_INERTIA.recip()..SAME_INERTIA).contains(&ratio)
    }
}

fn round(single: &mut Option<SingleMatrix>, matrix: &SparseMatrix) {
    match single {
        Some(single) => single.set(matrix),
        None => *single = Some(SingleMatrix::new(matrix)),
    }
}

impl Flow<'_> {
    /// The velocity before projection.
    pub(crate) fn momentum(
        &mut self,
        differences: &Differences,
        time: f64,
        control: &RunControl,
    ) -> Result<(Vec<Vector3<f64>>, Iterations), FlowError> {
        let Fluid { density, viscosity: law } = self.fluid;
        let [a0, a1, a2] = differences.a;
        let [last, before] = &self.velocity;
        let history: Vec<Vector3<f64>> =
            last.par_iter().zip(before).map(|(u, v)| (u * a1 + v * a2) * -density).collect();
        let extrapolated: Vec<Vector3<f64>> =
            last.par_iter().zip(before).map(|(u, v)| differences.extrapolate(*u, *v)).collect();
        let mut right = vec![Vector3::zeros(); last.len()];
        self.mass.multiply_nodal_into(&history, &mut right);
        self.add_pressure(a1, a2, &mut right);
        let convection = self.options.convection;
        let open: &[OpenFace] = if convection == Convection::None { &[] } else { &self.open };
        for face in open {
            face.add_backflow(self.space, &extrapolated, self.options.backflow * density, &mut right);
        }
        let constant = self.constant_viscosity;
        self.matrix.prepare(&self.mass, &self.stiffness, density * a0, constant.unwrap_or(0.0));
        if convection == Convection::Explicit {
            let force = convective_force(self.space, &extrapolated, control)?;
            right.par_iter_mut().zip(&force).for_each(|(sum, force)| *sum -= force * density);
        }
        if constant.is_none() {
            let faces = self.open.iter().flat_map(|face| face.faces.iter().copied());
            let force = viscous_forces(self.space, &law, &extrapolated, Part::Explicit, faces, control)?;
            right.par_iter_mut().zip(&force).for_each(|(sum, force)| *sum -= force);
        }
        if convection == Convection::Implicit || constant.is_none() {
            self.matrix.renew(|matrix| {
                if constant.is_none() {
                    add_stiffness(self.space, &law, &extrapolated, matrix, control)?;
                }
                if convection == Convection::Implicit {
                    add_convection(self.space, density, &extrapolated, matrix, control)?;
                }
                Ok(())
            })?;
        }
        let mut u = extrapolated;
        self.held.impose(self.space, time, &mut u);
        let (residual, until) = self.until(&right, &u);
        let failed = FlowError::linear("the velocity", time);
        let system = System { convection, right: &right, held: &self.held, until };
        let iterations = self.matrix.solve(&system, &residual, &mut u, control).map_err(failed)?;
        Ok((u, iterations))
    }

    /// Adds Dᵀ p# - Σ P_k# ∫_k n.
    fn add_pressure(&self, a1: f64, a2: f64, right: &mut [Vector3<f64>]) {
        let factors = [-a1 / self.inertia[0], -a2 / self.inertia[1]];
        let [last, before] = &self.increments;
        let predicted: Vec<f64> = (0..self.pressure.len())
            .map(|k| self.pressure[k] + factors[0] * last[k] + factors[1] * before[k])
            .collect();
        self.divergence.add_transpose_times(&predicted, right);
        for face in &self.open {
            let pressure =
                face.state.pressure + factors[0] * face.state.increments[0] + factors[1] * face.state.increments[1];
            face.weights.iter().for_each(|(node, weight)| right[*node as usize] -= weight * pressure);
        }
    }

    /// The residual of a guess of the velocity, and which one suffices.
    fn until(&self, right: &[Vector3<f64>], guess: &[Vector3<f64>]) -> (Vec<Vector3<f64>>, Until) {
        let mut last = self.velocity[0].clone();
        self.held.impose_as(guess, &mut last);
        let start = Start::new(self.matrix.now(), right, [guess, &last], &self.held);
        let residual = (self.options.tolerance * start.other).max(ROUNDING * start.terms);
        (start.residual, Until { residual, iterations: MOST_ITERATIONS })
    }
}
