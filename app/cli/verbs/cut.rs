//! `vesalius cut BONE --origin X,Y,Z --normal X,Y,Z -o OUT.vtp`.

use super::{Answer, check_output_file, point_of, quantity_of, surface_of};
use crate::arguments::{Cutting, FemurSide, KeptPiece};
use crate::console::{number, table};
use crate::failure::Failure;
use control::RunControl;
use mesh::{Point3, SurfaceMesh};
use meshing::landmarks::{self, Side};
use meshing::{Osteotomy, OsteotomyReport, PieceReport, SawPlane, osteotomy};
use quantity::UnitClass;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Instant;

pub(crate) fn cut(arguments: &Cutting, control: &RunControl) -> Result<Answer, Failure> {
    let (file, output) = (&arguments.file, &arguments.output);
    check_output_file(output)?;
    let is_vtp = match output.extension().and_then(|extension| extension.to_str()) {
        Some("vtp") => true,
        Some("stl") => false,
        _ => return Err(Failure::input(format!("{}: end the name with .stl or .vtp", output.display()))),
    };
    let start = Instant::now();
    let judged = surface_of(file, &arguments.reading, &control.stage("import", 0.0, 0.2))?;
    let plane = arguments.plane(&judged.surface)?;
    let made = osteotomy(&judged.surface, &plane, &control.stage("cut", 0.2, 0.8))
        .map_err(|error| Failure::from(error).at(file))?;
    let mut written = Vec::new();
    for (path, surface) in kept(arguments.keep, output, &made) {
        let stage = control.stage("write", 0.8, 1.0);
        match is_vtp {
            true => mesh_io::write_vtp(&path, surface, &[], &stage)?,
            false => mesh_io::write_stl_binary(&path, surface, &stage)?,
        }
        written.push(path.display().to_string());
    }
    let mut json = crate::to_json(&made.report);
    json["plane"] = json!({
        "origin_mm": plane.origin.coords.as_slice(),
        "normal": plane.normal.normalize().as_slice(),
        "kerf_mm": plane.kerf,
    });
    json["unit"] = judged.report.unit.to_string().into();
    json["unit_decision"] = crate::to_json(&judged.report.unit_decision);
    json["frame"] = judged.report.frame.to_string().into();
    json["frame_decision"] = crate::to_json(&judged.report.frame_decision);
    json["files"] = json!(written);
    json["seconds"] = start.elapsed().as_secs_f64().into();
    Ok(Answer::done(json, describe(&made.report, &written)))
}

impl Cutting {
    fn plane(&self, surface: &SurfaceMesh) -> Result<SawPlane, Failure> {
        let length = |text: &Option<String>, option: &str| {
            text.as_ref().map(|text| quantity_of(text, UnitClass::Length, option)).transpose()
        };
        let point = |text: &Option<String>, option: &str| {
            text.as_ref().map(|text| point_of(text, option).map(Point3::from)).transpose()
        };
        let kerf = length(&self.kerf, "--kerf")?.unwrap_or(0.0);
        let near = point(&self.near, "--near")?;
        if let (Some(origin), Some(normal)) = (point(&self.origin, "--origin")?, point(&self.normal, "--normal")?) {
            return Ok(SawPlane { origin, normal: normal.coords, kerf, near });
        }
        let (Some(femur), Some(distance)) = (self.femur, length(&self.from_head, "--from-head")?) else {
            return Err(Failure::input("give --origin and --normal, or --femur and --from-head"));
        };
        let side = match femur {
            FemurSide::Left => Side::Left,
            FemurSide::Right => Side::Right,
        };
        let tilt = self.tilt.as_ref().map(|text| quantity_of(text, UnitClass::Angle, "--tilt")).transpose()?;
        let marks =
            landmarks::femur(surface, side).map_err(|error| Failure::input(error.to_string()).at(&self.file))?;
        let (origin, normal) = landmarks::neck_cut(&marks, side, distance, tilt.unwrap_or(0.0));
        Ok(SawPlane { origin, normal, kerf, near: near.or(Some(origin)) })
    }
}

/// The files to write: one piece to the output itself, two beside it.
fn kept<'a>(keep: KeptPiece, output: &Path, made: &'a Osteotomy) -> Vec<(PathBuf, &'a SurfaceMesh)> {
    let beside = |suffix: &str| {
        let [stem, extension] = [output.file_stem(), output.extension()].map(|part| part.unwrap_or_default());
        output.with_file_name(format!("{}_{suffix}.{}", stem.to_string_lossy(), extension.to_string_lossy()))
    };
    match keep {
        KeptPiece::Behind => vec![(output.to_owned(), &made.behind)],
        KeptPiece::Beyond => vec![(output.to_owned(), &made.beyond)],
        KeptPiece::Both => vec![(beside("behind"), &made.behind), (beside("beyond"), &made.beyond)],
    }
}

fn describe(report: &OsteotomyReport, written: &[String]) -> String {
    let head = ["piece", "volume / mm³", "area / mm²", "cut / mm²", "triangles", "parts"].map(str::to_owned).to_vec();
    let row = |(name, piece): (&str, &PieceReport)| {
        let [volume, area, cut] = [piece.volume_mm3, piece.area_mm2, piece.cut_area_mm2].map(|x| number(x, 6));
        vec![name.to_owned(), volume, area, cut, piece.triangles.to_string(), piece.parts.to_string()]
    };
    let pieces = [("behind", &report.behind), ("beyond", &report.beyond)].into_iter().map(row);
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(pieces).collect();
    let taken = number(report.kerf_volume_mm3, 6);
    let files: String = written.iter().map(|file| format!("written: {file}\n")).collect();
    format!(
        "{}\nvolume before {} mm³, taken away by the saw {taken} mm³\n{files}",
        table(&rows),
        number(report.volume_mm3, 6)
    )
}
