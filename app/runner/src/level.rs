//! One mesh of a study, from meshing to quantities. Its content is what a later run may reuse.

use crate::RunnerError;
use crate::body::Body;
use crate::bone::MappedBone;
use crate::figures::{Painter, Picture};
use crate::folder::ResultsFolder;
use crate::region::Regions;
use crate::statics::Setup;
use crate::values::{Evaluation, LevelValue};
use control::RunControl;
use serde::{Deserialize, Serialize};
use study::Study;
use study::record::{Figure, Finding, MeshRecord, OutputFile, SolveRecord};

/// What one mesh contributes to the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Level {
    pub(crate) mesh: MeshRecord,
    pub(crate) solves: Vec<SolveRecord>,
    /// One value an output, in the order of the study.
    pub(crate) values: Vec<LevelValue>,
    pub(crate) findings: Vec<Finding>,
    /// Only the finest mesh has figures.
    pub(crate) figures: Vec<Figure>,
}

/// Which mesh is to be computed.
pub(crate) struct LevelPlan<'a> {
    pub(crate) study: &'a Study,
    pub(crate) body: &'a Body,
    pub(crate) folder: &'a ResultsFolder,
    pub(crate) label: &'a str,
    /// Element size in mm; `None` lets the mesher choose.
    pub(crate) size: Option<f64>,
    /// Size of the coarsest mesh over this one's.
    pub(crate) coarsest_ratio: f64,
    /// Whether fields and figures are written.
    pub(crate) finest: bool,
    pub(crate) memory_limit: Option<u64>,
}

impl LevelPlan<'_> {
    /// Meshes, solves, evaluates; the finest mesh also writes its fields and figures.
    pub(crate) fn compute(&self, control: &RunControl) -> Result<(Level, Vec<OutputFile>), RunnerError> {
        let plan = &self.study.document.mesh;
        let made = self.body.mesh(plan, self.size, &control.stage("mesh", 0.0, 0.2))?;
        let frames = &self.body.frames;
        let surface = self.body.surface_points();
        let regions = Regions::new(self.study, frames, &surface, &made.mesh, self.label)?;
        control.check()?;
        let bone = self.body.bone.as_ref().map(|bone| bone.onto(&made.mesh, self.label, control)).transpose()?;
        let (bone, bone_findings) = bone.unzip();
        let setup = Setup {
            study: self.study,
            frames,
            bone: bone.as_ref(),
            regions: &regions,
            mesh: &made.mesh,
            label: self.label,
            memory_limit: self.memory_limit,
        };
        let end = if self.finest { 0.8 } else { 0.98 };
        let model = setup.model()?;
        let solved = setup.solve(&model, &control.stage("statics", 0.2, end))?;
        let clear_mm = 2.0 * self.coarsest_ratio * made.size_mm;
        let evaluation = Evaluation { setup: &setup, model: &model, cases: &solved.cases, clear_mm };
        let mut values = Vec::new();
        for output in self.study.document.outputs.iter() {
            control.check()?;
            values.push(evaluation.value(output, control)?);
        }
        let elements = made.mesh.element_count();
        let representative_size_mm = (solved.volume_mm3 / elements as f64).cbrt();
        let mesh = MeshRecord {
            label: self.label.to_owned(),
            size_mm: made.size_mm,
            representative_size_mm,
            grid_size_mm: if made.scales { made.size_mm } else { representative_size_mm },
            element: format!("{:?}", *plan.element).to_lowercase(),
            nodes: made.mesh.nodes.len(),
            elements,
            volume_mm3: solved.volume_mm3,
            volume_error: made.volume_error,
            hausdorff_mm: made.hausdorff_mm,
            quality: made.quality,
        };
        let findings = made.findings.into_iter().chain(bone_findings.into_iter().flatten()).collect();
        let mut level = Level { mesh, solves: solved.records, values, findings, figures: Vec::new() };
        let mut files = Vec::new();
        if self.finest {
            let stage = control.stage("fields and figures", end, 1.0);
            let bone_fields = bone.as_ref().map(MappedBone::fields).unwrap_or_default();
            files = self.write_fields(&made.mesh, &solved.cases, &bone_fields, &stage)?;
            let painter = Painter { setup: &setup, model: &model, cases: &solved.cases, clear_mm };
            level.figures = self.write_figures(&painter, &stage)?;
        }
        Ok((level, files))
    }

    fn write_fields(
        &self,
        mesh: &mesh::VolumeMesh,
        cases: &[crate::statics::CaseFields],
        more: &[mesh::Field],
        control: &RunControl,
    ) -> Result<Vec<OutputFile>, RunnerError> {
        let mut files = Vec::new();
        for (case, fields) in self.study.document.load_cases.iter().zip(cases) {
            control.check()?;
            let name = format!("fields/{}.vtu", *case.name);
            let mut fields = fields.recovery().fields();
            fields.extend_from_slice(more);
            let write = |path: &std::path::Path| Ok(mesh_io::write_vtu(path, mesh, &fields, control)?);
            files.push(self.folder.write_with(&name, write)?);
        }
        Ok(files)
    }

    fn write_figures(&self, painter: &Painter<'_>, control: &RunControl) -> Result<Vec<Figure>, RunnerError> {
        let plans = &self.study.document.figures;
        let mut figures = Vec::new();
        let mut keep = |picture: Picture| -> Result<(), RunnerError> {
            let file = self.folder.write(&format!("figures/{}.png", picture.name), &picture.png)?;
            let Picture { caption, alt_text, .. } = picture;
            figures.push(Figure { file: file.path, caption, alt_text, sha256: file.sha256 });
            Ok(())
        };
        keep(painter.setup()?)?;
        for picture in painter.modulus()? {
            keep(picture)?;
        }
        for (index, plan) in plans.iter().enumerate() {
            control.check()?;
            control.report((index + 1) as f64 / (plans.len() + 1) as f64);
            keep(painter.draw(plan)?)?;
        }
        Ok(figures)
    }
}
