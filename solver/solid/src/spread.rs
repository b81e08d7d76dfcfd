//! Where a resultant is spread and a motion averaged.

use crate::surface::{LOAD_DEGREE, for_each_face_point};
use crate::{Place, SolidError};
use control::RunControl;
use fem::quadrature::MAX_DEGREE;
use mesh::{Point3, Region, VolumeMesh};
use std::fmt;
use std::sync::Arc;

type Weight = Arc<dyn Fn(&Point3<f64>) -> f64 + Send + Sync>;

/// Faces or nodes with a weight. A weight that is a smooth function of position and vanishes at the region's edge makes
/// what is spread or averaged independent of where the element borders lie.
#[derive(Clone)]
pub struct Spread {
    place: Place,
    weight: Option<Weight>,
}

impl<T: Into<Place>> From<T> for Spread {
    fn from(place: T) -> Self {
        Self { place: place.into(), weight: None }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place.fmt(formatter)
    }
}

/// A point of a spread with the share of the region that it stands for.
pub(crate) struct Sample<'a> {
    pub(crate) nodes: &'a [u32],
    /// Shape function values, one a node.
    pub(crate) values: &'a [f64],
    pub(crate) position: Point3<f64>,
    /// Area (mm², faces) or count (nodes), times the weight.
    pub(crate) share: f64,
}

impl Spread {
    /// `place` with the weight of every point (mm), 0 or more; negative weights count as 0.
    pub fn weighted(place: impl Into<Place>, weight: impl Fn(&Point3<f64>) -> f64 + Send + Sync + 'static) -> Self {
        Self { place: place.into(), weight: Some(Arc::new(weight)) }
    }

    /// The faces or nodes.
    pub fn place(&self) -> &Place {
        &self.place
    }

    fn weight(&self, position: &Point3<f64>) -> f64 {
        self.weight.as_ref().map_or(1.0, |weight| weight(position).max(0.0))
    }

    /// Calls `visit` at the quadrature points of the faces, or at the nodes, in order.
    pub(crate) fn for_each(
        &self,
        mesh: &VolumeMesh,
        use_: &str,
        control: &RunControl,
        mut visit: impl FnMut(&Sample<'_>),
    ) -> Result<(), SolidError> {
        if let Some(Region::Faces(faces)) = self.place.resolve(mesh, use_)? {
            let degree = if self.weight.is_some() { MAX_DEGREE } else { LOAD_DEGREE };
            return for_each_face_point(mesh, faces, degree, control, |at| {
                let share = at.area * self.weight(&at.position);
                visit(&Sample { nodes: at.nodes, values: at.values, position: at.position, share });
            });
        }
        for node in self.place.nodes(mesh, use_)? {
            let position = mesh.nodes[node as usize];
            visit(&Sample { nodes: &[node], values: &[1.0], position, share: self.weight(&position) });
        }
        Ok(())
    }

    /// The sum of all shares and their centre; refused when the weight is zero throughout.
    pub(crate) fn share_and_centre(
        &self,
        mesh: &VolumeMesh,
        use_: &str,
        control: &RunControl,
    ) -> Result<(f64, Point3<f64>), SolidError> {
        let (mut share, mut moment) = (0.0, mesh::Vector3::zeros());
        self.for_each(mesh, use_, control, |at| {
            share += at.share;
            moment += at.position.coords * at.share;
        })?;
        if share > 0.0 {
            return Ok((share, Point3::from(moment / share)));
        }
        let place = format!("{self} (its weight is zero on this mesh)");
        Err(SolidError::EmptyRegion { use_: use_.to_owned(), place })
    }
}
