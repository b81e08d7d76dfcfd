//! `vesalius centreline FILE -o OUT`.

use super::{Answer, check_output_file, point_of, surface_of};
use crate::arguments::Reading;
use crate::console::{number, table};
use crate::failure::Failure;
use control::RunControl;
use mesh::{Point3, SurfaceMesh};
use meshing::SurfaceEnd;
use meshing::centreline::{Centreline, centrelines, line_mesh};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

pub(crate) fn centreline(
    file: &Path,
    output: &Path,
    from: Option<&str>,
    to: &[String],
    reading: &Reading,
    control: &RunControl,
) -> Result<Answer, Failure> {
    check_output_file(output)?;
    let is_table = match output.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => true,
        Some("vtu") => false,
        _ => return Err(Failure::input(format!("{}: end the name with .vtu or .csv", output.display()))),
    };
    let start = Instant::now();
    let judged = surface_of(file, reading, &control.stage("import", 0.0, 0.2))?;
    if !judged.report.watertight {
        let loops = judged.report.boundary_loops;
        let what = format!("open surface ({loops} boundary loops): close it first with `vesalius repair`");
        return Err(Failure::input(what).at(file));
    }
    let (source, targets) = ends(&judged.surface, from, to).map_err(|failure| failure.at(file))?;
    let lines = centrelines(&judged.surface, &source, &targets, &control.stage("centreline", 0.2, 0.9))
        .map_err(|error| Failure::from(error).at(file))?;
    match is_table {
        true => mesh_io::write_atomically(output, |file| file.write_all(csv(&lines).as_bytes()))?,
        false => {
            let (mesh, radius) = line_mesh(&lines);
            mesh_io::write_vtu(output, &mesh, &[radius], &control.stage("write", 0.9, 1.0))?;
        }
    }
    let json = json!({
        "source_mm": source.coords.as_slice(),
        "lines": lines.iter().map(line_json).collect::<Vec<Value>>(),
        "unit": judged.report.unit.to_string(),
        "frame": judged.report.frame.to_string(),
        "file": output.display().to_string(),
        "seconds": start.elapsed().as_secs_f64(),
    });
    Ok(Answer::done(json, describe(&lines, output)))
}

/// Source and targets: as given, and the flat ends where nothing is given.
fn ends(surface: &SurfaceMesh, from: Option<&str>, to: &[String]) -> Result<(Point3<f64>, Vec<Point3<f64>>), Failure> {
    let given = from.map(|text| point_of(text, "--from")).transpose()?.map(Point3::from);
    let targets =
        to.iter().map(|text| Ok(point_of(text, "--to")?.into())).collect::<Result<Vec<Point3<f64>>, Failure>>()?;
    let flat: Vec<SurfaceEnd> = match given.is_some() && !targets.is_empty() {
        true => Vec::new(),
        false => meshing::surface_ends(surface),
    };
    let lacking = || {
        let found = flat.len();
        Failure::input(format!(
            "{found} flat ends were found, which leaves no way to follow; give --from and --to (mm, LPS)"
        ))
    };
    let source = given.or(flat.first().map(|end| end.centre)).ok_or_else(lacking)?;
    let targets = match targets.is_empty() {
        // All ends but the one that the source lies on.
        true => {
            let radius = |end: &SurfaceEnd| (end.area / std::f64::consts::PI).sqrt();
            flat.iter().filter(|end| (end.centre - source).norm() > radius(end)).map(|end| end.centre).collect()
        }
        false => targets,
    };
    if targets.is_empty() { Err(lacking()) } else { Ok((source, targets)) }
}

fn line_json(line: &Centreline) -> Value {
    let (low, high) = radii(line);
    json!({
        "to_mm": line.points.last().map(|p| p.coords.as_slice().to_vec()),
        "length_mm": line.length(),
        "points": line.points.len(),
        "shared_points": line.shared,
        "parent": line.parent.map(|(parent, _)| parent),
        "min_radius_mm": low,
        "max_radius_mm": high,
    })
}

/// Least and largest radius over the middle of the line: at its ends spheres shrink towards the end's plane.
fn radii(line: &Centreline) -> (f64, f64) {
    let tenth = line.radii.len() / 10;
    let middle = line.radii.get(tenth..line.radii.len() - tenth).unwrap_or(&line.radii);
    middle.iter().fold((f64::INFINITY, 0.0), |(low, high), &r| (low.min(r), high.max(r)))
}

fn csv(lines: &[Centreline]) -> String {
    let mut text = "line,x_mm,y_mm,z_mm,radius_mm,shared\n".to_owned();
    for (number, line) in lines.iter().enumerate() {
        for (k, (p, radius)) in line.points.iter().zip(&line.radii).enumerate() {
            let shared = u8::from(k < line.shared);
            text.push_str(&format!("{number},{},{},{},{radius},{shared}\n", p.x, p.y, p.z));
        }
    }
    text
}

fn describe(lines: &[Centreline], output: &Path) -> String {
    let head = ["line", "leaves line", "length / mm", "radius / mm (middle)", "points"].map(str::to_owned).to_vec();
    let row = |(k, line): (usize, &Centreline)| {
        let (low, high) = radii(line);
        let parent = line.parent.map_or(String::new(), |(parent, _)| parent.to_string());
        let radius = format!("{} to {}", number(low, 3), number(high, 3));
        vec![k.to_string(), parent, number(line.length(), 4), radius, line.points.len().to_string()]
    };
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(lines.iter().enumerate().map(row)).collect();
    format!("{}\nwritten: {}\n", table(&rows), output.display())
}
