use crate::fields::{Body, Fields};
use crate::model::{self, Across, Choice, CutAt, Display, Kept, MeshContent, OpenMesh, OpenStudy, Results};
use crate::tasks::{Problem, flow};
use control::RunControl;
use mesh::{Field, Point3, SurfaceMesh, Vector3};
use scene::{Camera, Colour, ColourScale, MarkerKind, Plane, Quantity, Scene, Surface, Triad, VolumePicture};
use std::sync::Arc;
use viewport::Picture;

/// What the 3D view is about.
#[derive(Debug, Clone)]
pub(crate) enum Subject {
    /// The body of a study that was not run yet.
    Study(Arc<OpenStudy>),
    /// An imported mesh.
    Mesh(Arc<OpenMesh>),
    /// Results.
    Results(Arc<Results>),
}

impl Subject {
    /// Whether it is triangles without a volume mesh.
    pub(crate) fn is_surface(&self) -> bool {
        match self {
            Self::Study(_) => true,
            Self::Mesh(open) => matches!(open.content, MeshContent::Surface(_)),
            Self::Results(_) => false,
        }
    }

    /// Whether both are the very same thing.
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Study(a), Self::Study(b)) => Arc::ptr_eq(a, b),
            (Self::Mesh(a), Self::Mesh(b)) => Arc::ptr_eq(a, b),
            (Self::Results(a), Self::Results(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

/// Lays out the picture of a subject; `None` when it has no geometry yet.
pub(crate) fn compose(subject: &Subject, display: &Display, control: &RunControl) -> Result<Option<Picture>, Problem> {
    let scene = match subject {
        Subject::Study(open) => open.surface.as_ref().map(|surface| study_body(open, surface, display)),
        Subject::Mesh(open) => match &open.content {
            MeshContent::Surface(surface) => Some(body(surface, display)),
            MeshContent::Volume(fields) => Some(volume(fields, None, display, control)?),
        },
        Subject::Results(results) => match &results.fields {
            Some(fields) => Some(Scene { triad: results.triad, ..volume(fields, Some(results), display, control)? }),
            None => None,
        },
    };
    let picture = scene.map(|scene| Picture::new(Arc::new(scene))).transpose();
    picture.map_err(|error| Problem::new("The picture cannot be drawn", &error))
}

/// The body of a study: bone in the axes of the patient, or a device in its own.
fn study_body(open: &OpenStudy, surface: &SurfaceMesh, display: &Display) -> Scene {
    let mut scene = body(surface, display);
    if open.study.document.device.is_some() {
        scene.triad = Triad::Cartesian;
        scene.surfaces.iter_mut().for_each(|surface| surface.colour = Colour::METAL);
    }
    scene
}

/// A surface as plain bone; its triangles are its elements.
fn body(mesh: &SurfaceMesh, display: &Display) -> Scene {
    let mut surface = Surface::from_mesh("surface", mesh, Colour::BONE);
    if display.edges {
        let sides = |&[a, b, c]: &[u32; 3]| [[a, b], [b, c], [c, a]].map(|[p, q]| [p.min(q), p.max(q)]);
        surface.edges = mesh.triangles.iter().flat_map(sides).collect();
        surface.edges.sort_unstable();
        surface.edges.dedup();
    }
    let mut scene = Scene { surfaces: vec![surface], ..Scene::default() };
    scene.camera = Camera::view(scene::View::AnteriorRight);
    scene
}

/// A volume mesh; of a flow with the moment and the colours of its cycle.
fn volume(
    fields: &Fields,
    results: Option<&Results>,
    display: &Display,
    control: &RunControl,
) -> Result<Scene, Problem> {
    let list = fields.list.as_slice();
    let choices = model::choices(list);
    let shown = display.field.and_then(|index| choices.get(index));
    let displacement = model::displacement(list).filter(|_| display.deformed).and_then(|index| list.get(index));
    let cut = display.cut.map(|cut| plane_in(&fields.body, cut, control)).transpose()?.flatten();
    let scalar = |choice: &Choice| list.get(choice.field).map(|field| (field, choice.quantity));
    let flowing = display.streamlines.is_some() && fields.velocity().is_some();
    let picture = VolumePicture {
        field: shown.and_then(|(choice, _)| scalar(choice)),
        displacement: displacement.map(|field| (field, display.deformation)),
        cut,
        glass: display.is_sliced() || (flowing && cut.is_none()),
        edges: display.edges,
        scale: shown.and_then(|(choice, title)| scale(results, display, title, scalar(choice)?)),
        ..VolumePicture::new(&fields.body.mesh)
    };
    let mut scene = picture.scene().map_err(|error| Problem::new("The picture cannot be drawn", &error))?;
    if let Some(streamlines) = &display.streamlines {
        flow::add_streamlines(&mut scene, fields, results, display, streamlines, control)?;
    }
    scene.camera = Camera::view(scene::View::AnteriorRight);
    scene.mark_extremes();
    if flowing || shown.is_some_and(|(choice, _)| fields.velocity().is_some_and(|(number, _)| number == choice.field)) {
        // That a fluid stands still on the wall, and is slow beside it, need not be said.
        scene.markers.retain(|marker| marker.kind != MarkerKind::Minimum);
    }
    scene.notes.extend(results.and_then(|results| moment_note(results, display)));
    Ok(scene)
}

/// What is said of a moment of a flow.
fn moment_note(results: &Results, display: &Display) -> Option<String> {
    let (time, _) = results.moments.get(results.moment()?)?;
    let whose = if display.colours_per_moment { "this moment" } else { "the whole cycle" };
    Some(format!("Time in the cycle {time:.3} s, colours of {whose}"))
}

/// The colours of a scalar: of the whole cycle of a flow, unless they are to be those of the moment; `None` leaves them to
/// the values shown.
pub(crate) fn scale(
    results: Option<&Results>,
    display: &Display,
    title: &str,
    (field, quantity): (&Field, Quantity),
) -> Option<ColourScale> {
    let results = results.filter(|results| results.moment().is_some() && !display.colours_per_moment);
    let cycle = results.and_then(|results| results.cycle.as_ref()?.range(title)).map(ColourScale::automatic);
    match display.map {
        None => cycle,
        Some(map) => {
            let own = || ColourScale::automatic(quantity.values(field).unwrap_or_default());
            Some(ColourScale { map, ..cycle.unwrap_or_else(own) })
        }
    }
}

/// The plane of a cut through a body; `None` for an empty one.
fn plane_in(body: &Body, cut: CutAt, control: &RunControl) -> Result<Option<Plane>, Problem> {
    match cut.across {
        Across::Axis(_) => Ok(body.bounds.and_then(|bounds| plane(bounds, cut))),
        Across::Vessel(number) => flow::across_vessel(body, number, cut, control).map(Some),
    }
}

/// The plane of a cut across an axis of a box; `None` for an empty box and for a cut along a vessel.
pub(crate) fn plane((low, high): (Point3<f64>, Point3<f64>), cut: CutAt) -> Option<Plane> {
    let Across::Axis(axis @ 0..3) = cut.across else { return None };
    let mut origin = low + 0.5 * (high - low);
    origin[axis] = low[axis] + cut.position * (high[axis] - low[axis]);
    let mut normal = Vector3::zeros();
    normal[axis] = if cut.kept == Kept::Low { 1.0 } else { -1.0 };
    Plane::new(origin, normal).ok()
}
