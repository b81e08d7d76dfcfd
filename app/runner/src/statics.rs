//! Linear statics of a study on one mesh.

use crate::RunnerError;
use crate::bone::MappedBone;
use crate::frames::Frames;
use crate::region::Regions;
use control::RunControl;
use linalg::{MethodUsed, SolverOptions};
use mesh::{Field, Region, Vector3, VolumeMesh};
use solid::{CaseSolution, LinearStatics, Material, Place, Recovery, Scalar, SolidError};
use study::record::SolveRecord;
use study::{Axis, FieldName, LoadCase, Study};

/// One solved load case.
pub(crate) struct CaseFields {
    solution: CaseSolution,
    recovery: Recovery,
}

impl CaseFields {
    /// Displacement and reactions.
    pub(crate) fn solution(&self) -> &CaseSolution {
        &self.solution
    }

    /// Recovered stress and strain.
    pub(crate) fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Nodal displacement in mm.
    pub(crate) fn displacement_field(&self) -> Field {
        let values = self.solution.displacement.iter().flat_map(|v| [v.x, v.y, v.z]);
        Field::on_nodes("displacement", "mm", 3, values.collect())
    }

    /// A scalar at every node in the internal unit.
    pub(crate) fn scalar(&self, name: FieldName) -> Vec<f64> {
        match scalar(name) {
            None => self.solution.displacement.iter().map(Vector3::norm).collect(),
            Some(scalar) => {
                let pairs = self.recovery.stress.iter().zip(&self.recovery.strain);
                pairs.map(|(stress, strain)| scalar.of(stress, strain)).collect()
            }
        }
    }
}

/// The scalar of stress and strain that a name stands for; `None` for displacements.
pub(crate) const fn scalar(name: FieldName) -> Option<Scalar> {
    match name {
        FieldName::DisplacementMagnitude => None,
        FieldName::MaxPrincipalStrain => Some(Scalar::PrincipalStrain(0)),
        FieldName::MinPrincipalStrain => Some(Scalar::PrincipalStrain(2)),
        FieldName::MaxPrincipalStress => Some(Scalar::PrincipalStress(0)),
        FieldName::MinPrincipalStress => Some(Scalar::PrincipalStress(2)),
        FieldName::VonMisesStress => Some(Scalar::VonMises),
    }
}

/// One solved mesh.
pub(crate) struct Solved {
    pub(crate) cases: Vec<CaseFields>,
    pub(crate) records: Vec<SolveRecord>,
    /// Volume of the (curved) elements in mm³, by quadrature.
    pub(crate) volume_mm3: f64,
}

/// Everything that is needed to set up the model of one mesh.
pub(crate) struct Setup<'a> {
    pub(crate) study: &'a Study,
    pub(crate) frames: &'a Frames,
    /// The modulus of bone on this mesh, where it comes from an image.
    pub(crate) bone: Option<&'a MappedBone>,
    pub(crate) regions: &'a Regions<'a>,
    pub(crate) mesh: &'a VolumeMesh,
    pub(crate) label: &'a str,
    pub(crate) memory_limit: Option<u64>,
}

impl Setup<'_> {
    /// Solves every load case of `model` and recovers strains and stresses.
    pub(crate) fn solve(&self, model: &LinearStatics<'_>, control: &RunControl) -> Result<Solved, RunnerError> {
        let options = SolverOptions { memory_limit: self.memory_limit, ..SolverOptions::default() };
        let solution = model.solve(&options, &control.stage("solve", 0.0, 0.8)).map_err(|error| self.failed(error))?;
        let recovery = control.stage("recover stresses", 0.8, 1.0);
        let report = solution.solver.as_ref();
        let method = report.map_or_else(|| "all displacements prescribed".to_owned(), |r| method(r.method).to_owned());
        let mut solved = Solved { cases: Vec::new(), records: Vec::new(), volume_mm3: 0.0 };
        for (index, case) in solution.cases.into_iter().enumerate() {
            let recovered = model.recover(&case, &recovery).map_err(|error| self.failed(error))?;
            solved.volume_mm3 = recovered.states.iter().map(|state| state.volume).sum();
            solved.records.push(SolveRecord {
                mesh: self.label.to_owned(),
                load_case: case.name.clone(),
                method: method.clone(),
                dofs: solution.unknowns,
                iterations: report.and_then(|report| report.iterations.get(index).copied()).unwrap_or(0),
                residual: case.balance.residual,
                energy_mj: case.strain_energy,
                equilibrium_residual: case.balance.force_error.max(case.balance.moment_error),
                relative_energy_error: Some(recovered.relative_error),
            });
            solved.cases.push(CaseFields { solution: case, recovery: recovered });
        }
        Ok(solved)
    }

    /// Mesh, material, supports and load cases.
    pub(crate) fn model(&self) -> Result<LinearStatics<'_>, RunnerError> {
        let mut model = LinearStatics::new(self.mesh);
        model.material(Place::Everywhere, self.material()?);
        for support in self.study.document.supports.iter() {
            let mut components = [None; 3];
            support.fixed.iter().for_each(|axis| components[index(*axis)] = Some(0.0));
            support.displacement.iter().for_each(|(axis, value)| components[index(*axis)] = Some(value.value()));
            model.prescribe(Region::Nodes(self.regions.nodes(&support.region)?), components);
        }
        for case in self.study.document.load_cases.iter() {
            model.load_case(self.load_case(case)?);
        }
        Ok(model)
    }

    fn material(&self) -> Result<Material, RunnerError> {
        let material = &self.study.document.material;
        let value = |name: &str| material.as_ref().and_then(|material| material.value(name)).unwrap_or(f64::NAN);
        let elastic = match self.bone {
            Some(bone) => Material::isotropic_field(bone.modulus.clone(), value("poissons_ratio")),
            None => Material::isotropic(value("youngs_modulus"), value("poissons_ratio")),
        };
        elastic.map_err(|error| self.failed(error.into()))
    }

    fn load_case(&self, case: &LoadCase) -> Result<solid::LoadCase, RunnerError> {
        case.loads.iter().try_fold(solid::LoadCase::new(&case.name), |loads, load| {
            if let Some(pressure) = &load.pressure {
                let faces = Region::Faces(self.regions.some_faces(&load.region)?);
                return Ok(loads.pressure(faces, pressure.value().value()));
            }
            let spread = self.regions.spread(&load.region)?;
            let vector = |components| self.frames.vector(&load.frame, components);
            if let Some(moment) = &load.moment {
                let moment = vector([0, 1, 2].map(|k| moment[k].value()));
                // A pure moment has no point: any gives the same nodal forces.
                return Ok(loads.force_and_moment(spread, Vector3::zeros(), moment, self.mesh.nodes[0]));
            }
            let force = vector(self.study.force(load).unwrap_or_default());
            Ok(match &load.through {
                Some(point) => {
                    loads.force_and_moment(spread, force, Vector3::zeros(), self.frames.point(&load.frame, point))
                }
                None => loads.force(spread, force),
            })
        })
    }

    /// The error with its place.
    pub(crate) fn failed(&self, error: SolidError) -> RunnerError {
        match error {
            SolidError::Cancelled(_) => RunnerError::Cancelled,
            error => RunnerError::Solid { place: format!("{}, {} mesh", self.study.file_name(), self.label), error },
        }
    }
}

const fn index(axis: Axis) -> usize {
    match axis {
        Axis::X => 0,
        Axis::Y => 1,
        Axis::Z => 2,
    }
}

fn method(used: MethodUsed) -> &'static str {
    match used {
        MethodUsed::Direct => "sparse Cholesky factorisation, nested dissection",
        MethodUsed::Iterative => "conjugate gradients with multigrid",
    }
}
