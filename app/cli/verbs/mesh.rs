//! `vesalius mesh FILE -o OUT.vtu`.

use super::{Answer, check_output_file, quantity_of, surface_of};
use crate::arguments::Reading;
use crate::console::{number, table};
use crate::failure::Failure;
use control::RunControl;
use meshing::{MeshOptions, MeshReport};
use quantity::UnitClass;
use std::path::Path;
use std::time::Instant;

pub(crate) fn mesh(
    file: &Path,
    output: &Path,
    size: Option<&str>,
    order: u8,
    reading: &Reading,
    control: &RunControl,
) -> Result<Answer, Failure> {
    check_output_file(output)?;
    let size = size.map(|size| quantity_of(size, UnitClass::Length, "--size")).transpose()?;
    let start = Instant::now();
    let stage = control.stage("import", 0.0, 0.2);
    let judged = surface_of(file, reading, &stage)?;
    let options = MeshOptions { size, order, ..MeshOptions::default() };
    let result = meshing::mesh_surface(&judged.surface, &options, &control.stage("mesh", 0.2, 0.9))
        .map_err(|error| Failure::from(error).at(file))?;
    mesh_io::write_vtu(output, &result.mesh, &[], &control.stage("write", 0.9, 1.0))?;
    let mut json = crate::to_json(&result.report);
    json["seconds"] = start.elapsed().as_secs_f64().into();
    json["unit"] = judged.report.unit.to_string().into();
    json["frame"] = judged.report.frame.to_string().into();
    json["file"] = output.display().to_string().into();
    Ok(Answer::done(json, describe(&result.report, output)))
}

fn describe(report: &MeshReport, output: &Path) -> String {
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let mut text = table(&[
        row("what", "value".to_owned()),
        row("element size", format!("{} mm: {}", number(report.size_mm, 3), report.size_reason)),
        row("nodes, tetrahedra", format!("{}, {} (order {})", report.nodes, report.elements, report.order)),
        row(
            "dihedral angles",
            format!("{}° to {}°", number(report.min_dihedral_deg, 3), number(report.max_dihedral_deg, 4)),
        ),
        row("least radius ratio", number(report.min_radius_ratio, 3)),
        row("volume error", format!("{} %", number(100.0 * report.volume_error, 2))),
        row("largest distance to the surface", format!("{} mm", number(report.hausdorff_mm, 2))),
        row("written", output.display().to_string()),
    ]);
    for finding in &report.findings {
        text.push_str(&format!("\n{}: {}\n", crate::word(&finding.severity), finding.message));
    }
    text
}
