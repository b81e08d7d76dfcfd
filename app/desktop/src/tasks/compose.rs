use crate::model::{self, CutAt, Display, Fields, MeshContent, OpenMesh, OpenStudy, Results};
use crate::tasks::Problem;
use mesh::{Field, Point3, SurfaceMesh, Vector3};
use scene::{Camera, Colour, ColourMap, ColourScale, Plane, Scene, Surface, Triad, VolumePicture};
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
pub(crate) fn compose(subject: &Subject, display: &Display) -> Result<Option<Picture>, Problem> {
    let scene = match subject {
        Subject::Study(open) => open.surface.as_ref().map(|surface| study_body(open, surface, display)),
        Subject::Mesh(open) => match &open.content {
            MeshContent::Surface(surface) => Some(body(surface, display)),
            MeshContent::Volume(fields) => Some(volume(fields, display)?),
        },
        Subject::Results(results) => match &results.fields {
            Some(fields) => Some(Scene { triad: results.triad, ..volume(fields, display)? }),
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

fn volume(fields: &Fields, display: &Display) -> Result<Scene, Problem> {
    let (mesh, fields) = (&fields.mesh, fields.list.as_slice());
    let choices = model::choices(fields);
    let shown = display.field.and_then(|index| choices.get(index)).map(|(choice, _)| *choice);
    let displacement = model::displacement(fields).filter(|_| display.deformed).map(|index| &fields[index]);
    let mut picture = VolumePicture {
        field: shown.map(|choice| (&fields[choice.field], choice.quantity)),
        displacement: displacement.map(|field| (field, display.deformation)),
        cut: display.cut.and_then(|cut| plane(mesh.bounds()?, cut)),
        edges: display.edges,
        ..VolumePicture::new(mesh)
    };
    picture.scale = display.map.zip(picture.field).map(|(map, (field, quantity))| scale(map, field, quantity));
    let mut scene = picture.scene().map_err(|error| Problem::new("The picture cannot be drawn", &error))?;
    scene.camera = Camera::view(scene::View::AnteriorRight);
    scene.mark_extremes();
    Ok(scene)
}

fn scale(map: ColourMap, field: &Field, quantity: scene::Quantity) -> ColourScale {
    let automatic = ColourScale::automatic(quantity.values(field).unwrap_or_default());
    ColourScale { map, ..automatic }
}

/// The plane of a cut through a box; `None` for an empty box.
pub(crate) fn plane((low, high): (Point3<f64>, Point3<f64>), cut: CutAt) -> Option<Plane> {
    let mut origin = low + 0.5 * (high - low);
    origin[cut.axis] = low[cut.axis] + cut.position * (high[cut.axis] - low[cut.axis]);
    let mut normal = Vector3::zeros();
    normal[cut.axis] = if cut.flipped { -1.0 } else { 1.0 };
    Plane::new(origin, normal).ok()
}
