//! `vesalius measure FILE`.

use super::{Answer, surface_of};
use crate::arguments::{FemurSide, Reading};
use crate::console::{number, table};
use crate::failure::Failure;
use control::RunControl;
use mesh::Point3;
use meshing::SurfaceEnd;
use meshing::landmarks::{self, FemurLandmarks, Side};
use serde_json::{Value, json};
use std::path::Path;

pub(crate) fn measure(
    file: &Path,
    femur: Option<FemurSide>,
    reading: &Reading,
    control: &RunControl,
) -> Result<Answer, Failure> {
    let judged = surface_of(file, reading, control)?;
    let report = &judged.report;
    let ends = if report.watertight { meshing::surface_ends(&judged.surface) } else { Vec::new() };
    let side = femur.map(|side| match side {
        FemurSide::Left => Side::Left,
        FemurSide::Right => Side::Right,
    });
    let marks = side
        .map(|side| landmarks::femur(&judged.surface, side))
        .transpose()
        .map_err(|error| Failure::input(error.to_string()).at(file))?;
    let mut json = json!({
        "file": report.file,
        "unit": report.unit.to_string(),
        "frame": report.frame.to_string(),
        "volume_mm3": report.volume_mm3,
        "area_mm2": report.area_mm2,
        "bounds_mm": report.bounds_mm,
        "components": report.components,
        "genus": report.genus,
        "ends": ends.iter().map(end_json).collect::<Vec<Value>>(),
    });
    let mut angle = None;
    if let Some(marks) = &marks {
        let radians = landmarks::neck_shaft_angle(&judged.surface, marks, control)?;
        angle = Some(radians.to_degrees());
        json["femur"] = femur_json(marks);
        json["femur"]["neck_shaft_angle_deg"] = radians.to_degrees().into();
    }
    let mut rows = vec![
        row("what", "value".to_owned()),
        row("volume", report.volume_mm3.map_or("not enclosed".to_owned(), |v| format!("{} mm³", number(v, 6)))),
        row("area", format!("{} mm²", number(report.area_mm2, 6))),
    ];
    rows.extend(ends.iter().map(end_row));
    rows.extend(marks.iter().flat_map(femur_rows));
    rows.extend(angle.map(|degrees| row("neck-shaft angle", format!("{}°", number(degrees, 4)))));
    Ok(Answer::done(json, table(&rows)))
}

fn row(name: &str, value: String) -> Vec<String> {
    vec![name.to_owned(), value]
}

fn end_json(end: &SurfaceEnd) -> Value {
    json!({
        "name": end.name,
        "area_mm2": end.area,
        "centre_mm": end.centre.coords.as_slice(),
        "normal": end.normal.as_slice(),
        "sharp": end.is_sharp,
    })
}

fn place(p: &Point3<f64>) -> String {
    format!("({}) mm", [p.x, p.y, p.z].map(|x| format!("{x:.2}")).join(", "))
}

fn end_row(end: &SurfaceEnd) -> Vec<String> {
    let rim = if end.is_sharp { "sharp rim" } else { "rounded rim" };
    row(&format!("flat end {}", end.name), format!("{} mm² at {}, {rim}", number(end.area, 4), place(&end.centre)))
}

fn femur_json(marks: &FemurLandmarks) -> Value {
    json!({
        "head_centre_mm": marks.head_center.coords.as_slice(),
        "head_radius_mm": marks.head_radius,
        "head_residual_mm": marks.head_residual,
        "neck_centre_mm": marks.neck_center.coords.as_slice(),
        "neck_area_mm2": marks.neck_area,
        "neck_axis": marks.neck_axis.as_slice(),
        "shaft_axis": marks.shaft_axis.as_slice(),
    })
}

fn femur_rows(marks: &FemurLandmarks) -> Vec<Vec<String>> {
    let head = format!("radius {} mm at {}", number(marks.head_radius, 4), place(&marks.head_center));
    let neck = format!("narrowest section {} mm² at {}", number(marks.neck_area, 4), place(&marks.neck_center));
    vec![
        row("femoral head", format!("{head}, surface {} mm off (rms)", number(marks.head_residual, 2))),
        row("femoral neck", neck),
    ]
}
