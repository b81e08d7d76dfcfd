//! Figures of a flow: fields on the wall and on a cut, the openings over a cycle.

use super::FlowRunPlan;
use super::course::{Course, Moment};
use super::files::velocity_field;
use crate::RunnerError;
use crate::figures::{Picture, capitalised, failed, render, scene_view, side};
use control::RunControl;
use flow::Flow;
use mesh::{Field, Point3, Region, VolumeMesh};
use scene::plot::{Axis, Series};
use scene::{Camera, Colour, Plane, Plot, Quantity, Surface, Triad, VolumePicture};
use study::record::Figure;
use study::{FigurePlan, FlowField};

/// Pixels of a plot.
const PLOT: [u32; 2] = [1600, 960];
/// Streamlines from an inlet, about.
const LINES: usize = 80;
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
            pictures.push(self.draw(plan, mesh, fields, flow, control)?);
        }
        if course.moments.len() > 1 {
            let inlet: Vec<bool> = course.openings.iter().map(|name| self.inflows.is_inlet(name)).collect();
            let along = |moment: &Moment, k: usize| moment.openings[k][1] / if inlet[k] { -1e3 } else { 1e3 };
            pictures.push(openings(course, "flow_rates", "Flow rate", "mL/s", along)?);
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
        control: &RunControl,
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
        let followed = shown == FlowField::Streamlines;
        let picture = VolumePicture {
            field: Some((&field, Quantity::Value)),
            cut,
            glass: followed,
            title: Some(capitalised(shown.label())),
            ..VolumePicture::new(mesh)
        };
        let mut scene = picture.scene().map_err(|error| failed(name, &error))?;
        if followed {
            scene.surfaces.insert(0, self.streamlines(name, mesh, &velocity, &field, control)?);
        }
        if self.study.document.device.is_some() {
            scene.triad = Triad::Cartesian;
        }
        let what = match shown {
            FlowField::Speed => "on a cut through the middle",
            FlowField::Streamlines => "on streamlines from the inlets",
            _ => "on the surface",
        };
        let words = scene::unit_text(unit);
        let alt_text = format!("{} in {words} {what}, seen from {}.", capitalised(shown.label()), side(plan.view));
        Ok(Picture {
            name: name.to_owned(),
            png: render(name, scene, plan.view)?,
            caption: plan.caption.clone(),
            alt_text,
        })
    }

    /// The streamlines from the inlets, coloured by a field.
    fn streamlines(
        &self,
        name: &str,
        mesh: &VolumeMesh,
        velocity: &Field,
        colours: &Field,
        control: &RunControl,
    ) -> Result<Surface, RunnerError> {
        let inlets = self.study.document.flow.iter().flat_map(|flow| flow.inlets.iter());
        let faces = inlets.filter_map(|inlet| match mesh.regions.get(inlet.region.as_str()) {
            Some(Region::Faces(faces)) => Some(sampling::face_triangles(mesh, faces)),
            _ => None,
        });
        let seeds: Vec<_> = faces.flat_map(|faces| sampling::spread(&mesh.nodes, &faces, LINES)).collect();
        let locator = sampling::Locator::new(mesh);
        let lines = scene::streamlines(&locator, velocity, &seeds, (colours, Quantity::Value), control);
        lines.map_err(|error| match control.check() {
            Err(cancelled) => cancelled.into(),
            Ok(()) => failed(name, &error),
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
        FlowField::Speed | FlowField::Streamlines => "velocity",
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
    let sense = if unit == "mL/s" { ", into the domain at inlets and out of it at outlets," } else { "" };
    let caption = format!("{what}{sense} at the openings over the last cycle");
    let alt_text = format!("{what} in {unit} at {} openings against the time in the cycle.", course.openings.len());
    Ok(Picture { name: name.to_owned(), png, caption, alt_text })
}
