//! `vesalius repair FILE -o OUT`.

use super::{Answer, check_output_file, quantity_of, surface_of};
use crate::arguments::{Repairing, Resurfacing};
use crate::console::{number, table};
use crate::failure::Failure;
use control::RunControl;
use mesh::SurfaceMesh;
use meshing::{RepairOptions, Repaired, Resurface, SurfaceDistance};
use quantity::UnitClass;
use runner::anatomy::Mended;
use serde_json::json;
use std::path::Path;
use std::time::Instant;

pub(crate) fn repair(arguments: &Repairing, control: &RunControl) -> Result<Answer, Failure> {
    let (file, output) = (&arguments.file, &arguments.output);
    check_output_file(output)?;
    let is_vtp = match output.extension().and_then(|extension| extension.to_str()) {
        Some("vtp") => true,
        Some("stl") => false,
        _ => return Err(Failure::input(format!("{}: end the name with .stl or .vtp", output.display()))),
    };
    let length = |text: &Option<String>, option: &str| {
        text.as_ref().map(|text| quantity_of(text, UnitClass::Length, option)).transpose()
    };
    let options = RepairOptions {
        largest_hole: length(&arguments.largest_hole, "--largest-hole")?,
        drop_parts_below: length(&arguments.drop_parts, "--drop-parts")?,
        resurface: match arguments.resurface {
            Resurfacing::Auto => Resurface::Auto,
            Resurfacing::Never => Resurface::Never,
            Resurfacing::Always => Resurface::Always,
        },
        ..RepairOptions::default()
    };
    let edge = length(&arguments.remesh, "--remesh")?;
    let start = Instant::now();
    let judged = surface_of(file, &arguments.reading, &control.stage("import", 0.0, 0.1))?;
    let mended = runner::anatomy::mend(&judged.surface, &options, edge, &control.stage("mend", 0.1, 0.9))
        .map_err(|error| Failure::from(error).at(file))?;
    let Mended { surface, repaired, remeshed } = &mended;
    let mut json = json!({
        "report": crate::to_json(&repaired.report),
        "repairs": crate::to_json(&repaired.repairs),
        "unit": judged.report.unit.to_string(),
        "frame": judged.report.frame.to_string(),
        "file": output.display().to_string(),
    });
    if let Some(report) = remeshed {
        json["remeshed"] = crate::to_json(report);
    }
    write(output, is_vtp, surface, &control.stage("write", 0.9, 1.0))?;
    json["triangles"] = surface.triangles.len().into();
    json["seconds"] = start.elapsed().as_secs_f64().into();
    let moved = remeshed.as_ref().map(|report| report.distance);
    let text = describe(repaired, moved, surface, output);
    Ok(Answer::done(json, text))
}

fn write(output: &Path, is_vtp: bool, surface: &SurfaceMesh, control: &RunControl) -> Result<(), Failure> {
    match is_vtp {
        true => mesh_io::write_vtp(output, surface, &[], control)?,
        false => mesh_io::write_stl_binary(output, surface, control)?,
    }
    Ok(())
}

fn describe(repaired: &Repaired, moved: Option<SurfaceDistance>, surface: &SurfaceMesh, output: &Path) -> String {
    let report = &repaired.report;
    let row = |name: &str, before: usize, after: usize| vec![name.to_owned(), before.to_string(), after.to_string()];
    let (before, after) = (&report.before, &report.after);
    let mut text = table(&[
        vec!["what".to_owned(), "before".to_owned(), "after".to_owned()],
        row("triangles", before.triangles, after.triangles),
        row("parts", before.components, after.components),
        row("holes", before.boundary_loops, after.boundary_loops),
        row("non-manifold edges", before.non_manifold_edges, after.non_manifold_edges),
        row("non-manifold vertices", before.non_manifold_vertices, after.non_manifold_vertices),
        row("duplicate triangles", before.duplicate_triangles, after.duplicate_triangles),
        row("triangles without area", before.degenerate_triangles, after.degenerate_triangles),
        row("pairs of crossing triangles", before.crossing_pairs, after.crossing_pairs),
    ]);
    for change in &repaired.repairs {
        let [x, y, z] = change.place_mm;
        text.push_str(&format!("\n{} at ({x:.2}, {y:.2}, {z:.2}) mm: {}\n", change.what, change.message));
    }
    let distance = &report.distance;
    text.push_str(&format!(
        "\nrepair, from the input: at most {} mm, mean {} mm\n",
        number(distance.max_mm, 3),
        number(distance.mean_mm, 2)
    ));
    if let Some(distance) = moved {
        let (most, mean) = (number(distance.max_mm, 3), number(distance.mean_mm, 2));
        text.push_str(&format!("remeshing, from the repaired surface: at most {most} mm, mean {mean} mm\n"));
    }
    text.push_str(&format!("written: {} ({} triangles)\n", output.display(), surface.triangles.len()));
    text
}
