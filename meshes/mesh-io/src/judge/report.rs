use super::{FrameDecision, UnitDecision};
use crate::{Format, Frame, LengthUnit, Provenance};
use mesh::Point3;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Triangles.
    Surface,
    /// Elements.
    Volume,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// May spoil what follows; look at it.
    Warning,
    /// What follows cannot work with it.
    Error,
}

/// One observation about a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// A short name that does not change, for example "inverted".
    pub code: String,
    /// How many times it occurs; what is counted is in the message.
    pub count: usize,
    /// The observation in a sentence.
    pub message: String,
    /// What was done about it, or what to do.
    pub repair: String,
}

/// How a unit or frame was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// The user said so.
    Given,
    /// The file says so.
    Stated,
    /// Judged from the content, or assumed.
    Guessed,
}

/// Smallest and largest coordinates in mm: `[[x, y, z], [x, y, z]]`.
pub type Bounds = [[f64; 3]; 2];

/// The worst shapes among the solid elements, by their corners (see [`mesh::quality`]). A measure is `None` when no
/// element has it: dihedral angles and the radius ratio are those of tetrahedra.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ElementQuality {
    /// Smallest dihedral angle.
    pub min_dihedral_deg: Option<f64>,
    /// Largest dihedral angle.
    pub max_dihedral_deg: Option<f64>,
    /// Smallest 3 r / R, 1 for the regular tetrahedron.
    pub min_radius_ratio: Option<f64>,
    /// Smallest scaled Jacobian.
    pub min_scaled_jacobian: Option<f64>,
}

/// What `import` reports; serialised, this is its JSON. Lengths are mm in LPS after the conversion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportReport {
    /// The file as the caller named it.
    pub file: String,
    /// Surface or volume.
    pub kind: Kind,
    /// The file's format.
    pub format: Format,
    /// The unit the file's coordinates were taken to be in.
    pub unit: LengthUnit,
    /// Where the unit comes from, how sure it is and why.
    pub unit_decision: UnitDecision,
    /// The frame the file's coordinates were taken to be in.
    pub frame: Frame,
    /// Where the frame comes from and why.
    pub frame_decision: FrameDecision,
    /// Vertices or nodes after equal ones were merged.
    pub nodes: usize,
    /// Triangles; for a volume mesh those of its boundary.
    pub triangles: usize,
    /// Elements by kind; for a surface its triangles as "tri3".
    pub elements: BTreeMap<String, usize>,
    /// Parts connected across edges (surface) or through shared nodes (volume).
    pub components: usize,
    /// Holes; for a volume mesh those of its boundary.
    pub boundary_loops: usize,
    /// Edges with more than two triangles; for a volume mesh those of its boundary.
    pub nonmanifold_edges: usize,
    /// Triangles that cut or overlap another; for a volume mesh those of its boundary.
    pub self_intersections: usize,
    /// Triangles that faced inward and were turned, or elements with a Jacobian that is not positive.
    pub inverted: usize,
    /// Triangles or elements on the same nodes as an earlier one.
    pub duplicates: usize,
    /// Whether the surface (or the boundary) is closed: every edge has two triangles in opposite directions.
    pub watertight: bool,
    /// Handles of all components together; `None` when one is not manifold or not consistently oriented.
    pub genus: Option<u32>,
    /// Enclosed volume; `None` for a surface that is not closed.
    pub volume_mm3: Option<f64>,
    /// Area of the surface or of the boundary.
    pub area_mm2: f64,
    /// The box around everything.
    pub bounds_mm: Bounds,
    /// Shape of the solid elements; `None` for a surface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<ElementQuality>,
    /// SHA-256 of the file; empty for a mesh made in memory.
    pub sha256: String,
    /// Everything worth knowing, the worst first.
    pub findings: Vec<Finding>,
}

impl ImportReport {
    /// A report with what unit, frame and provenance say and nothing measured.
    pub(super) fn begin(kind: Kind, provenance: &Provenance, unit: UnitDecision, frame: FrameDecision) -> Self {
        let mut report = Self {
            file: provenance.file.clone(),
            kind,
            format: provenance.format,
            unit: unit.unit,
            unit_decision: unit,
            frame: frame.frame,
            frame_decision: frame,
            nodes: 0,
            triangles: 0,
            elements: BTreeMap::new(),
            components: 0,
            boundary_loops: 0,
            nonmanifold_edges: 0,
            self_intersections: 0,
            inverted: 0,
            duplicates: 0,
            watertight: false,
            genus: None,
            volume_mm3: None,
            area_mm2: 0.0,
            bounds_mm: [[0.0; 3]; 2],
            quality: None,
            sha256: provenance.sha256.clone(),
            findings: Vec::new(),
        };
        report.describe_unit(provenance.unit);
        report.describe_frame(provenance.frame);
        for note in &provenance.notes {
            report.add(Severity::Info, "note", 1, &format!("while reading: {note}"), "none needed");
        }
        report
    }

    fn describe_unit(&mut self, stated: Option<LengthUnit>) {
        let decision = self.unit_decision.clone();
        let unit = decision.unit;
        let message = format!("the unit was taken to be {unit}: {}", decision.reason);
        let repair = "state the unit (--unit) if this is wrong";
        match (decision.basis, decision.is_certain) {
            (Basis::Guessed, true) => self.add(Severity::Info, "unit-guessed", 1, &message, repair),
            (Basis::Guessed, false) => self.add(Severity::Warning, "unit-ambiguous", 1, &message, repair),
            (Basis::Given, _) if stated.is_some_and(|stated| stated != unit) => {
                let message = format!("the given unit {unit} replaces the one the file states");
                self.add(Severity::Warning, "unit-overridden", 1, &message, "check which one is right");
            }
            _ => {}
        }
    }

    fn describe_frame(&mut self, stated: Option<Frame>) {
        let decision = self.frame_decision.clone();
        let frame = decision.frame;
        match decision.basis {
            Basis::Guessed => {
                let message = format!("the frame was taken to be {frame}: {}", decision.reason);
                self.add(Severity::Info, "frame-assumed", 1, &message, "state the frame (--frame) if this is wrong");
            }
            Basis::Given if stated.is_some_and(|stated| stated != frame) => {
                let message = format!("the given frame {frame} replaces the one the file states");
                self.add(Severity::Warning, "frame-overridden", 1, &message, "check which one is right");
            }
            _ => {}
        }
    }

    /// Adds a finding unless its count is zero.
    pub(super) fn add(&mut self, severity: Severity, code: &str, count: usize, message: &str, repair: &str) {
        if count > 0 {
            let (code, message, repair) = (code.to_owned(), message.to_owned(), repair.to_owned());
            self.findings.push(Finding { severity, code, count, message, repair });
        }
    }

    /// The worst findings first; equal ones keep their order.
    pub(super) fn finish(mut self) -> Self {
        self.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        self
    }

    /// The finding of that code, if there is one.
    pub fn finding(&self, code: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.code == code)
    }

    /// Whether unit and frame are known from the user or the file, so that nothing was guessed (`--strict`).
    pub fn is_free_of_guesses(&self) -> bool {
        self.unit_decision.basis != Basis::Guessed && self.frame_decision.basis != Basis::Guessed
    }
}

/// The box as JSON has it.
pub(super) fn bounds(bounds: Option<(Point3<f64>, Point3<f64>)>) -> Bounds {
    bounds.map_or([[0.0; 3]; 2], |(low, high)| [low.coords.into(), high.coords.into()])
}
