//! The study's figures of one solved mesh.

use crate::RunnerError;
use crate::statics::{CaseFields, Setup, scalar};
use crate::values::REENTRANT_ANGLE;
use control::RunControl;
use mesh::{Field, Point3, Region, Vector3};
use scene::{Arrow, Camera, Colour, Plane, Quantity, Scene, VolumePicture};
use solid::{Exclusion, LinearStatics, Spot};
use study::{FigurePlan, LoadCase, Located, View};

/// Pixels of a figure: 150 dots an inch over the text width of a page.
const SIZE: [u32; 2] = [1600, 1200];
/// Length of the arrow of the largest force, as a fraction of the body's diagonal.
const ARROW: f64 = 0.22;
const SUPPORT_REGION: &str = "held";

/// A picture before it is written.
pub(crate) struct Picture {
    pub(crate) name: String,
    pub(crate) png: Vec<u8>,
    pub(crate) caption: String,
    pub(crate) alt_text: String,
}

/// Draws figures of one solved mesh.
pub(crate) struct Painter<'a> {
    pub(crate) setup: &'a Setup<'a>,
    pub(crate) model: &'a LinearStatics<'a>,
    pub(crate) cases: &'a [CaseFields],
    /// Distance from supports and re-entrant edges within which stresses and strains are not shown, in mm: they are
    /// unbounded there, and the legend would be theirs.
    pub(crate) clear_mm: f64,
}

impl Painter<'_> {
    /// The body with supports and the loads of its first load case.
    pub(crate) fn setup(&self) -> Result<Picture, RunnerError> {
        let name = "setup";
        let mut mesh = self.setup.mesh.clone();
        let supports = &self.setup.study.document.supports;
        let mut held: Vec<_> = supports.iter().flat_map(|support| self.setup.regions.faces(&support.region)).collect();
        held.sort_unstable();
        held.dedup();
        let fixed = if held.is_empty() { Vec::new() } else { vec![SUPPORT_REGION.to_owned()] };
        mesh.regions.insert(SUPPORT_REGION.to_owned(), Region::Faces(held));
        let picture = VolumePicture { fixed, ..VolumePicture::new(&mesh) };
        let mut scene = picture.scene().map_err(|error| failed(name, &error))?;
        let view = self.setup.study.document.figures.first().map_or_else(View::default, |figure| figure.view);
        let case = &self.setup.study.document.load_cases[0];
        scene.arrows = self.arrows(case)?;
        let words = case.loads.iter().map(|load| load.description.clone().unwrap_or_else(|| load.region.to_string()));
        let words: Vec<String> = words.collect();
        let caption = format!("The body with its held zone (hatched) and the loads of load case {}", *case.name);
        let alt_text = format!("The body seen from {}. Loads: {}.", side(view), words.join(", "));
        Ok(Picture { name: name.to_owned(), png: render(name, scene, view)?, caption, alt_text })
    }

    /// A field on the surface, as the study plans it.
    pub(crate) fn draw(&self, plan: &FigurePlan) -> Result<Picture, RunnerError> {
        let name = plan.name.as_str();
        let cases = &self.setup.study.document.load_cases;
        let named = |wanted: &Located<String>| cases.iter().position(|case| case.name == *wanted);
        let fields = &self.cases[plan.load_case.as_ref().and_then(named).unwrap_or(0)];
        let Some(shown) = plan.field else {
            return Err(failed(name, &"the study names no field"));
        };
        let class = shown.class();
        let unit = plan.unit.as_ref().map_or(class.internal_unit(), |unit| unit.as_str());
        let convert = |value: f64| class.convert(value, unit).unwrap_or(f64::NAN);
        let mut values: Vec<f64> = fields.scalar(shown).into_iter().map(convert).collect();
        let hidden = match scalar(shown) {
            Some(_) => self.hide_singular(&mut values)?,
            None => false,
        };
        let field = Field::on_nodes(shown.label(), unit, 1, values);
        let displacement = fields.displacement_field();
        let picture = VolumePicture {
            field: Some((&field, Quantity::Value)),
            displacement: (plan.deformation > 0.0).then_some((&displacement, plan.deformation)),
            title: Some(capitalised(shown.label())),
            ..VolumePicture::new(self.setup.mesh)
        };
        let mut scene = picture.scene().map_err(|error| failed(name, &error))?;
        scene.mark_extremes();
        let extremes: Vec<&str> = scene.markers.iter().map(|marker| marker.label.as_str()).collect();
        let unit_words = scene::unit_text(unit);
        let alt_text = format!(
            "{} in {unit_words} on the surface seen from {}: {}.",
            capitalised(shown.label()),
            side(plan.view),
            extremes.join(", ")
        );
        let png = render(name, scene, plan.view)?;
        let note = if hidden {
            ". No value is shown within reach of a support or re-entrant edge, where it would be unbounded"
        } else {
            ""
        };
        Ok(Picture { name: name.to_owned(), png, caption: format!("{}{note}", plan.caption), alt_text })
    }

    /// The modulus of bone from an image on three sections through the middle of the body's volume; none for other
    /// materials.
    pub(crate) fn modulus(&self) -> Result<Vec<Picture>, RunnerError> {
        let Some(bone) = self.setup.bone else { return Ok(Vec::new()) };
        let sections = [
            ("sagittal", Vector3::x(), View::Left),
            ("coronal", -Vector3::y(), View::Anterior),
            ("axial", Vector3::z(), View::Superior),
        ];
        let values = bone.modulus.pieces.iter().map(|piece| piece.mean).collect();
        let field = Field::on_elements("Young's modulus", "MPa", 1, values);
        let middle = bone.modulus.middle();
        let draw = |(section, towards, view): (&str, Vector3<f64>, View)| {
            let name = format!("modulus_{section}");
            let cut = Plane::new(middle, towards).map_err(|error| failed(&name, &error))?;
            let picture = VolumePicture {
                field: Some((&field, Quantity::Value)),
                cut: Some(cut),
                title: Some("Young's modulus".to_owned()),
                ..VolumePicture::new(self.setup.mesh)
            };
            let scene = picture.scene().map_err(|error| failed(&name, &error))?;
            let png = render(&name, scene, view)?;
            let caption = format!("Young's modulus from the image, {section} section, means of the elements");
            let alt_text = format!("A {section} section of the body seen from {}, coloured by modulus.", side(view));
            Ok(Picture { name, png, caption, alt_text })
        };
        sections.into_iter().map(draw).collect()
    }

    /// Takes the values near supports and re-entrant edges away; whether there were any.
    fn hide_singular(&self, values: &mut [f64]) -> Result<bool, RunnerError> {
        let exclusion = Exclusion { edge_angle: REENTRANT_ANGLE, ..Exclusion::near_singularities(self.clear_mm) };
        let zone = self.model.zone("a figure", |_| true, &exclusion).map_err(|error| self.setup.failed(error))?;
        let mut hidden = false;
        for ((node, &position), value) in (0u32..).zip(&self.setup.mesh.nodes).zip(values) {
            if !zone.contains(&Spot { position, node: Some(node), element: 0, element_nodes: &[] }) {
                *value = f64::NAN;
                hidden = true;
            }
        }
        Ok(hidden)
    }

    fn arrows(&self, case: &LoadCase) -> Result<Vec<Arrow>, RunnerError> {
        let diagonal = self.setup.mesh.bounds().map_or(1.0, |(low, high)| (high - low).norm());
        let mut forces = Vec::new();
        for load in case.loads.iter() {
            if let Some(components) = self.setup.study.force(load) {
                let force = self.setup.frames.vector(&load.frame, components);
                forces.push((load, force, self.centre(&load.region)?));
            }
        }
        let largest = forces.iter().map(|(_, force, _)| force.norm()).fold(0.0, f64::max);
        let arrow = |(load, force, centre): (&study::Load, Vector3<f64>, Point3<f64>)| {
            let name = load.description.clone().unwrap_or_else(|| load.region.to_string());
            let label = format!("{name}, {} N", quantity::significant(force.norm(), 3));
            let shift = force * (ARROW * diagonal / largest);
            // A force that points out of the body is drawn away from it, one that points in towards it.
            let outward = (centre - self.body_centre()).dot(&force) > 0.0;
            let (tail, tip) = if outward { (centre, centre + shift) } else { (centre - shift, centre) };
            Arrow { tail, tip, label, colour: Colour::INK }
        };
        Ok(forces.into_iter().map(arrow).collect())
    }

    fn body_centre(&self) -> Point3<f64> {
        self.setup.mesh.bounds().map_or_else(Point3::origin, |(low, high)| nalgebra::center(&low, &high))
    }

    fn centre(&self, region: &Located<String>) -> Result<Point3<f64>, RunnerError> {
        let spread = self.setup.regions.spread(region)?;
        let motion = self.model.mean_motion(self.cases[0].solution(), &spread, &RunControl::silent());
        Ok(motion.map_err(|error| self.setup.failed(error))?.centre)
    }
}

pub(crate) fn render(name: &str, mut scene: Scene, view: View) -> Result<Vec<u8>, RunnerError> {
    scene.camera = Camera::view(scene_view(view));
    scene.fit(f64::from(SIZE[0]) / f64::from(SIZE[1]));
    report::render_scene(&scene, SIZE).map_err(|error| failed(name, &error))
}

pub(crate) fn failed(figure: &str, error: &dyn std::fmt::Display) -> RunnerError {
    RunnerError::Figure { figure: figure.to_owned(), reason: error.to_string() }
}

pub(crate) fn scene_view(view: View) -> scene::View {
    match view {
        View::Anterior => scene::View::Anterior,
        View::Posterior => scene::View::Posterior,
        View::Left => scene::View::Left,
        View::Right => scene::View::Right,
        View::Superior => scene::View::Superior,
        View::Inferior => scene::View::Inferior,
        View::AnteriorLeft => scene::View::AnteriorLeft,
        View::AnteriorRight => scene::View::AnteriorRight,
        View::PosteriorLeft => scene::View::PosteriorLeft,
        View::PosteriorRight => scene::View::PosteriorRight,
    }
}

pub(crate) fn side(view: View) -> &'static str {
    match view {
        View::Anterior => "the front",
        View::Posterior => "behind",
        View::Left => "the left",
        View::Right => "the right",
        View::Superior => "above",
        View::Inferior => "below",
        View::AnteriorLeft => "the front and left",
        View::AnteriorRight => "the front and right",
        View::PosteriorLeft => "behind and left",
        View::PosteriorRight => "behind and right",
    }
}

pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
