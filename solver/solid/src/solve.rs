use crate::kernel::{SmallStrainKernel, with_node_count};
use crate::model::Prepared;
use crate::prolongation::{rigid_motions, vertex_prolongation};
use crate::state::{PointStates, Sampling};
use crate::{LinearStatics, SolidError};
use control::RunControl;
use fem::Assembly;
use fem::quadrature::stiffness_rule;
use linalg::{SolveReport, SolverOptions, SpdProblem, solve_spd};
use mesh::{Point3, Vector3, VolumeMesh};

/// A force (N) and its moment about the origin (N mm).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resultant {
    /// Σ f.
    pub force: Vector3<f64>,
    /// Σ x × f.
    pub moment: Vector3<f64>,
}

impl Resultant {
    /// The resultant of nodal forces.
    pub fn of(mesh: &VolumeMesh, forces: &[Vector3<f64>]) -> Self {
        let start = Self { force: Vector3::zeros(), moment: Vector3::zeros() };
        mesh.nodes
            .iter()
            .zip(forces)
            .fold(start, |sum, (x, f)| Self { force: sum.force + f, moment: sum.moment + x.coords.cross(f) })
    }

    /// The same resultant with the moment taken about `point`.
    pub fn about(&self, point: &Point3<f64>) -> Self {
        Self { force: self.force, moment: self.moment - point.coords.cross(&self.force) }
    }
}

/// How well the forces on the whole body balance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Balance {
    /// All loads of the case.
    pub applied: Resultant,
    /// What the constraints exert on the body.
    pub reactions: Resultant,
    /// What the springs exert on the body.
    pub springs: Resultant,
    /// |applied + reactions + springs| over the sum of the sizes of all nodal forces; 0 when no force acts.
    pub force_error: f64,
    /// The same for moments about the middle of the mesh.
    pub moment_error: f64,
    /// Residual of the free unknowns, ‖f_int(u) - f_ext‖ / ‖f‖: how well the equations were solved.
    pub residual: f64,
}

/// The result of one load case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseSolution {
    /// Name of the load case.
    pub name: String,
    /// Displacement of every node, mm; 0 for nodes without elements.
    pub displacement: Vec<Vector3<f64>>,
    /// Force that the constraints exert on every node, N; 0 for unconstrained ones.
    pub reactions: Vec<Vector3<f64>>,
    /// Global equilibrium.
    pub balance: Balance,
    /// Elastic energy ½ ∫ σ : (ε - ε_T) dV of the elements, mJ (N mm); springs not included.
    pub strain_energy: f64,
    /// Nodal temperature rise, K, when the case has one.
    pub temperature_change: Option<Vec<f64>>,
}

impl CaseSolution {
    /// The force of the constraints on some nodes, for example those of one support, and its moment about the origin.
    pub fn reaction_of(&self, mesh: &VolumeMesh, nodes: &[u32]) -> Resultant {
        nodes.iter().fold(Resultant { force: Vector3::zeros(), moment: Vector3::zeros() }, |sum, &node| {
            let (x, f) = (mesh.nodes[node as usize], self.reactions[node as usize]);
            Resultant { force: sum.force + f, moment: sum.moment + x.coords.cross(&f) }
        })
    }
}

/// The results of all load cases.
#[derive(Debug, Clone, PartialEq)]
pub struct StaticsSolution {
    /// One result a load case, in their order.
    pub cases: Vec<CaseSolution>,
    /// How the equations were solved; `None` when every unknown was prescribed.
    pub solver: Option<SolveReport>,
    /// Free unknowns.
    pub unknowns: usize,
    /// Connected components of the mesh.
    pub components: usize,
}

impl LinearStatics<'_> {
    /// Solves all load cases with one matrix.
    ///
    /// # Errors
    /// Everything that is wrong with the model, found before the matrix is built; the equation solver's errors, memory
    /// limit included; cancellation.
    pub fn solve(&self, options: &SolverOptions, control: &RunControl) -> Result<StaticsSolution, SolidError> {
        if self.cases.is_empty() {
            return Err(SolidError::NoLoadCase);
        }
        let prepared = self.prepare(&control.stage("check the model", 0.0, 0.05))?;
        let stage = control.stage("assemble", 0.05, 0.15);
        let assembly = Assembly::new(self.mesh, &prepared.dofs, &stage)?;
        let cases = self.external_forces(&prepared, &stage)?;
        let start = prepared.dofs.prescribed();
        let mut right = Vec::with_capacity(cases.len());
        for (external, temperature) in &cases {
            let inner = self.internal_forces(&prepared, &assembly, &start, temperature.as_deref(), &stage)?;
            let rest: Vec<Vector3<f64>> = external.iter().zip(&inner).map(|(f, i)| f - i).collect();
            right.push(prepared.dofs.restrict(&rest));
        }
        let (unknowns, solver) = if prepared.dofs.is_empty() {
            (vec![Vec::new(); cases.len()], None)
        } else {
            let (x, report) = self.solve_system(&prepared, &assembly, &right, options, control)?;
            (x, Some(report))
        };
        let stage = control.stage("reactions and balance", 0.95, 1.0);
        let mut solved = Vec::with_capacity(cases.len());
        for ((case, (external, temperature)), x) in self.cases.iter().zip(cases).zip(&unknowns) {
            let mut displacement = start.clone();
            prepared.dofs.add_free(x, &mut displacement);
            let result = CaseSolution {
                name: case.name.clone(),
                displacement,
                reactions: Vec::new(),
                balance: EMPTY,
                strain_energy: 0.0,
                temperature_change: temperature,
            };
            solved.push(self.finish(result, &external, &prepared, &assembly, &stage)?);
        }
        Ok(StaticsSolution { cases: solved, solver, unknowns: prepared.dofs.len(), components: prepared.components })
    }

    /// Nodal forces and temperatures of every case.
    #[expect(clippy::type_complexity, reason = "two plain arrays a case, used in one place")]
    fn external_forces(
        &self,
        prepared: &Prepared,
        control: &RunControl,
    ) -> Result<Vec<(Vec<Vector3<f64>>, Option<Vec<f64>>)>, SolidError> {
        let of = |case: &crate::LoadCase| {
            let temperature = case.nodal_temperature(self.mesh)?;
            Ok((case.nodal_forces(self.mesh, &prepared.materials, control)?, temperature))
        };
        self.cases.iter().map(of).collect()
    }

    fn solve_system(
        &self,
        prepared: &Prepared,
        assembly: &Assembly<'_>,
        right: &[Vec<f64>],
        options: &SolverOptions,
        control: &RunControl,
    ) -> Result<(Vec<Vec<f64>>, SolveReport), SolidError> {
        let stage = control.stage("assemble", 0.15, 0.25);
        let values = assembly.matrix_accumulator();
        let rest = vec![Vector3::zeros(); self.mesh.nodes.len()];
        for (index, block) in self.mesh.blocks.iter().enumerate() {
            let Some(rule) = stiffness_rule(block.kind, self.integration) else { continue };
            with_node_count!(block.kind, N => {
                let kernel = SmallStrainKernel::<N>::new(self.mesh, index, &rule, &prepared.materials, None);
                assembly.add_tangent::<N, _>(index, &kernel, &rest, &values, &stage)?;
            }, else ());
        }
        for (a, b, k) in &prepared.springs.couplings {
            assembly.add_coupling(*a, *b, k, &values);
        }
        let matrix = assembly.into_matrix(values);
        let dof_to_node = prepared.dofs.dof_to_node();
        let prolongation = vertex_prolongation(self.mesh, &prepared.dofs);
        let motions = rigid_motions(self.mesh, &prepared.dofs);
        let problem = SpdProblem {
            matrix: &matrix,
            dof_to_node: &dof_to_node,
            prolongation: prolongation.as_ref(),
            near_kernel: Some(&motions),
        };
        match solve_spd(&problem, right, options, &control.stage("solve", 0.25, 0.95)) {
            Ok(solution) => Ok((solution.x, solution.report)),
            Err(linalg::LinalgError::Cancelled(cancelled)) => Err(cancelled.into()),
            Err(error) => Err(SolidError::Linalg(error)),
        }
    }

    /// Internal nodal forces of elements and springs at `displacement`.
    pub(crate) fn internal_forces(
        &self,
        prepared: &Prepared,
        assembly: &Assembly<'_>,
        displacement: &[Vector3<f64>],
        temperature: Option<&[f64]>,
        control: &RunControl,
    ) -> Result<Vec<Vector3<f64>>, SolidError> {
        let force = assembly.vector_accumulator();
        for (index, block) in self.mesh.blocks.iter().enumerate() {
            let Some(rule) = stiffness_rule(block.kind, self.integration) else { continue };
            with_node_count!(block.kind, N => {
                let kernel = SmallStrainKernel::<N>::new(self.mesh, index, &rule, &prepared.materials, temperature);
                assembly.add_internal_force::<N, _>(index, &kernel, displacement, &force, control)?;
            }, else ());
        }
        let mut force = force.into_vectors();
        prepared.springs.add_resistance(displacement, &mut force);
        Ok(force)
    }

    /// Reactions, balance and energy from the displacement.
    fn finish(
        &self,
        mut case: CaseSolution,
        external: &[Vector3<f64>],
        prepared: &Prepared,
        assembly: &Assembly<'_>,
        control: &RunControl,
    ) -> Result<CaseSolution, SolidError> {
        let temperature = case.temperature_change.as_deref();
        let inner = self.internal_forces(prepared, assembly, &case.displacement, temperature, control)?;
        let rest: Vec<Vector3<f64>> = inner.iter().zip(external).map(|(i, f)| i - f).collect();
        case.reactions = (0u32..).zip(&rest).map(|(node, r)| prepared.dofs.constrained_part(node, *r)).collect();
        let mut springs = vec![Vector3::zeros(); external.len()];
        prepared.springs.add_resistance(&case.displacement, &mut springs);
        springs.iter_mut().for_each(|f| *f = -*f);
        case.balance = balance(self.mesh, external, &case.reactions, &springs);
        let size = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
        let scale: f64 = inner.iter().chain(external).map(Vector3::norm_squared).sum::<f64>().sqrt();
        let residual = size(&prepared.dofs.restrict(&rest));
        case.balance.residual = if scale > 0.0 { residual / scale } else { 0.0 };
        let states = PointStates::new(
            self,
            &prepared.materials,
            &case.displacement,
            case.temperature_change.as_deref(),
            Sampling::Stiffness,
            control,
        )?;
        case.strain_energy = states.iter().map(|state| state.energy * state.volume).sum();
        Ok(case)
    }
}

const NOTHING: Resultant = Resultant { force: Vector3::new(0.0, 0.0, 0.0), moment: Vector3::new(0.0, 0.0, 0.0) };
const EMPTY: Balance = Balance {
    applied: NOTHING,
    reactions: NOTHING,
    springs: NOTHING,
    force_error: 0.0,
    moment_error: 0.0,
    residual: 0.0,
};

fn balance(
    mesh: &VolumeMesh,
    external: &[Vector3<f64>],
    reactions: &[Vector3<f64>],
    springs: &[Vector3<f64>],
) -> Balance {
    let middle = mesh.bounds().map_or(Point3::origin(), |(low, high)| nalgebra::center(&low, &high));
    let sets = [external, reactions, springs];
    let [applied, reactions, springs] = sets.map(|forces| Resultant::of(mesh, forces));
    let (mut forces, mut moments) = (0.0, 0.0);
    for f in sets.iter().flat_map(|set| mesh.nodes.iter().zip(*set)) {
        forces += f.1.norm();
        moments += (f.0 - middle).norm() * f.1.norm();
    }
    let sum = [applied, reactions, springs].map(|r| r.about(&middle));
    let force = sum.iter().fold(Vector3::zeros(), |s, r| s + r.force).norm();
    let moment = sum.iter().fold(Vector3::zeros(), |s, r| s + r.moment).norm();
    let over = |value: f64, scale: f64| if scale > 0.0 { value / scale } else { 0.0 };
    Balance {
        applied,
        reactions,
        springs,
        force_error: over(force, forces),
        moment_error: over(moment, moments),
        residual: 0.0,
    }
}
