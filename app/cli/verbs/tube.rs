//! `vesalius tube --radius R --length L -o OUT.vtu`.

use super::{Answer, check_output_file, quantity_of};
use crate::arguments::{TubeElement, Tubing};
use crate::console::{number, table};
use crate::failure::Failure;
use control::RunControl;
use mesh::{ElementKind, Point3};
use meshing::sweep::{ArcAxis, Axis, Profile, StraightAxis, Tube, TubeOptions, TubeReport, along, mesh_tube};
use quantity::UnitClass;
use serde_json::json;
use std::path::Path;
use std::time::Instant;

pub(crate) fn tube(arguments: &Tubing, control: &RunControl) -> Result<Answer, Failure> {
    let output = &arguments.output;
    check_output_file(output)?;
    let start = Instant::now();
    let options = arguments.options()?;
    let (axis, radius) = arguments.shape()?;
    let wall = arguments.length_of(&arguments.wall, "--wall")?.map(Profile::Constant);
    let tube = Tube { axis: axis.as_ref(), radius, wall };
    let made = mesh_tube(&tube, &options, &control.stage("tube", 0.0, 0.9))?;
    mesh_io::write_vtu(output, &made.mesh, &[], &control.stage("write", 0.9, 1.0))?;
    let mut json = crate::to_json(&made.report);
    json["unit"] = "mm".into();
    json["seconds"] = start.elapsed().as_secs_f64().into();
    json["file"] = json!(output.display().to_string());
    Ok(Answer::done(json, describe(&made.report, output)))
}

/// An axis and the radius along it.
type Shape = (Box<dyn Axis>, Profile);

impl Tubing {
    fn length_of(&self, text: &Option<String>, option: &str) -> Result<Option<f64>, Failure> {
        text.as_ref().map(|text| quantity_of(text, UnitClass::Length, option)).transpose()
    }

    fn options(&self) -> Result<TubeOptions, Failure> {
        let kind = match self.element {
            TubeElement::Hex8 => ElementKind::Hex8,
            TubeElement::Hex20 => ElementKind::Hex20,
            TubeElement::Tet4 => ElementKind::Tet4,
            TubeElement::Tet10 => ElementKind::Tet10,
        };
        Ok(TubeOptions {
            kind,
            around: self.around,
            rings: self.rings,
            first_height: self.length_of(&self.first_height, "--first-height")?,
            wall_rings: self.wall_rings,
            length: self.length_of(&self.element_length, "--element-length")?,
            ..TubeOptions::default()
        })
    }

    fn shape(&self) -> Result<Shape, Failure> {
        let radius = self.length_of(&self.radius, "--radius")?;
        if let Some(file) = &self.profile {
            return of_profile(file);
        }
        if let Some(file) = &self.along {
            let (points, radii) = line(file, self.line)?;
            let (axis, inscribed) = along(&points, &radii).map_err(|error| Failure::from(error).at(file))?;
            return Ok((Box::new(axis), radius.map_or(inscribed, Profile::Constant)));
        }
        let (Some(radius), Some(length)) = (radius, self.length_of(&self.length, "--length")?) else {
            return Err(Failure::input("give --radius and --length, --along or --profile"));
        };
        let axis: Box<dyn Axis> = match self.length_of(&self.bend, "--bend")? {
            Some(bend) if bend > 0.0 => Box::new(ArcAxis { radius: bend, angle: length / bend }),
            Some(_) => return Err(Failure::input("--bend: the radius of the circle must be positive")),
            None => Box::new(StraightAxis { from: Point3::origin(), to: Point3::new(0.0, 0.0, length) }),
        };
        Ok((axis, Profile::Constant(radius)))
    }
}

/// Rows of numbers of a .csv below a line of names.
fn rows(file: &Path, columns: usize, names: &str) -> Result<Vec<Vec<f64>>, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::input(error.to_string()).at(file))?;
    let mut rows = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let row: Option<Vec<f64>> =
            line.split(',').map(|word| word.trim().parse().ok().filter(|x: &f64| x.is_finite())).collect();
        match row.filter(|row| row.len() >= columns) {
            Some(row) => rows.push(row),
            None if rows.is_empty() && number == 1 => {}
            None => return Err(Failure::input(format!("line {number}: write {columns} numbers: {names}")).at(file)),
        }
    }
    Ok(rows)
}

/// The profile of a .csv, its axis through its heights along z.
fn of_profile(file: &Path) -> Result<Shape, Failure> {
    let rows = rows(file, 2, "z_mm,r_mm")?;
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        return Err(Failure::input("no numbers; write a line of \"z_mm,r_mm\" for each corner").at(file));
    };
    let (from, to) = (first[0], last[0]);
    let places = rows.iter().map(|row| [row[0] - from, row[1]]).collect();
    let axis = StraightAxis { from: Point3::new(0.0, 0.0, from), to: Point3::new(0.0, 0.0, to) };
    if to <= from {
        return Err(Failure::input("the heights z must ascend").at(file));
    }
    Ok((Box::new(axis), Profile::Polyline(places)))
}

/// Points and radii of one line of a .csv of centrelines.
fn line(file: &Path, wanted: Option<usize>) -> Result<(Vec<Point3<f64>>, Vec<f64>), Failure> {
    if file.extension().and_then(|extension| extension.to_str()) != Some("csv") {
        return Err(Failure::input("write the lines as .csv with `vesalius centreline FILE -o LINES.csv`").at(file));
    }
    let rows = rows(file, 5, "line,x_mm,y_mm,z_mm,radius_mm")?;
    let count = rows.iter().map(|row| row[0] as usize + 1).max().unwrap_or(0);
    let chosen = match (wanted, count) {
        (Some(line), _) if line < count => line,
        (None, 1) => 0,
        (None, _) => return Err(Failure::input(format!("{count} lines; choose one with --line")).at(file)),
        (Some(line), _) => {
            return Err(Failure::input(format!("--line {line}: there are {count} lines, from 0 on")).at(file));
        }
    };
    let of_line = rows.iter().filter(|row| row[0] == chosen as f64);
    Ok(of_line.map(|row| (Point3::new(row[1], row[2], row[3]), row[4])).unzip())
}

fn describe(report: &TubeReport, output: &Path) -> String {
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let [low, high] = report.radius_mm.map(|r| number(r, 4));
    let mut rows = vec![
        row("what", "value".to_owned()),
        row("elements", format!("{} {}, {} along the tube", report.elements, report.kind, report.steps)),
        row("nodes", report.nodes.to_string()),
        row("length, radius", format!("{} mm, {low} to {high} mm", number(report.length_mm, 5))),
    ];
    for region in &report.regions {
        let (volume, error) = (number(region.volume_mm3, 6), number(100.0 * region.volume_error, 2));
        rows.push(row(&format!("volume of {}", region.name), format!("{volume} mm³, {error} % off the exact one")));
    }
    for (name, area) in &report.areas_mm2 {
        rows.push(row(&format!("area of {name}"), format!("{} mm²", number(*area, 6))));
    }
    let [least, mean] = [report.min_scaled_jacobian, report.mean_scaled_jacobian].map(|x| number(x, 3));
    rows.push(row("scaled Jacobian", format!("{least} at least, {mean} on average")));
    rows.push(row("written", output.display().to_string()));
    table(&rows)
}
