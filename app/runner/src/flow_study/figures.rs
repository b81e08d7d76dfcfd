//! Figures of a flow: fields on the wall and on a cut, the openings over a cycle.

use super::FlowRunPlan;
use super::course::{Course, Moment};
use super::files::velocity_field;
use crate::RunnerError;
use crate::figures::{Picture, capitalised, failed, render, scene_view, side};
use control::RunControl;
use flow::Flow;
use mesh::{Field, Point3, VolumeMesh};
use scene::plot::{Axis, Series};
use scene::{Camera, Colour, Plane, Plot, Quantity, VolumePicture};
use study::record::Figure;
use study::{FigurePlan, FlowField};

/// Pixels of a plot.
const PLOT: [u32; 2] = [1600, 960];
/// Pascals of a millimetre of mercury.
const MMHG: f64 = 133.322_387_415;

impl FlowRunPlan<'_> {
    /// Draws and writes the figures of the study and, of a pulsating flow, the course of its openings.
    pub(super) fn write_figures(
        &self,
        mesh: &VolumeMesh,
        fields: &[Field],
        course: &Course,
        flow: &Flow<'_>,
        control: &RunControl,
    ) -> Result<Vec<Figure>, RunnerError> {
        let mut pictures = Vec::new();
        for plan in &self.study.document.figures {
            control.check()?;
            pictures.push(self.draw(plan, mesh, fields, flow)?);
        }
        if course.moments.len() > 1 {
            pictures
                .push(openings(course, "flow_rates", "Flow rate", "mL/s", |moment, k| -moment.openings[k][1] / 1e3)?);
            let mmhg = |moment: &Moment, k: usize| moment.openings[k][0] * 1e6 / MMHG;
            pictures.push(openings(course, "pressures", "Pressure", "mmHg", mmhg)?);
        }
        let mut figures = Vec::new();
        for picture in pictures {
            let file = self.folder.write(&format!("figures/{}.png", picture.name), &picture.png)?;
            let Picture { caption, alt_text, .. } = picture;
            figures.push(Figure { file: file.path, caption, alt_text, sha256: file.sha256 });
        }
        Ok(figures)
    }

    fn draw(
        &self,
        plan: &FigurePlan,
        mesh: &VolumeMesh,
        fields: &[Field],
        flow: &Flow<'_>,
    ) -> Result<Picture, RunnerError> {
        let name = plan.name.as_str();
        let Some(shown) = plan.flow else {
            // A checked study has a field of the flow for every figure.
            return Err(failed(name, &"the study names no field"));
        };
        let (class, key) = (shown.class(), key(shown));
        let unit = plan.unit.as_ref().map_or(class.internal_unit(), |unit| unit.as_str());
        let velocity = velocity_field(flow.space(), flow).map_err(|error| self.failed(error))?;
        let source = fields.iter().find(|field| field.name == key).unwrap_or(&velocity);
        let parsed = class.unit(&source.unit).map_err(|error| failed(name, &error))?;
        let convert = |value: f64| class.convert(parsed.to_internal(value), unit).unwrap_or(f64::NAN);
        let values = source.values.chunks_exact(source.components.max(1));
        let values = values.map(|tuple| convert(tuple.iter().map(|v| v * v).sum::<f64>().sqrt().copysign(sign(tuple))));
        let field = Field::on_nodes(shown.label(), unit, 1, values.collect());
        let centre = mesh.bounds().map_or_else(Point3::origin, |(low, high)| nalgebra::center(&low, &high));
        let towards = Camera::view(scene_view(plan.view)).towards_viewer();
        let cut = match shown {
            FlowField::Speed => Some(Plane::new(centre, towards).map_err(|error| failed(name, &error))?),
            _ => None,
        };
        let picture = VolumePicture {
            field: Some((&field, Quantity::Value)),
            cut,
            title: Some(capitalised(shown.label())),
            ..VolumePicture::new(mesh)
        };
        let scene = picture.scene().map_err(|error| failed(name, &error))?;
        let what = if cut.is_some() { "on a cut through the middle" } else { "on the surface" };
        let words = scene::unit_text(unit);
        let alt_text = format!("{} in {words} {what}, seen from {}.", capitalised(shown.label()), side(plan.view));
        Ok(Picture {
            name: name.to_owned(),
            png: render(name, scene, plan.view)?,
            caption: plan.caption.clone(),
            alt_text,
        })
    }
}

/// The sign of a scalar; vectors have a length.
fn sign(tuple: &[f64]) -> f64 {
    if let [value] = tuple { value.signum() } else { 1.0 }
}

/// The name of a field among those of the cycle; that of the velocity is not one of them.
fn key(field: FlowField) -> &'static str {
    match field {
        FlowField::Speed => "velocity",
        FlowField::Pressure => "pressure",
        FlowField::TimeAveragedWallShear => "TAWSS",
        FlowField::OscillatoryShearIndex => "OSI",
        FlowField::RelativeResidenceTime => "RRT",
    }
}

/// A curve of every opening over the last cycle.
fn openings(
    course: &Course,
    name: &str,
    what: &str,
    unit: &str,
    value: impl Fn(&Moment, usize) -> f64,
) -> Result<Picture, RunnerError> {
    let mut plot = Plot { x: Axis::linear("Time in the cycle", "s"), y: Axis::linear(what, unit), ..Plot::default() };
    for (k, (opening, colour)) in course.openings.iter().zip(Colour::CATEGORIES.into_iter().cycle()).enumerate() {
        let points = course.moments.iter().map(|moment| [moment.time, value(moment, k)]).collect();
        plot.series.push(Series::curve(&opening.replace('_', " "), points, colour));
    }
    let png = report::render_plot(&plot, PLOT).map_err(|error| failed(name, &error))?;
    let sense = if unit == "mL/s" { " into the domain" } else { "" };
    let caption = format!("{what}{sense} at the openings over the last cycle");
    let alt_text = format!("{what} in {unit} at {} openings against the time in the cycle.", course.openings.len());
    Ok(Picture { name: name.to_owned(), png, caption, alt_text })
}
