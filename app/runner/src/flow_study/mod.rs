//! A study of a flow: its meshes and time steps, the runs on them, what they left.

mod checkpoint;
mod conditions;
mod course;
mod estimate;
mod figures;
mod files;
mod fluid;
mod values;

pub(crate) use conditions::Inflows;
pub(crate) use estimate::quantities;

use crate::RunnerError;
use crate::body::{Body, BodyMesh};
use crate::folder::ResultsFolder;
use crate::stages::Stages;
use conditions::Openings;
use constitutive::viscosity::Viscosity;
use control::RunControl;
use course::{Course, Schedule};
use files::Keeper;
use flow::{Flow, FlowError, FlowOptions, FlowSpace, Wall};
use mesh::VolumeMesh;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use study::record::{Figure, Finding, FlowRecord, MeshRecord, OutputFile, Severity};
use study::{FlowPlan, Study};
use values::{FlowValue, Readings};

/// Gap of the wall shear stresses from which the reader is warned.
const WIDE_GAP: f64 = 0.2;
/// Change from cycle to cycle from which the reader is warned.
const NOT_PERIODIC: f64 = 0.01;
/// Shear rate below which blood is thicker than by its viscosity at high shear, 1/s.
pub(super) const SLOW: f64 = 50.0;
/// Share of the volume below that from which the reader is warned: a developed flow has as much at its axis.
const MUCH_SLOW: f64 = 0.25;
/// Imbalance of mass from which the reader is warned.
const UNBALANCED: f64 = 1e-3;

/// What one run through time contributes to the record. A later run may reuse it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FlowRun {
    pub(crate) mesh: MeshRecord,
    pub(crate) record: FlowRecord,
    /// One value an output, in the order of the study.
    pub(crate) values: Vec<FlowValue>,
    pub(crate) findings: Vec<Finding>,
    /// Only the finest mesh has figures.
    pub(crate) figures: Vec<Figure>,
}

/// Which run is to be computed.
pub(crate) struct FlowRunPlan<'a> {
    pub(crate) study: &'a Study,
    pub(crate) plan: &'a FlowPlan,
    pub(crate) body: &'a Body,
    pub(crate) inflows: &'a Inflows<'a>,
    pub(crate) folder: &'a ResultsFolder,
    pub(crate) stages: &'a Stages<'a>,
    /// Label of the mesh.
    pub(crate) label: &'a str,
    /// Element size in mm; `None` lets the mesher choose.
    pub(crate) size: Option<f64>,
    /// Factor by which steps are longer.
    pub(crate) step_factor: u32,
    /// Whether fields and figures are written.
    pub(crate) finest: bool,
    /// Time between two checkpoints.
    pub(crate) checkpoints: Duration,
    /// Bytes for the factor of the pressure's matrix; no limit when absent.
    pub(crate) memory_limit: Option<u64>,
}

impl FlowRunPlan<'_> {
    /// The name of the run's stage.
    pub(crate) fn name(&self) -> String {
        if self.step_factor == 1 { self.label.to_owned() } else { format!("{}_steps_doubled", self.label) }
    }

    /// Meshes, runs, evaluates; on the finest mesh also writes fields and figures.
    pub(crate) fn compute(&self, control: &RunControl) -> Result<(FlowRun, Vec<OutputFile>), RunnerError> {
        let plan = &self.study.document.mesh;
        let made = self.body.mesh(plan, self.size, &control.stage("mesh", 0.0, 0.05))?;
        let fluid = fluid::fluid(self.study)?;
        let setup = control.stage("setup", 0.05, 0.1);
        let space = FlowSpace::new(&made.mesh, &setup).map_err(|error| self.failed(error))?;
        let viscosity = fluid.viscosity.least() / fluid.density;
        let openings = self.inflows.conditions(&space, &self.body.openings, viscosity, &setup)?;
        let memory = self.memory_limit.unwrap_or(u64::MAX);
        let options = FlowOptions { speed: openings.peak_speed(), memory, ..FlowOptions::default() };
        let flow = Flow::new(&space, fluid, &openings.conditions, options, &setup);
        let mut flow = flow.map_err(|error| self.failed(error))?;
        let walls: Vec<&str> = openings.walls.iter().map(String::as_str).collect();
        let wall = Wall::new(&space, &walls, &setup).map_err(|error| self.failed(error))?;
        let schedule = Schedule {
            plan: self.plan.time.value(),
            period: self.inflows.period,
            step_factor: self.step_factor,
            passages: self.passages(&openings, &made.mesh),
            openings: &openings,
            wall: &wall,
        };
        let mut keeper = Keeper::new(self, &made.mesh, &space);
        let course = schedule.run(&mut flow, &mut keeper, &control.stage("flow", 0.1, 0.95))?;
        let outlets: Vec<String> =
            course.openings.iter().filter(|name| !self.inflows.is_inlet(name)).cloned().collect();
        let readings =
            Readings { study: self.study, mesh: &made.mesh, wall: &wall, course: &course, outlets: &outlets };
        let values = self.study.document.outputs.iter().map(|output| readings.value(output));
        let values = values.collect::<Result<Vec<FlowValue>, RunnerError>>()?;
        let record = self.record(&space, &course);
        let mut findings = made.findings.clone();
        findings.extend(openings.findings.iter().cloned());
        findings.extend(self.warnings(&record));
        findings.extend(self.slow_shear(fluid.viscosity, course.slow));
        let (mut files, mut figures) = (keeper.into_files(), Vec::new());
        if self.finest {
            let stage = control.stage("fields and figures", 0.95, 1.0);
            let fields = files::cycle_fields(self.study, &space, &wall, &course).map_err(|error| self.failed(error))?;
            files.extend(self.write_fields(&made.mesh, &fields, &course, &stage)?);
            figures = self.write_figures(&made.mesh, &fields, &course, &flow, &stage)?;
        }
        let mesh = self.mesh_record(made);
        Ok((FlowRun { mesh, record, values, findings, figures }, files))
    }

    /// The time that the mean flow needs for the inlet's diameter, and for the whole volume, s.
    fn passages(&self, openings: &Openings, mesh: &VolumeMesh) -> [f64; 2] {
        let volume = mesh::quality::mesh_quality(mesh).tetrahedra_volume;
        let diameter = openings.inlet().map_or(1.0, |report| report.equivalent_diameter / report.mean_speed);
        [diameter, volume / self.inflows.mean()]
    }

    fn mesh_record(&self, made: BodyMesh) -> MeshRecord {
        let volume_mm3 = mesh::quality::mesh_quality(&made.mesh).tetrahedra_volume;
        let elements = made.mesh.element_count();
        let representative_size_mm = (volume_mm3 / elements.max(1) as f64).cbrt();
        MeshRecord {
            label: self.label.to_owned(),
            size_mm: made.size_mm,
            representative_size_mm,
            grid_size_mm: if made.scales { made.size_mm } else { representative_size_mm },
            element: format!("{:?}", *self.study.document.mesh.element).to_lowercase(),
            nodes: made.mesh.nodes.len(),
            elements,
            volume_mm3,
            volume_error: made.volume_error,
            hausdorff_mm: made.hausdorff_mm,
            quality: made.quality,
        }
    }

    fn record(&self, space: &FlowSpace, course: &Course) -> FlowRecord {
        let velocity = if self.study.document.mesh.element.order() == 2 { "quadratic" } else { "linear" };
        let stabilised = if velocity == "linear" { ", orthogonal subscales" } else { "" };
        let march = &course.march;
        FlowRecord {
            mesh: self.label.to_owned(),
            step_factor: self.step_factor,
            method: format!(
                "incremental pressure correction, {velocity} velocity, linear pressure{stabilised}, second order in time"
            ),
            velocities: space.nodes(),
            pressures: space.pressures(),
            cycles: self.inflows.period.map_or(0, |_| *self.plan.time.cycles),
            steps: course.steps[0],
            repeated: course.steps[1],
            step_s: [march.shortest, march.longest],
            courant: march.courant,
            imbalance: march.lack / course.through,
            doubled_step: (march.doubled > 0.0).then_some(march.doubled),
            periodicity: course.periodicity,
            steady_change: course.steady_change,
            wall_shear_gap: course.gap,
        }
    }

    fn warnings(&self, record: &FlowRecord) -> Vec<Finding> {
        let percent = |part: f64| quantity::significant(100.0 * part, 3);
        let mut findings = Vec::new();
        let mut warn = |code: &str, message: String, remedy: &str| {
            findings.push(Finding {
                severity: Severity::Warning,
                code: code.to_owned(),
                message,
                place: format!("{} mesh", self.name().replace('_', " ")),
                remedy: remedy.to_owned(),
            });
        };
        if let Some(change) = record.periodicity.filter(|change| *change > NOT_PERIODIC) {
            let message = format!(
                "Velocity or pressure changes by {} % from the last cycle but one to the last.",
                percent(change)
            );
            warn("flow_not_periodic", message, "ask for more cycles");
        }
        if record.imbalance > UNBALANCED {
            let message =
                format!("Flow rates through sections differ by up to {} % of the inflow.", percent(record.imbalance));
            warn("flow_unbalanced", message, "lower the Courant number");
        }
        if record.wall_shear_gap > WIDE_GAP {
            let message =
                format!("Two recoveries of the wall shear stress differ by {} %.", percent(record.wall_shear_gap));
            warn("wall_shear_uncertain", message, "refine the mesh at the wall, with layers for linear elements");
        }
        findings
    }

    /// Blood thickens where it is hardly sheared; a constant viscosity does not.
    fn slow_shear(&self, viscosity: Viscosity, share: f64) -> Option<Finding> {
        (viscosity.constant().is_some() && share > MUCH_SLOW).then(|| Finding {
            severity: Severity::Warning,
            code: "viscosity_matters".to_owned(),
            message: format!(
                "At the end, in {} % of the volume the shear rate is below {SLOW} 1/s, where blood is thicker than by a constant \
                 viscosity.",
                quantity::significant(100.0 * share, 3)
            ),
            place: self.study.document.material.as_ref().map_or(String::new(), |m| self.study.place(&m.law)),
            remedy: "compare with the law \"carreau_yasuda\" or \"casson\", where the fluid is blood".to_owned(),
        })
    }

    /// The error with its place.
    pub(crate) fn failed(&self, error: FlowError) -> RunnerError {
        RunnerError::flow(format!("{}, {} mesh", self.study.file_name(), self.name().replace('_', " ")), error)
    }
}
