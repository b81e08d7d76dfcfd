//! `vesalius import FILE`.

use super::Answer;
use crate::arguments::Reading;
use crate::console::{number, table};
use crate::failure::Failure;
use control::RunControl;
use mesh_io::ImportReport;
use std::path::Path;

pub(crate) fn import(file: &Path, reading: &Reading, control: &RunControl) -> Result<Answer, Failure> {
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
    reading.accept(&report, file)?;
    Ok(Answer::done(crate::to_json(&report), describe(&report)))
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
    let mut text = table(&rows);
    for finding in &report.findings {
        text.push_str(&format!("\n{}: {}\n", crate::word(&finding.severity), finding.message));
        if !finding.repair.is_empty() {
            text.push_str(&format!("  remedy: {}\n", finding.repair));
        }
    }
    text
}
