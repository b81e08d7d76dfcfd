//! A study that prepares, meshes and measures an anatomy and solves nothing.

use crate::RunnerError;
use crate::anatomy::{AnatomyError, FillReport, Filled, LabelParts, fill};
use crate::body::{finest_size, layers, mesh_findings, quality};
use crate::folder::ResultsFolder;
use crate::geometry::{Geometry, Shape};
use crate::measured::Table;
use crate::portrait::Portrait;
use control::RunControl;
use mesh::{SurfaceMesh, VolumeMesh};
use meshing::{MeshOptions, MeshReport, PartsMesh, PartsReport};
use serde::{Deserialize, Serialize};
use std::path::Path;
use study::record::{Figure, Finding, MeshRecord, OutputFile, Quantity};
use study::{Study, View};

/// What an anatomy contributes to the record. A later run may reuse it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Prepared {
    pub(crate) mesh: MeshRecord,
    pub(crate) quantities: Vec<Quantity>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) figures: Vec<Figure>,
}

/// Where an anatomy is prepared.
pub(crate) struct Workshop<'a> {
    pub(crate) study: &'a Study,
    pub(crate) folder: &'a ResultsFolder,
    /// Said with every quantity and under every figure.
    pub(crate) remarks: &'a [String],
    /// Where the study names the geometry.
    pub(crate) place: String,
}

impl Workshop<'_> {
    /// Meshes and measures; writes surfaces, mesh and figures.
    pub(crate) fn compute(
        &self,
        geometry: &Geometry,
        control: &RunControl,
    ) -> Result<(Prepared, Vec<OutputFile>), RunnerError> {
        let mut table = Table::new(self.remarks);
        table.geometry(geometry);
        let mut findings = geometry.findings.clone();
        let fill = control.stage("mesh", 0.0, 0.8);
        let (mesh, record) = match &geometry.shape {
            Shape::Surface(surface) => self.solid(surface, &mut table, &mut findings, &fill)?,
            Shape::Parts(parts) => self.parts(parts, &mut table, &mut findings, &fill)?,
        };
        control.check()?;
        let files = self.write(geometry, &mesh, &control.stage("files", 0.8, 0.9))?;
        let figures = self.figures(geometry, &mesh, &control.stage("figures", 0.9, 1.0))?;
        Ok((Prepared { mesh: record, quantities: table.rows, findings, figures }, files))
    }

    fn options(&self) -> MeshOptions {
        let plan = &self.study.document.mesh;
        MeshOptions {
            size: finest_size(&self.study.document.mesh),
            order: plan.element.order(),
            border_refinement: *plan.border_refinement,
            ..MeshOptions::default()
        }
    }

    fn failed(&self, error: impl Into<AnatomyError>) -> RunnerError {
        RunnerError::anatomy(self.place.clone(), error.into())
    }

    fn solid(
        &self,
        surface: &SurfaceMesh,
        table: &mut Table<'_>,
        findings: &mut Vec<Finding>,
        control: &RunControl,
    ) -> Result<(VolumeMesh, MeshRecord), RunnerError> {
        let layers = layers(&self.study.document.mesh, finest_size(&self.study.document.mesh));
        let Filled { mesh, report } =
            fill(surface, &self.options(), layers.as_ref(), control).map_err(|error| self.failed(error))?;
        let core = match &report {
            FillReport::Solid(report) => report,
            FillReport::Layered(report) => {
                table.layers(report);
                &report.core
            }
        };
        findings.extend(mesh_findings(&core.findings, core.size_mm));
        table.mesh(core.volume_mm3);
        let record = self.record(&mesh, Size::of(core));
        Ok((mesh, record))
    }

    fn parts(
        &self,
        parts: &LabelParts,
        table: &mut Table<'_>,
        findings: &mut Vec<Finding>,
        control: &RunControl,
    ) -> Result<(VolumeMesh, MeshRecord), RunnerError> {
        let made = meshing::mesh_parts(&parts.partition, &self.options(), control);
        let PartsMesh { mesh, report } = made.map_err(|error| self.failed(error))?;
        findings.extend(mesh_findings(&report.findings, report.size_mm));
        table.mesh_of_parts(&report, parts);
        let record = self.record(&mesh, Size::of_parts(&report));
        Ok((mesh, record))
    }

    fn record(&self, mesh: &VolumeMesh, size: Size) -> MeshRecord {
        let elements = mesh.element_count();
        let representative_size_mm = (size.volume_mm3 / elements.max(1) as f64).cbrt();
        MeshRecord {
            label: "fine".to_owned(),
            size_mm: size.size_mm,
            representative_size_mm,
            grid_size_mm: size.size_mm,
            element: format!("{:?}", *self.study.document.mesh.element).to_lowercase(),
            nodes: mesh.nodes.len(),
            elements,
            volume_mm3: size.volume_mm3,
            volume_error: size.volume_error,
            hausdorff_mm: Some(size.hausdorff_mm),
            quality: quality(mesh),
        }
    }

    fn write(
        &self,
        geometry: &Geometry,
        mesh: &VolumeMesh,
        control: &RunControl,
    ) -> Result<Vec<OutputFile>, RunnerError> {
        let mut files = Vec::new();
        let mut keep = |name: &str, surface: &SurfaceMesh| -> Result<(), RunnerError> {
            let write = |path: &Path| Ok(mesh_io::write_vtp(path, surface, &[], control)?);
            files.push(self.folder.write_with(&format!("surfaces/{name}.vtp"), write)?);
            Ok(())
        };
        match &geometry.shape {
            Shape::Surface(surface) => keep("anatomy", surface)?,
            Shape::Parts(parts) => {
                for number in parts.partition.parts() {
                    keep(&file_name(&parts.name(number)), &parts.partition.boundary_of(number))?;
                }
            }
        }
        if let Some(sac) = geometry.vessel.as_ref().and_then(|vessel| vessel.sac.as_ref()) {
            keep("neck", &sac.neck)?;
        }
        let write = |path: &Path| Ok(mesh_io::write_vtu(path, mesh, &[], control)?);
        files.push(self.folder.write_with("fields/anatomy.vtu", write)?);
        Ok(files)
    }

    fn figures(
        &self,
        geometry: &Geometry,
        mesh: &VolumeMesh,
        control: &RunControl,
    ) -> Result<Vec<Figure>, RunnerError> {
        let portrait = Portrait { study: self.study, geometry, mesh, remarks: self.remarks };
        let mut pictures = Vec::new();
        let plans = &self.study.document.figures;
        if plans.is_empty() {
            pictures.push(portrait.regions("anatomy", View::default(), "")?);
        }
        for plan in plans {
            control.check()?;
            pictures.push(portrait.regions(&plan.name, plan.view, &plan.caption)?);
        }
        pictures.push(portrait.section(plans.first().map_or_else(View::default, |plan| plan.view))?);
        let mut figures = Vec::new();
        for picture in pictures {
            control.check()?;
            let file = self.folder.write(&format!("figures/{}.png", picture.name), &picture.png)?;
            let (caption, alt_text) = (picture.caption, picture.alt_text);
            figures.push(Figure { file: file.path, caption, alt_text, sha256: file.sha256 });
        }
        Ok(figures)
    }
}

/// What the reports of the mesher have in common.
struct Size {
    size_mm: f64,
    volume_mm3: f64,
    volume_error: f64,
    hausdorff_mm: f64,
}

impl Size {
    fn of(report: &MeshReport) -> Self {
        Self {
            size_mm: report.size_mm,
            volume_mm3: report.volume_mm3,
            volume_error: report.curve.map_or(report.volume_error, |curve| curve.volume_error),
            hausdorff_mm: report.hausdorff_mm,
        }
    }

    fn of_parts(report: &PartsReport) -> Self {
        let sum = |of: &dyn Fn(&meshing::PartReport) -> f64| report.parts.iter().map(of).sum::<f64>();
        let (volume_mm3, input) = (sum(&|part| part.volume_mm3), sum(&|part| part.input_volume_mm3));
        let volume_error = volume_mm3 / input - 1.0;
        Self { size_mm: report.size_mm, volume_mm3, volume_error, hausdorff_mm: report.hausdorff_mm }
    }
}

/// A name of a label as the name of a file.
fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' }).collect()
}
