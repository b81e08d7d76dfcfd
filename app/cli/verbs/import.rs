//! `vesalius import FILE`.

use super::Answer;
use crate::arguments::Reading;
use crate::console::{number, table};
use crate::failure::Failure;
use control::RunControl;
use imaging::{ImageReport, LabelReport};
use mesh_io::{Finding, ImportReport};
use std::path::Path;

pub(crate) fn import(file: &Path, reading: &Reading, control: &RunControl) -> Result<Answer, Failure> {
    if imaging::is_image(file) {
        return image(file, reading, control);
    }
    let report = match mesh_io::read_mesh(file, &control.stage("read", 0.0, 0.4))? {
        mesh_io::MeshFile::Surface(surface) => {
            let options = mesh_io::JudgeOptions { unit: reading.length_unit(), frame: reading.patient_frame() };
            mesh_io::judge_surface(&surface, &options, &control.stage("judge", 0.4, 1.0))?.report
        }
        mesh_io::MeshFile::Volume(volume) => {
            let options = mesh_io::JudgeOptions { unit: reading.length_unit(), frame: reading.patient_frame() };
            mesh_io::judge_volume(&volume, &options, &control.stage("judge", 0.4, 1.0))?.report
        }
    };
    reading.accept(&report.unit_decision, &report.frame_decision, file)?;
    Ok(Answer::done(crate::to_json(&report), describe(&report)))
}

fn image(file: &Path, reading: &Reading, control: &RunControl) -> Result<Answer, Failure> {
    let read = imaging::read_image(file, control)?;
    let report = imaging::judge_image(read, reading.length_unit(), reading.patient_frame()).report;
    reading.accept(&report.unit_decision, &report.frame_decision, file)?;
    Ok(Answer::done(crate::to_json(&report), describe_image(&report)))
}

/// The report of an image as a page of text.
fn describe_image(report: &ImageReport) -> String {
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let by = |values: [f64; 3]| values.map(|value| number(value, 4)).join(" × ");
    let [ni, nj, nk] = report.dimensions;
    let extent = [0, 1, 2].map(|axis| report.dimensions[axis] as f64 * report.spacing_mm[axis]);
    let range =
        report.range.map_or("none".to_owned(), |[low, high]| format!("{} to {}", number(low, 5), number(high, 5)));
    let mut text = table(&[
        row("what", "value".to_owned()),
        row("file", report.file.clone()),
        row("format", format!("{} (image)", report.format)),
        row("unit", format!("{}: {}", report.unit, report.unit_decision.reason)),
        row("frame", format!("{}: {}", report.frame, report.frame_decision.reason)),
        row("voxels", format!("{ni} × {nj} × {nk}, stored as {}", report.stored_as)),
        row("voxel size", format!("{} mm", by(report.spacing_mm))),
        row("extent", format!("{} mm", by(extent))),
        row("values", format!("{range} {}", report.values.measure.unit()).trim_end().to_owned()),
        row("measured", format!("{}: {}", crate::word(&report.values.measure), report.values.reason)),
    ]);
    if !report.labels.is_empty() {
        let head = vec!["label", "name", "voxels", "volume / cm³"].into_iter().map(str::to_owned).collect();
        let label = |label: &LabelReport| {
            let name = label.name.clone().unwrap_or_default();
            vec![label.value.to_string(), name, label.voxels.to_string(), number(label.volume_mm3 / 1000.0, 5)]
        };
        let rows: Vec<Vec<String>> = std::iter::once(head).chain(report.labels.iter().map(label)).collect();
        text.push_str(&format!("\n{}", table(&rows)));
    }
    text.push_str(&findings(&report.findings));
    text
}

/// The report as a page of text.
pub(crate) fn describe(report: &ImportReport) -> String {
    let [low, high] = report.bounds_mm;
    let extent = [0, 1, 2].map(|i| number(high[i] - low[i], 4)).join(" × ");
    let volume = report.volume_mm3.map_or("not enclosed".to_owned(), |v| format!("{} mm³", number(v, 6)));
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let rows = vec![
        row("what", "value".to_owned()),
        row("file", report.file.clone()),
        row("format", format!("{} ({})", report.format, crate::word(&report.kind))),
        row("unit", format!("{}: {}", report.unit, report.unit_decision.reason)),
        row("frame", format!("{}: {}", report.frame, report.frame_decision.reason)),
        row("nodes, triangles", format!("{}, {}", report.nodes, report.triangles)),
        row("extent", format!("{extent} mm")),
        row("area, volume", format!("{} mm², {volume}", number(report.area_mm2, 6))),
        row("components, boundary loops", format!("{}, {}", report.components, report.boundary_loops)),
        row("non-manifold edges", report.nonmanifold_edges.to_string()),
        row("self-intersecting faces", report.self_intersections.to_string()),
        row("watertight", if report.watertight { "yes" } else { "no" }.to_owned()),
    ];
    format!("{}{}", table(&rows), findings(&report.findings))
}

/// Findings with their remedies, a paragraph each.
pub(crate) fn findings(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        text.push_str(&format!("\n{}: {}\n", crate::word(&finding.severity), finding.message));
        if !finding.repair.is_empty() {
            text.push_str(&format!("  remedy: {}\n", finding.repair));
        }
    }
    text
}
