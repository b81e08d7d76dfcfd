//! The body of a study: an imported anatomy or a parametric device, before it is meshed.

use crate::RunnerError;
use crate::anatomy::{AnatomyError, FillReport, Filled, fill};
use crate::bone::BoneMaterial;
use crate::frames::Frames;
use crate::geometry::{self, Source};
use crate::plate::mesh_plate;
use crate::tube::{TUBE_OPENINGS, mesh_lumen_of_tube};
use control::RunControl;
use mesh::{ElementKind, Point3, SurfaceMesh, VolumeMesh};
use meshing::landmarks::{self, Side};
use meshing::{Grading, LayerOptions, MeshOptions, MeshingError};
use study::record::{Finding, InputFile, MeshQuality, Severity};
use study::{Anatomy, Device, ElementChoice, Landmarks, MeshPlan, MeshSize, Plate, Study, TubeShape};

/// A body ready to be meshed.
pub(crate) struct Body {
    shape: Shape,
    pub(crate) frames: Frames,
    /// The image that the modulus comes from.
    pub(crate) bone: Option<BoneMaterial>,
    pub(crate) inputs: Vec<InputFile>,
    pub(crate) findings: Vec<Finding>,
    /// Said with every quantity.
    pub(crate) remarks: Vec<String>,
    /// Regions that are ends of a lumen.
    pub(crate) openings: Vec<String>,
    place: String,
}

enum Shape {
    Surface(SurfaceMesh),
    Plate(Plate),
    /// The lumen of a tube.
    Tube(TubeShape),
}

/// A mesh of the body and what was measured on it.
pub(crate) struct BodyMesh {
    pub(crate) mesh: VolumeMesh,
    pub(crate) size_mm: f64,
    /// Whether meshes of other sizes are this one scaled, so that their sizes tell the refinement.
    pub(crate) scales: bool,
    pub(crate) volume_error: f64,
    pub(crate) hausdorff_mm: Option<f64>,
    pub(crate) quality: MeshQuality,
    pub(crate) findings: Vec<Finding>,
}

impl Body {
    /// Reads and judges what the study names.
    pub(crate) fn import(study: &Study, control: &RunControl) -> Result<Self, RunnerError> {
        let mut body = match (&study.document.anatomy, &study.document.device) {
            (Some(anatomy), _) => Self::from_anatomy(study, anatomy, &control.stage("anatomy", 0.0, 0.7))?,
            (None, Some(Device::Plate(plate))) => {
                Self::of_shape(Shape::Plate(plate.clone()), study.place(&plate.length))
            }
            (None, Some(Device::Tube(tube))) => Self {
                openings: TUBE_OPENINGS.map(str::to_owned).to_vec(),
                ..Self::of_shape(Shape::Tube(tube.clone()), study.place(&tube.radius))
            },
            // A checked study has one of the two.
            (None, None) => {
                let reason = "the study has no geometry; add a table [anatomy] or [device]".to_owned();
                return Err(RunnerError::Output { place: study.file_name(), reason });
            }
        };
        if let Some(bone) = BoneMaterial::read(study, &control.stage("image of the bone", 0.7, 1.0))? {
            // The anatomy may come from the same image.
            if body.inputs.iter().all(|input| input.path != bone.input.path) {
                body.inputs.push(bone.input.clone());
            }
            body.findings.extend(bone.findings.iter().cloned());
            body.remarks.extend(bone.remarks.iter().cloned());
            body.bone = Some(bone);
        }
        Ok(body)
    }

    /// A body without any file.
    fn of_shape(shape: Shape, place: String) -> Self {
        Self {
            shape,
            frames: Frames::default(),
            bone: None,
            inputs: Vec::new(),
            findings: Vec::new(),
            remarks: Vec::new(),
            openings: Vec::new(),
            place,
        }
    }

    fn from_anatomy(study: &Study, anatomy: &Anatomy, control: &RunControl) -> Result<Self, RunnerError> {
        let source = Source::read(study, anatomy, &control.stage("read", 0.0, 0.4))?;
        let (input, mut findings, mut remarks) =
            (source.input.clone(), source.findings.clone(), source.remarks.clone());
        let place = study.place(&anatomy.file);
        let geometry = source.build(&control.stage("steps", 0.4, 1.0))?;
        findings.extend(geometry.findings);
        let ends = geometry.vessel.iter().flat_map(|vessel| &vessel.lumen.report.ends);
        let openings = ends.map(|end| end.name.clone()).collect();
        let geometry::Shape::Surface(surface) = geometry.shape else {
            // A checked study asks for parts only where it has no load cases.
            let reason = "this version computes bodies of one part; take one `label`".to_owned();
            return Err(RunnerError::Output { place, reason });
        };
        let frames = match &anatomy.landmarks {
            None => Frames::default(),
            Some(Landmarks::Femur(femur)) => {
                if let Some(source) = &femur.anteversion_source {
                    remarks.push(format!("Anteversion {}: {source}", femur.anteversion));
                }
                femur_frames(&surface, femur, &place)?
            }
        };
        control.check()?;
        let shape = Shape::Surface(surface);
        Ok(Self { shape, frames, bone: None, inputs: vec![input], findings, remarks, openings, place })
    }

    /// Points of the geometry itself, the same for every mesh.
    pub(crate) fn surface_points(&self) -> Vec<Point3<f64>> {
        match &self.shape {
            Shape::Surface(surface) => surface.points.clone(),
            Shape::Plate(plate) => {
                let [l, b, t] = [&plate.length, &plate.width, &plate.thickness].map(|length| length.value().value());
                let corner = |k: usize| {
                    let side = |bit: usize| if k >> bit & 1 == 1 { 0.5 } else { -0.5 };
                    Point3::new((side(0) + 0.5) * l, side(1) * b, side(2) * t)
                };
                (0..8).map(corner).collect()
            }
            Shape::Tube(tube) => {
                tube.radius.iter().map(|[z, radius]| Point3::new(radius.value(), 0.0, z.value())).collect()
            }
        }
    }

    /// Meshes the body as `plan` asks. `size` in mm; `None` lets the mesher choose.
    pub(crate) fn mesh(
        &self,
        plan: &MeshPlan,
        size: Option<f64>,
        control: &RunControl,
    ) -> Result<BodyMesh, RunnerError> {
        let meshing = |error: MeshingError| match error {
            MeshingError::Cancelled(_) => RunnerError::Cancelled,
            error => RunnerError::Meshing { place: self.place.clone(), error },
        };
        match &self.shape {
            Shape::Surface(surface) => {
                let made = mesh_anatomy(surface, plan, size, control);
                made.map_err(|error| RunnerError::anatomy(self.place.clone(), error))
            }
            Shape::Tube(tube) => {
                let sizes = [size, finest_size(plan)];
                mesh_lumen_of_tube(tube, element_kind(*plan.element), sizes, control).map_err(meshing)
            }
            Shape::Plate(plate) => {
                let size_mm = size.unwrap_or(plate.thickness.value().value());
                let mesh = mesh_plate(plate, element_kind(*plan.element), size_mm).map_err(meshing)?;
                Ok(BodyMesh {
                    quality: quality(&mesh),
                    mesh,
                    size_mm,
                    scales: false,
                    volume_error: 0.0,
                    hausdorff_mm: Some(0.0),
                    findings: Vec::new(),
                })
            }
        }
    }
}

/// The size that the study gives to its finest mesh, in mm; `None` when the mesher chooses.
pub(crate) fn finest_size(plan: &MeshPlan) -> Option<f64> {
    match plan.size.value() {
        MeshSize::Automatic => None,
        MeshSize::Given(length) => Some(length.value()),
    }
}

fn mesh_anatomy(
    surface: &SurfaceMesh,
    plan: &MeshPlan,
    size: Option<f64>,
    control: &RunControl,
) -> Result<BodyMesh, AnatomyError> {
    // A grid study needs meshes that differ in size alone, so the elements are of one size throughout, or are halved in the
    // same proportion on every mesh.
    let options = MeshOptions {
        size,
        order: plan.element.order(),
        grading: Grading::Uniform,
        border_refinement: *plan.border_refinement,
        ..MeshOptions::default()
    };
    let layers = layers(plan, size);
    let Filled { mesh, report } = fill(surface, &options, layers.as_ref(), control)?;
    let report = match report {
        FillReport::Solid(report) => report,
        FillReport::Layered(report) => report.core,
    };
    let findings = mesh_findings(&report.findings, report.size_mm);
    let quality = match layers {
        // That of the whole mesh, layers included.
        Some(_) => quality(&mesh),
        None => MeshQuality {
            min_dihedral_deg: Some(report.min_dihedral_deg),
            max_dihedral_deg: Some(report.max_dihedral_deg),
            min_radius_ratio: Some(report.min_radius_ratio),
            thousandth_radius_ratio: Some(report.thousandth_radius_ratio),
            min_scaled_jacobian: Some(report.min_scaled_jacobian),
        },
    };
    Ok(BodyMesh {
        size_mm: report.size_mm,
        scales: true,
        volume_error: report.curve.map_or(report.volume_error, |curve| curve.volume_error),
        hausdorff_mm: Some(report.hausdorff_mm),
        quality,
        findings,
        mesh,
    })
}

/// The layers of a mesh of a size: all of a study's meshes have as many, of heights in proportion to their sizes.
pub(crate) fn layers(plan: &MeshPlan, size: Option<f64>) -> Option<LayerOptions> {
    let count = *plan.layers.as_ref()?.value() as usize;
    let finest = match plan.size.value() {
        MeshSize::Automatic => None,
        MeshSize::Given(length) => Some(length.value()),
    };
    let factor = size.zip(finest).map_or(1.0, |(size, finest)| size / finest);
    let first_height = plan.first_layer.as_ref().map(|height| height.value().value() * factor);
    Some(LayerOptions { count, first_height, ..LayerOptions::default() })
}

pub(crate) fn quality(mesh: &VolumeMesh) -> MeshQuality {
    let quality = mesh::quality::mesh_quality(mesh);
    let finite = |value: f64| value.is_finite().then_some(value);
    MeshQuality {
        min_dihedral_deg: finite(quality.min_dihedral_deg.minimum),
        max_dihedral_deg: finite(quality.max_dihedral_deg.maximum),
        min_radius_ratio: finite(quality.radius_ratio.minimum),
        thousandth_radius_ratio: thousandth(mesh),
        min_scaled_jacobian: finite(quality.scaled_jacobian.minimum),
    }
}

/// What the mesher found on a mesh of that size.
pub(crate) fn mesh_findings(findings: &[meshing::Finding], size_mm: f64) -> Vec<Finding> {
    let finding = |finding: &meshing::Finding| Finding {
        severity: match finding.severity {
            meshing::Severity::Note => Severity::Note,
            meshing::Severity::Warning => Severity::Warning,
        },
        code: format!("mesh_{}", finding.code),
        message: finding.message.clone(),
        place: format!("mesh of size {} mm", quantity::significant(size_mm, 4)),
        remedy: String::new(),
    };
    findings.iter().map(finding).collect()
}

/// The radius ratio that one tetrahedron in a thousand is below.
fn thousandth(mesh: &VolumeMesh) -> Option<f64> {
    let corners = |nodes: &[u32]| {
        let at = |k: usize| nodes.get(k).and_then(|&node| mesh.nodes.get(node as usize)).copied();
        Some([at(0)?, at(1)?, at(2)?, at(3)?])
    };
    let tetrahedra = mesh.elements().filter(|(kind, _)| kind.linear() == ElementKind::Tet4);
    let mut ratios: Vec<f64> = tetrahedra
        .filter_map(|(_, nodes)| corners(nodes))
        .map(|corners| mesh::quality::radius_ratio(&corners))
        .collect();
    let place = ratios.len() / 1000;
    (!ratios.is_empty()).then(|| *ratios.select_nth_unstable_by(place, f64::total_cmp).1)
}

fn femur_frames(surface: &SurfaceMesh, femur: &study::FemurMarks, place: &str) -> Result<Frames, RunnerError> {
    let side = match femur.side {
        study::Side::Left => Side::Left,
        study::Side::Right => Side::Right,
    };
    let found = landmarks::femur(surface, side);
    let landmarks = found.map_err(|error| RunnerError::Landmarks { place: place.to_owned(), error })?;
    Ok(Frames { femur: Some((landmarks, landmarks.frame(side, femur.anteversion.value()))) })
}

fn element_kind(element: ElementChoice) -> ElementKind {
    match element {
        ElementChoice::Tet4 => ElementKind::Tet4,
        ElementChoice::Tet10 => ElementKind::Tet10,
        ElementChoice::Hex8 => ElementKind::Hex8,
        ElementChoice::Hex20 => ElementKind::Hex20,
    }
}
