//! What `import` says about an image, and the image in mm and LPS.

use crate::{Image, ImageFile, ImagingError, LabelMap, Modality, ValueDecision};
use mesh_io::{Basis, Finding, Format, Frame, FrameDecision, LengthUnit, Provenance, Severity, UnitDecision};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What `import` reports of an image; serialised, this is its JSON. Lengths are mm in LPS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageReport {
    /// The file as the caller named it.
    pub file: String,
    /// Always "image".
    pub kind: String,
    /// The file's format.
    pub format: Format,
    /// The unit the file's lengths were taken to be in.
    pub unit: LengthUnit,
    /// Where the unit comes from and why.
    pub unit_decision: UnitDecision,
    /// The frame the file's coordinates were taken to be in.
    pub frame: Frame,
    /// Where the frame comes from and why.
    pub frame_decision: FrameDecision,
    /// Voxels along i, j, k.
    pub dimensions: [usize; 3],
    /// Steps along i, j, k.
    pub spacing_mm: [f64; 3],
    /// Centre of the first voxel.
    pub origin_mm: [f64; 3],
    /// Unit vectors of i, j, k.
    pub direction: [[f64; 3]; 3],
    /// The type the values are stored in, for example "i16".
    pub stored_as: String,
    /// Smallest and largest value, after the file's scaling.
    pub range: Option<[f64; 2]>,
    /// How the image was made, where the file says so.
    pub modality: Option<Modality>,
    /// What the values measure and how sure that is.
    pub values: ValueDecision,
    /// Every label of a label map; empty for a scan.
    pub labels: Vec<LabelReport>,
    /// Entries of the file that may identify the patient. They were read past; only their names are here.
    pub withheld: Vec<String>,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Everything worth knowing, the worst first.
    pub findings: Vec<Finding>,
}

/// One label of a label map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelReport {
    /// Its value.
    pub value: u16,
    /// Its name, if the file gives one.
    pub name: Option<String>,
    /// How many voxels have it.
    pub voxels: usize,
    /// Their volume.
    pub volume_mm3: f64,
}

/// An image in mm and LPS with what was found.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedImage {
    /// The image.
    pub image: Image,
    /// The names of its labels.
    pub names: BTreeMap<i64, String>,
    /// What was found.
    pub report: ImageReport,
}

/// Code of the finding that says that the file does not record its voxel size.
pub const SPACING_UNKNOWN: &str = "spacing-unknown";

impl JudgedImage {
    /// Whether the file records the size of its voxels.
    pub fn is_spacing_known(&self) -> bool {
        self.report.findings.iter().all(|finding| finding.code != SPACING_UNKNOWN)
    }

    /// Gives the voxels an assumed size, mm; the report's grid follows, and the finding that the size is unknown stays.
    ///
    /// # Errors
    /// [`ImagingError::Grid`] for sizes that are no lengths.
    pub fn assume_spacing(&mut self, spacing: [f64; 3]) -> Result<(), ImagingError> {
        self.image.grid = self.image.grid.with_spacing(spacing)?;
        self.report.spacing_mm = spacing;
        let volume = self.image.grid.voxel_volume();
        self.report.labels.iter_mut().for_each(|label| label.volume_mm3 = label.voxels as f64 * volume);
        Ok(())
    }
}

/// More different values than this are a scan and not labels.
const MOST_LABELS: usize = 512;

/// Turns an image into mm and LPS and says what was found. `unit` and `frame` are what the user knows; without them the
/// file's statement counts, and without that mm and LPS, which the report then says.
pub fn judge_image(file: ImageFile, unit: Option<LengthUnit>, frame: Option<Frame>) -> JudgedImage {
    let ImageFile { labels: names, provenance, modality, withheld, .. } = &file;
    let (names, provenance) = (names.clone(), provenance.clone());
    let (modality, withheld) = (modality.clone(), withheld.clone());
    let (unit, frame) = (unit_decision(&provenance, unit), frame_decision(&provenance, frame));
    let image = file.in_lps_mm(Some(unit.unit), Some(frame.frame));
    let direction = image.grid.direction();
    let (labels, is_label_map) = label_reports(&image, &names);
    let mut report = ImageReport {
        file: provenance.file.clone(),
        kind: "image".to_owned(),
        format: provenance.format,
        unit: unit.unit,
        unit_decision: unit,
        frame: frame.frame,
        frame_decision: frame,
        dimensions: image.grid.dimensions,
        spacing_mm: image.grid.spacing(),
        origin_mm: image.grid.origin.coords.into(),
        direction: [0, 1, 2].map(|axis| direction.column(axis).into_owned().into()),
        stored_as: format!("{:?}", image.voxels.scalar()).to_lowercase(),
        range: image.range().map(|(low, high)| [low, high]),
        values: ValueDecision::of(modality.as_ref(), image.range(), is_label_map),
        modality,
        labels,
        withheld,
        sha256: provenance.sha256.clone(),
        findings: Vec::new(),
    };
    report.describe(&provenance);
    JudgedImage { image, names, report }
}

fn unit_decision(provenance: &Provenance, given: Option<LengthUnit>) -> UnitDecision {
    let (unit, basis, reason) = match (given, provenance.unit) {
        (Some(unit), _) => (unit, Basis::Given, "given by the user"),
        (None, Some(unit)) => (unit, Basis::Stated, "stated in the file"),
        (None, None) => (LengthUnit::Millimetre, Basis::Guessed, "the file does not say; mm is usual for images"),
    };
    UnitDecision { unit, basis, is_certain: basis != Basis::Guessed, reason: reason.to_owned() }
}

fn frame_decision(provenance: &Provenance, given: Option<Frame>) -> FrameDecision {
    mesh_io::decide_frame(provenance.frame, given)
}

/// Of neighbouring voxels fewer have the same value in a scan of few grey values.
const LEAST_UNIFORMITY: f64 = 0.5;

/// The labels when all values are whole numbers from 0 and few, and whether these are labels and not the grey values of
/// a scan; none for a scan.
fn label_reports(image: &Image, names: &BTreeMap<i64, String>) -> (Vec<LabelReport>, bool) {
    let is_small = image.range().is_some_and(|(low, high)| low >= 0.0 && high < f64::from(LabelMap::OUTSIDE));
    let map = if is_small { LabelMap::from_image(image, names).ok() } else { None };
    let Some(map) = map else { return (Vec::new(), false) };
    let counts = map.counts();
    if counts.len() > MOST_LABELS {
        return (Vec::new(), false);
    }
    let volume = map.grid.voxel_volume();
    let report = |(value, voxels): (u16, usize)| LabelReport {
        value,
        name: map.names.get(&value).cloned(),
        voxels,
        volume_mm3: voxels as f64 * volume,
    };
    let is_label_map = !counts.is_empty() && (!names.is_empty() || map.uniformity() >= LEAST_UNIFORMITY);
    (counts.into_iter().map(report).collect(), is_label_map)
}

impl ImageReport {
    fn describe(&mut self, provenance: &Provenance) {
        let spacing = self.spacing_mm;
        if self.unit_decision.basis == Basis::Guessed {
            let reason = self.unit_decision.reason.clone();
            self.add(
                Severity::Info,
                "unit-guessed",
                &format!("lengths were taken to be mm: {reason}"),
                "state it (--unit)",
            );
            if spacing == [1.0; 3] {
                let message =
                    "the voxels are 1 x 1 x 1 and no unit is stated: the true voxel size is probably not recorded";
                self.add(
                    Severity::Warning,
                    SPACING_UNKNOWN,
                    message,
                    "state the voxel size (--spacing); without it no length is known",
                );
            }
        }
        if self.frame_decision.basis == Basis::Guessed {
            let message = format!("the frame was taken to be {}: {}", self.frame, self.frame_decision.reason);
            self.add(Severity::Info, "frame-assumed", &message, "state the frame (--frame) if this is wrong");
        }
        let (least, most) =
            (spacing.iter().copied().fold(f64::INFINITY, f64::min), spacing.iter().copied().fold(0.0, f64::max));
        if most > 4.0 * least {
            let message =
                format!("the voxels are {:.1} times as long as wide: detail along them is lost", most / least);
            self.add(Severity::Warning, "anisotropic", &message, "use a thinner reconstruction if there is one");
        }
        if self.range.is_some_and(|[low, high]| low == high) {
            self.add(Severity::Warning, "uniform", "all voxels have the same value", "check what was exported");
        }
        if !self.withheld.is_empty() {
            let message = format!("entries that may identify the patient were read past: {}", self.withheld.join(", "));
            self.add(Severity::Info, "withheld", &message, "none needed: they are in no output");
        }
        for note in &provenance.notes {
            self.add(Severity::Info, "note", &format!("while reading: {note}"), "none needed");
        }
        self.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    }

    fn add(&mut self, severity: Severity, code: &str, message: &str, repair: &str) {
        let (code, message, repair) = (code.to_owned(), message.to_owned(), repair.to_owned());
        self.findings.push(Finding { severity, code, count: 1, message, repair });
    }

    /// Whether unit and frame are known from the user or the file, so that nothing was guessed (`--strict`).
    pub fn is_free_of_guesses(&self) -> bool {
        self.unit_decision.basis != Basis::Guessed && self.frame_decision.basis != Basis::Guessed
    }
}
