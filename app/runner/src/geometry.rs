//! The geometry of a study's anatomy: the file that it names, and the steps that it asks for.

use crate::RunnerError;
use crate::anatomy::{
    AnatomyError, ImageReading, LabelParts, PartsChoice, PreparedVessel, find_label, mend, prepare_vessel, read_image,
    take_parts, take_surface,
};
use control::RunControl;
use imaging::segment::{Choice, Crop, Recipe};
use imaging::{JudgedImage, SmoothOptions};
use mesh::SurfaceMesh;
use meshing::vessel::{Inlet, LumenOptions, SacOptions};
use meshing::{Repair, RepairOptions, Resurface};
use std::path::Path;
use study::record::{Finding, InputFile, Severity};
use study::{Anatomy, ImageSteps, InletPlan, LabelWord, Length, Located, Resurfacing, Study};

/// The file of an anatomy, read and judged.
pub(crate) struct Source<'a> {
    study: &'a Study,
    anatomy: &'a Anatomy,
    content: Content,
    pub(crate) input: InputFile,
    pub(crate) findings: Vec<Finding>,
    /// Said with every quantity.
    pub(crate) remarks: Vec<String>,
}

enum Content {
    Surface(SurfaceMesh),
    Image(Box<JudgedImage>),
}

/// The geometry after all steps.
pub(crate) struct Geometry {
    pub(crate) shape: Shape,
    /// Volume of the voxels that the surface was laid around, mm³.
    pub(crate) voxel_volume_mm3: Option<f64>,
    /// The vessel that the surface is.
    pub(crate) vessel: Option<PreparedVessel>,
    pub(crate) findings: Vec<Finding>,
}

/// One surface or several parts that share their borders.
pub(crate) enum Shape {
    Surface(SurfaceMesh),
    Parts(LabelParts),
}

impl<'a> Source<'a> {
    /// Reads the file.
    pub(crate) fn read(study: &'a Study, anatomy: &'a Anatomy, control: &RunControl) -> Result<Self, RunnerError> {
        let path = study.resolve(&anatomy.file);
        let mut source = Self {
            study,
            anatomy,
            content: Content::Surface(SurfaceMesh::default()),
            input: InputFile {
                path: anatomy.file.replace('\\', "/"),
                sha256: String::new(),
                bytes: bytes_of(&path),
                licence: anatomy.licence.clone(),
                withheld: Vec::new(),
            },
            findings: Vec::new(),
            remarks: anatomy.remarks.clone(),
        };
        match &anatomy.image {
            Some(image) => source.read_image(&path, image, control)?,
            None if imaging::is_image(&path) => return Err(source.failed(AnatomyError::StepsMissing)),
            None => source.read_surface(&path, control)?,
        }
        control.check()?;
        Ok(source)
    }

    fn read_surface(&mut self, path: &Path, control: &RunControl) -> Result<(), RunnerError> {
        let judged = mesh_io::load_surface(path, self.unit(), self.frame(), control)?;
        self.input.sha256 = judged.report.sha256;
        self.add_import(&judged.report.findings, "import");
        self.content = Content::Surface(judged.surface);
        Ok(())
    }

    fn read_image(&mut self, path: &Path, steps: &ImageSteps, control: &RunControl) -> Result<(), RunnerError> {
        let voxel_size = steps.voxel_size.as_ref().map(|size| size.value().value());
        let reading = ImageReading { unit: self.unit(), frame: self.frame(), voxel_size };
        let mut judged = read_image(path, &reading, control).map_err(|error| self.failed(error))?;
        match &steps.voxel_size {
            None if !judged.is_spacing_known() => return Err(self.failed(AnatomyError::VoxelSizeUnknown)),
            None => {}
            Some(size) => {
                let source = steps.voxel_size_source.as_deref().unwrap_or_default().trim();
                let message = format!(
                    "The voxel size {} is assumed, not recorded in the file: no length, area or volume here is measured. \
                     Source: {source}",
                    size.text()
                );
                self.remarks.push(message.clone());
                self.add(Severity::Warning, "voxel_size_assumed", message, "find the voxel size of the acquisition");
                judged.report.findings.retain(|finding| finding.code != imaging::SPACING_UNKNOWN);
            }
        }
        self.input.sha256.clone_from(&judged.report.sha256);
        self.input.withheld.clone_from(&judged.report.withheld);
        let findings = std::mem::take(&mut judged.report.findings);
        self.add_import(&findings, "image");
        self.content = Content::Image(Box::new(judged));
        Ok(())
    }

    /// Does the steps: image, repair, vessel, sac.
    pub(crate) fn build(self, control: &RunControl) -> Result<Geometry, RunnerError> {
        let (taken, rest) = (control.stage("image", 0.0, 0.4), control.stage("surface", 0.4, 1.0));
        let mut findings = Vec::new();
        let mut voxel_volume_mm3 = None;
        let surface = match &self.content {
            Content::Surface(surface) => surface.clone(),
            Content::Image(judged) => {
                let steps = self.anatomy.image.as_ref().map(Located::value);
                let steps = steps.ok_or_else(|| self.failed(AnatomyError::StepsMissing))?;
                if !steps.parts.is_empty() {
                    let parts = self.parts(judged, steps, &control.stage("parts", 0.0, 1.0))?;
                    findings.extend(self.of_parts(&parts));
                    return Ok(Geometry { shape: Shape::Parts(parts), voxel_volume_mm3, vessel: None, findings });
                }
                let recipe = self.recipe(judged, steps)?;
                let made = take_surface(judged, &recipe, &smoothing(steps), &taken);
                let made = made.map_err(|error| self.failed(error))?;
                voxel_volume_mm3 = Some(made.voxel_volume_mm3);
                self.note(&mut findings, "segmentation", format!("Steps: {}.", made.steps.join("; ")));
                self.tell_border(&mut findings, made.relabelled, made.cut_area_mm2);
                made.surface
            }
        };
        let surface = self.mended(surface, &mut findings, &rest.stage("repair", 0.0, 0.3))?;
        let vessel = self.prepared(&surface, &mut findings, &rest.stage("vessel", 0.3, 1.0))?;
        let surface = vessel.as_ref().map_or(surface, |vessel| vessel.surface().clone());
        Ok(Geometry { shape: Shape::Surface(surface), voxel_volume_mm3, vessel, findings })
    }

    fn recipe(&self, judged: &JudgedImage, steps: &ImageSteps) -> Result<Recipe, RunnerError> {
        let choice = match &steps.threshold {
            Some(range) => Choice::Threshold { low: range.low, high: range.high },
            None => Choice::Labels(
                steps.label.iter().map(|word| self.label(word, judged)).collect::<Result<_, RunnerError>>()?,
            ),
        };
        Ok(Recipe {
            crop: crop(steps),
            choice,
            seeds: steps.seed.iter().map(triple).collect(),
            open: steps.open.as_ref().map(|radius| radius.value().value()),
            close: steps.close.as_ref().map(|radius| radius.value().value()),
            fill_cavities: steps.fill,
            islands: steps.islands.as_ref().map(|volume| volume.value().value()),
            largest: steps.largest,
        })
    }

    fn parts(&self, judged: &JudgedImage, steps: &ImageSteps, control: &RunControl) -> Result<LabelParts, RunnerError> {
        let mut choice = PartsChoice {
            crop: crop(steps),
            islands: steps.islands.as_ref().map(|volume| volume.value().value()),
            smooth: smoothing(steps),
            ..PartsChoice::default()
        };
        for part in &steps.parts {
            let label = self.label(&part.label, judged)?;
            if choice.labels.contains(&label) {
                return Err(self.failed_at(&part.label, AnatomyError::LabelTwice { label }));
            }
            choice.labels.push(label);
            choice.names.extend(part.name.as_ref().map(|name| (label, name.to_string())));
        }
        take_parts(judged, &choice, control).map_err(|error| self.failed(error))
    }

    fn label(&self, word: &Located<LabelWord>, judged: &JudgedImage) -> Result<u16, RunnerError> {
        find_label(&word.0, &judged.names).map_err(|error| self.failed_at(word, error))
    }

    fn mended(
        &self,
        surface: SurfaceMesh,
        findings: &mut Vec<Finding>,
        control: &RunControl,
    ) -> Result<SurfaceMesh, RunnerError> {
        let Some(plan) = &self.anatomy.repair else { return Ok(surface) };
        let length = |length: &Option<Located<Length>>| length.as_ref().map(|length| length.value().value());
        let options = RepairOptions {
            largest_hole: length(&plan.largest_hole),
            drop_parts_below: length(&plan.drop_parts),
            resurface: match plan.resurface {
                Resurfacing::Auto => Resurface::Auto,
                Resurfacing::Never => Resurface::Never,
                Resurfacing::Always => Resurface::Always,
            },
            ..RepairOptions::default()
        };
        let mended = mend(&surface, &options, length(&plan.remesh), control);
        let mended = mended.map_err(|error| self.failed_at(plan, error))?;
        self.tell_changes(findings, "repair", &mended.repaired.repairs);
        if let Some(report) = &mended.remeshed {
            let most = quantity::significant(report.distance.max_mm, 3);
            self.note(findings, "remesh", format!("Remeshing moved the surface by at most {most} mm."));
        }
        Ok(mended.surface)
    }

    fn prepared(
        &self,
        surface: &SurfaceMesh,
        findings: &mut Vec<Finding>,
        control: &RunControl,
    ) -> Result<Option<PreparedVessel>, RunnerError> {
        let Some(plan) = &self.anatomy.vessel else { return Ok(None) };
        let lumen = LumenOptions {
            inlet: match plan.inlet.as_ref().map(Located::value) {
                None => Inlet::Largest,
                Some(InletPlan::Number(number)) => Inlet::Number(*number),
                Some(InletPlan::Near(point)) => Inlet::Nearest(triple(point)),
            },
            extension: plan.extend.as_ref().map_or(0.0, |radii| *radii.value()),
            cut: plan.cut.as_ref().map(|radii| *radii.value()),
            cut_near: plan.cut_at.iter().map(triple).collect(),
            ..LumenOptions::default()
        };
        let sac = self.anatomy.sac.as_ref().map(|plan| SacOptions {
            dome: plan.dome.as_ref().map(triple),
            factor: plan.factor.as_ref().map_or(SacOptions::default().factor, |factor| *factor.value()),
        });
        let prepared = prepare_vessel(surface, &lumen, sac.as_ref(), control);
        let prepared = prepared.map_err(|error| match &self.anatomy.sac {
            Some(plan) if error.is_about_sac() => self.failed_at(plan, error),
            _ => self.failed_at(plan, error),
        })?;
        self.tell_changes(findings, "vessel", &prepared.lumen.changes);
        self.note(findings, "inlet", format!("Inlet: {}.", prepared.lumen.report.inlet_reason));
        if let Some(sac) = &prepared.sac {
            self.tell_changes(findings, "sac", &sac.changes);
        }
        Ok(Some(prepared))
    }
}

/// What is told.
impl Source<'_> {
    fn finding(&self, severity: Severity, code: &str, message: String, remedy: &str) -> Finding {
        Finding { severity, code: code.to_owned(), message, place: self.input.path.clone(), remedy: remedy.to_owned() }
    }

    fn add(&mut self, severity: Severity, code: &str, message: String, remedy: &str) {
        let finding = self.finding(severity, code, message, remedy);
        self.findings.push(finding);
    }

    fn note(&self, findings: &mut Vec<Finding>, code: &str, message: String) {
        findings.push(self.finding(Severity::Note, code, message, ""));
    }

    /// What the reader of the file found.
    fn add_import(&mut self, findings: &[mesh_io::Finding], prefix: &str) {
        self.findings.extend(import_findings(findings, prefix, &self.input.path));
    }

    fn tell_changes(&self, findings: &mut Vec<Finding>, what: &str, changes: &[Repair]) {
        for change in changes {
            let [x, y, z] = change.place_mm;
            let message = format!("At ({x:.2}, {y:.2}, {z:.2}) mm: {}.", change.message);
            self.note(findings, &format!("{what}_{}", change.what.replace('-', "_")), message);
        }
    }

    fn tell_border(&self, findings: &mut Vec<Finding>, relabelled: usize, cut_area_mm2: f64) {
        if cut_area_mm2 > 0.0 {
            let area = quantity::significant(cut_area_mm2, 4);
            let message = format!(
                "{area} mm² lie at the border of what was looked at and are closed flat: the anatomy goes on there."
            );
            findings.push(self.finding(Severity::Warning, "cut_at_border", message, ""));
        }
        if relabelled > 0 {
            let message =
                format!("{relabelled} voxels were given to the other side, so that the surface is a manifold.");
            self.note(findings, "relabelled", message);
        }
    }

    fn of_parts(&self, parts: &LabelParts) -> Vec<Finding> {
        let mut findings = Vec::new();
        for &label in parts.voxels.keys() {
            let specks = || parts.islands.iter().filter(|island| island.label == label);
            let (count, voxels) = (specks().count(), specks().map(|island| island.voxels).sum::<usize>());
            if count > 0 {
                let volume = quantity::significant(voxels as f64 * parts.voxel_mm3, 3);
                let name = parts.name(label);
                let message =
                    format!("{count} specks of {name} ({volume} mm³ together) were given to what is around them.");
                findings.push(self.finding(Severity::Warning, "specks", message, "set islands to keep smaller pieces"));
            }
        }
        self.tell_border(&mut findings, parts.relabelled, 0.0);
        findings
    }

    /// The error at the line of the study that it is about.
    fn failed(&self, error: AnatomyError) -> RunnerError {
        let image = self.anatomy.image.as_ref();
        let offset = image.and_then(|image| match &error {
            AnatomyError::VoxelSizeKnown { .. } => image.voxel_size.as_ref().map(Located::offset),
            AnatomyError::Image(imaging::ImagingError::CropOutside { .. }) => image.crop.as_ref().map(Located::offset),
            AnatomyError::Image(imaging::ImagingError::File(_)) | AnatomyError::VoxelSizeUnknown => None,
            AnatomyError::MissingLabel { .. } => image.parts.first().map(|part| part.label.offset()),
            _ => image.threshold.as_ref().map(Located::offset).or(image.label.first().map(Located::offset)),
        });
        self.failed_at(&Located::new((), offset.unwrap_or(self.anatomy.file.offset())), error)
    }

    fn failed_at<T>(&self, place: &Located<T>, error: AnatomyError) -> RunnerError {
        RunnerError::anatomy(self.study.place(place), error)
    }

    fn unit(&self) -> Option<mesh_io::LengthUnit> {
        self.anatomy.unit.map(length_unit)
    }

    fn frame(&self) -> Option<mesh_io::Frame> {
        self.anatomy.frame.map(file_frame)
    }
}

/// What the reader of the file at `path` found.
pub(crate) fn import_findings(findings: &[mesh_io::Finding], prefix: &str, path: &str) -> Vec<Finding> {
    let finding = |finding: &mesh_io::Finding| Finding {
        severity: match finding.severity {
            mesh_io::Severity::Info => Severity::Note,
            mesh_io::Severity::Warning => Severity::Warning,
            mesh_io::Severity::Error => Severity::Error,
        },
        code: format!("{prefix}_{}", finding.code.replace('-', "_")),
        message: finding.message.clone(),
        place: path.to_owned(),
        remedy: finding.repair.clone(),
    };
    findings.iter().map(finding).collect()
}

pub(crate) fn length_unit(unit: study::LengthUnit) -> mesh_io::LengthUnit {
    match unit {
        study::LengthUnit::Micrometre => mesh_io::LengthUnit::Micrometre,
        study::LengthUnit::Millimetre => mesh_io::LengthUnit::Millimetre,
        study::LengthUnit::Centimetre => mesh_io::LengthUnit::Centimetre,
        study::LengthUnit::Metre => mesh_io::LengthUnit::Metre,
        study::LengthUnit::Inch => mesh_io::LengthUnit::Inch,
    }
}

pub(crate) fn file_frame(frame: study::FileFrame) -> mesh_io::Frame {
    match frame {
        study::FileFrame::Lps => mesh_io::Frame::Lps,
        study::FileFrame::Ras => mesh_io::Frame::Ras,
    }
}

fn triple(point: &[Length; 3]) -> [f64; 3] {
    [0, 1, 2].map(|axis| point[axis].value())
}

fn crop(steps: &ImageSteps) -> Option<Crop> {
    steps.crop.as_ref().map(|crop| Crop { low: triple(&crop.low), high: triple(&crop.high) })
}

fn smoothing(steps: &ImageSteps) -> SmoothOptions {
    steps.smooth.map_or_else(SmoothOptions::default, |iterations| SmoothOptions { iterations })
}

/// Size of a file, or of the files of a folder.
pub(crate) fn bytes_of(path: &Path) -> u64 {
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    match std::fs::read_dir(path) {
        Ok(entries) => entries.filter_map(Result::ok).map(|entry| size(&entry.path())).sum(),
        Err(_) => size(path),
    }
}
