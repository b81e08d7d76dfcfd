//! Values on a volume mesh, and what is computed of that mesh once for all fields on it.

use crate::model::displacement;
use mesh::{Field, FieldLocation, Point3, Region, VolumeMesh};
use meshing::centreline::Centreline;
use sampling::{Locator, face_triangles};
use std::sync::{Arc, OnceLock};

/// Values on a volume mesh.
#[derive(Debug)]
pub struct Fields {
    /// The mesh.
    pub body: Arc<Body>,
    /// The fields on it.
    pub list: Vec<Field>,
    /// Factor that makes the displacements visible, see [`Fields::new`].
    pub natural_deformation: f64,
}

/// A volume mesh, in mm.
#[derive(Debug)]
pub struct Body {
    /// The mesh.
    pub mesh: Arc<VolumeMesh>,
    /// Its smallest and largest coordinates.
    pub bounds: Option<(Point3<f64>, Point3<f64>)>,
    /// Its flat regions of faces, as are the openings of a lumen.
    pub openings: Vec<String>,
    locator: OnceLock<Locator<Arc<VolumeMesh>>>,
    /// The centrelines from the first opening to every other, or why there are none.
    pub(crate) centrelines: OnceLock<Result<Vec<Centreline>, String>>,
}

impl Fields {
    /// Fields on a mesh. Displacements are drawn visibly when the largest is about a tenth of the body's size; the factor
    /// is 1, 2 or 5 times a power of ten.
    pub fn new(mesh: VolumeMesh, list: Vec<Field>) -> Self {
        Self::on(Arc::new(Body::new(mesh)), list)
    }

    /// Fields on a mesh that is there already.
    pub(crate) fn on(body: Arc<Body>, list: Vec<Field>) -> Self {
        let length = |tuple: &[f64]| tuple.iter().map(|c| c * c).sum::<f64>().sqrt();
        let field = displacement(&list).and_then(|index| list.get(index));
        let largest = field.map_or(0.0, |field| field.values.chunks_exact(3).map(length).fold(0.0, f64::max));
        let size = body.bounds.map_or(0.0, |(low, high)| (high - low).norm());
        let factor = scene::ticks::nice_length(0.1 * size / largest);
        Self { body, list, natural_deformation: factor.map_or(1.0, |(factor, _)| factor) }
    }

    /// The field that streamlines follow, with its number.
    pub fn velocity(&self) -> Option<(usize, &Field)> {
        let is_velocity =
            |field: &Field| field.name == "velocity" && field.components == 3 && field.location == FieldLocation::Node;
        self.list.iter().enumerate().find(|(_, field)| is_velocity(field))
    }

    /// Memory of the values in bytes.
    pub(crate) fn size(&self) -> usize {
        self.list.iter().map(|field| size_of_val(field.values.as_slice())).sum()
    }
}

impl Body {
    fn new(mesh: VolumeMesh) -> Self {
        let mut body = Self {
            bounds: mesh.bounds(),
            mesh: Arc::new(mesh),
            openings: Vec::new(),
            locator: OnceLock::new(),
            centrelines: OnceLock::new(),
        };
        let names = body.mesh.regions.keys();
        body.openings = names.filter(|name| sampling::is_flat(&body.mesh.nodes, &body.faces(name))).cloned().collect();
        body
    }

    /// Triangles of a region of faces; none for others.
    pub(crate) fn faces(&self, region: &str) -> Vec<[u32; 3]> {
        match self.mesh.regions.get(region) {
            Some(Region::Faces(faces)) => face_triangles(&self.mesh, faces),
            _ => Vec::new(),
        }
    }

    /// What finds points in it; made on first use, which takes a while.
    pub(crate) fn locator(&self) -> &Locator<Arc<VolumeMesh>> {
        self.locator.get_or_init(|| Locator::new(Arc::clone(&self.mesh)))
    }
}
