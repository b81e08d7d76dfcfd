//! The files of a flow: frames of the last cycle, the cycle as a whole, the course of its openings, checkpoints.

use super::FlowRunPlan;
use super::checkpoint::Checkpoint;
use super::course::{Course, Witness};
use super::values::recoveries;
use crate::RunnerError;
use control::RunControl;
use flow::{Flow, FlowError, FlowSpace, Wall};
use mesh::{Field, Vector3, VolumeMesh};
use std::path::Path;
use std::time::Instant;
use study::Study;
use study::record::OutputFile;

/// Frames from one that is written to the next.
const EVERY: u32 = 2;
/// Pascals of a megapascal.
const PASCAL: f64 = 1e6;

/// Writes frames and checkpoints while a flow runs.
pub(super) struct Keeper<'a> {
    run: &'a FlowRunPlan<'a>,
    mesh: &'a VolumeMesh,
    space: &'a FlowSpace,
    files: std::cell::RefCell<Vec<OutputFile>>,
    /// Times and files of the frames written.
    kept: Instant,
}

impl<'a> Keeper<'a> {
    pub(super) fn new(run: &'a FlowRunPlan<'a>, mesh: &'a VolumeMesh, space: &'a FlowSpace) -> Self {
        Self { run, mesh, space, files: std::cell::RefCell::default(), kept: Instant::now() }
    }

    /// All files written.
    pub(super) fn into_files(self) -> Vec<OutputFile> {
        self.files.into_inner()
    }
}

impl Witness for Keeper<'_> {
    fn resume(&self) -> Option<Checkpoint> {
        let bytes = self.run.stages.load_bytes(&self.run.name())?;
        let (checkpoint, files) = Checkpoint::from_bytes(&bytes)?;
        let sound = files.iter().all(|file| self.run.folder.holds(file));
        sound.then(|| {
            *self.files.borrow_mut() = files;
            checkpoint
        })
    }

    fn frame(&mut self, index: u32, time: f64, flow: &Flow<'_>, control: &RunControl) -> Result<(), RunnerError> {
        if !self.run.finest || !index.is_multiple_of(EVERY) {
            return Ok(());
        }
        let fields = [
            velocity_field(self.space, flow).map_err(|error| self.run.failed(error))?,
            pressure_field(self.space, flow.pressure()).map_err(|error| self.run.failed(error))?,
        ];
        let name = format!("fields/flow_{index:04}.vtu");
        let write = |path: &Path| Ok(mesh_io::write_vtu(path, self.mesh, &fields, control)?);
        let file = self.run.folder.write_with(&name, write)?;
        self.files.borrow_mut().push(file);
        let frames = self.files.borrow().iter().filter_map(|file| frame_of(&file.path)).collect::<Vec<_>>();
        let step = if index > 0 { time / f64::from(index) } else { 0.0 };
        if frames.len() > 1 {
            let steps: Vec<(f64, String)> =
                frames.iter().map(|&k| (f64::from(k) * step, format!("flow_{k:04}.vtu"))).collect();
            let pvd = self.run.folder.write_with("fields/flow.pvd", |path| Ok(mesh_io::write_pvd(path, &steps)?))?;
            let mut files = self.files.borrow_mut();
            files.retain(|file| file.path != pvd.path);
            files.push(pvd);
        }
        Ok(())
    }

    fn keep(&mut self, checkpoint: &dyn Fn() -> Checkpoint) -> Result<(), RunnerError> {
        if self.kept.elapsed() < self.run.checkpoints {
            return Ok(());
        }
        self.run.stages.save_bytes(&self.run.name(), &checkpoint().to_bytes(&self.files.borrow()))?;
        self.kept = Instant::now();
        Ok(())
    }

    fn failed(&self, error: FlowError) -> RunnerError {
        self.run.failed(error)
    }
}

/// The number of a frame's file.
fn frame_of(path: &str) -> Option<u32> {
    path.strip_prefix("fields/flow_")?.strip_suffix(".vtu")?.parse().ok()
}

pub(super) fn velocity_field(space: &FlowSpace, flow: &Flow<'_>) -> Result<Field, FlowError> {
    let values = space.to_mesh(flow.velocity())?;
    Ok(Field::on_nodes("velocity", "mm/s", 3, values.iter().flat_map(|u: &Vector3<f64>| [u.x, u.y, u.z]).collect()))
}

fn pressure_field(space: &FlowSpace, pressure: &[f64]) -> Result<Field, FlowError> {
    let values = space.to_mesh(&space.pressure_at_nodes(pressure)?)?;
    Ok(Field::on_nodes("pressure", "Pa", 1, values.iter().map(|p| p * PASCAL).collect()))
}

/// The fields of the cycle: what the wall felt, the mean pressure. They are zero at nodes that are not of the wall.
pub(super) fn cycle_fields(
    study: &Study,
    space: &FlowSpace,
    wall: &Wall<'_>,
    course: &Course,
) -> Result<Vec<Field>, FlowError> {
    let [metrics, _] = recoveries(study, course);
    let gap = course.metrics.gap(|metrics| &metrics.tawss);
    let scalar = |name: &str, unit: &str, factor: f64, values: &[f64]| {
        let all = wall.to_mesh(values)?;
        Ok::<_, FlowError>(Field::on_nodes(name, unit, 1, all.iter().map(|value: &f64| value * factor).collect()))
    };
    let mean: Vec<Vector3<f64>> = wall.to_mesh(&metrics.mean)?;
    Ok(vec![
        pressure_field(space, &course.mean_pressure)?,
        scalar("TAWSS", "Pa", PASCAL, &metrics.tawss)?,
        scalar("TAWSS gap of both recoveries", "Pa", PASCAL, &gap)?,
        scalar("OSI", "1", 1.0, &metrics.osi)?,
        scalar("RRT", "1/Pa", 1.0 / PASCAL, &metrics.rrt)?,
        scalar("ECAP", "1/Pa", 1.0 / PASCAL, &metrics.ecap)?,
        scalar("peak wall shear stress", "Pa", PASCAL, &metrics.peak)?,
        scalar("temporal wall shear stress gradient", "Pa/s", PASCAL, &metrics.twssg)?,
        Field::on_nodes(
            "mean wall shear stress",
            "Pa",
            3,
            mean.iter().flat_map(|t| [t.x, t.y, t.z]).map(|t| t * PASCAL).collect(),
        ),
    ])
}

impl FlowRunPlan<'_> {
    /// The fields of the cycle and the course of the openings as a table.
    pub(super) fn write_fields(
        &self,
        mesh: &VolumeMesh,
        fields: &[Field],
        course: &Course,
        control: &RunControl,
    ) -> Result<Vec<OutputFile>, RunnerError> {
        let write = |path: &Path| Ok(mesh_io::write_vtu(path, mesh, fields, control)?);
        let cycle = self.folder.write_with("fields/cycle.vtu", write)?;
        let mut text = "time [s]".to_owned();
        for name in &course.openings {
            text.push_str(&format!(",pressure {name} [Pa],flow rate out of {name} [mm^3/s]"));
        }
        text.push_str(",largest speed [mm/s]\n");
        for moment in &course.moments {
            text.push_str(&format!("{:.9e}", moment.time));
            moment.openings.iter().for_each(|[p, q]| text.push_str(&format!(",{:.9e},{q:.9e}", p * PASCAL)));
            text.push_str(&format!(",{:.9e}\n", moment.speed));
        }
        Ok(vec![cycle, self.folder.write("tables/openings.csv", text.as_bytes())?])
    }
}
