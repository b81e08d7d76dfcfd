//! Constraints and springs.

use crate::surface::{LOAD_DEGREE, area_and_centre, for_each_face_point};
use crate::{Place, SolidError};
use control::RunControl;
use fem::DofMapBuilder;
use mesh::{Face, Point3, Region, Vector3, VolumeMesh};
use nalgebra::Matrix3;
use std::fmt;
use std::sync::Arc;

/// A vector field over the undeformed body.
pub type VectorField = Arc<dyn Fn(&Point3<f64>) -> Vector3<f64> + Send + Sync>;

/// What a constraint prescribes.
#[derive(Clone)]
pub(crate) enum Support {
    /// The components with `true` follow the field.
    Components { which: [bool; 3], value: VectorField },
    /// u · direction = value.
    Along { direction: Vector3<f64>, value: f64 },
    /// u · n = 0 with the normal of a plane of faces.
    Symmetry,
}

impl fmt::Debug for Support {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Components { which, .. } => write!(formatter, "Components({which:?})"),
            Self::Along { direction, value } => write!(formatter, "Along({direction:?}, {value})"),
            Self::Symmetry => formatter.write_str("Symmetry"),
        }
    }
}

impl Support {
    /// Adds this constraint on `place` to the builder.
    pub(crate) fn apply(
        &self,
        mesh: &VolumeMesh,
        place: &Place,
        builder: &mut DofMapBuilder,
        control: &RunControl,
    ) -> Result<(), SolidError> {
        let not_finite = || SolidError::NotFinite { use_: "the constraint".to_owned(), place: place.to_string() };
        let (direction, value) = match self {
            Self::Components { which, value } => {
                for node in place.nodes(mesh, "a constraint")? {
                    let u = value(&mesh.nodes[node as usize]);
                    for i in (0..3).filter(|&i| which[i]) {
                        if !u[i].is_finite() {
                            return Err(not_finite());
                        }
                        builder.constrain(node, Vector3::ith(i, 1.0), u[i])?;
                    }
                }
                return Ok(());
            }
            Self::Along { direction, value } => (*direction, *value),
            Self::Symmetry => (plane_normal(mesh, place, control)?, 0.0),
        };
        if !(direction.norm().is_finite() && direction.norm() > 0.0 && value.is_finite()) {
            return Err(not_finite());
        }
        for node in place.nodes(mesh, "a constraint")? {
            builder.constrain(node, direction, value)?;
        }
        Ok(())
    }
}

/// Normals of one plane differ by no more than this, in degrees.
const PLANE_ANGLE: f64 = 0.1;

/// The unit normal of faces in one plane. A component that is zero but for rounding is set to zero, so that a plane along
/// the axes is exactly that.
fn plane_normal(mesh: &VolumeMesh, place: &Place, control: &RunControl) -> Result<Vector3<f64>, SolidError> {
    let faces = place.faces(mesh, "a symmetry plane")?;
    let (_, _, mean) = area_and_centre(mesh, &faces, control)?;
    let mut normal = mean.normalize();
    normal.iter_mut().filter(|c| c.abs() < 1e-9).for_each(|c| *c = 0.0);
    let normal = normal.normalize();
    let mut smallest: f64 = 1.0;
    for_each_face_point(mesh, &faces, 2, control, |at| smallest = smallest.min(at.normal.dot(&normal)))?;
    let angle = smallest.clamp(-1.0, 1.0).acos().to_degrees();
    if angle > PLANE_ANGLE || !normal.norm().is_finite() {
        return Err(SolidError::NotPlanar { place: place.to_string(), angle });
    }
    Ok(normal)
}

/// Springs to ground: couplings of nodes of one element, N/mm.
#[derive(Debug, Default, Clone)]
pub(crate) struct Springs {
    pub(crate) couplings: Vec<(u32, u32, Matrix3<f64>)>,
}

impl Springs {
    /// Spreads the total stiffness `total` (x, y, z in N/mm) over `place`: over faces as an elastic foundation of
    /// constant stiffness an area, over nodes in equal parts.
    pub(crate) fn add(
        &mut self,
        mesh: &VolumeMesh,
        place: &Place,
        total: [f64; 3],
        control: &RunControl,
    ) -> Result<(), SolidError> {
        if !total.iter().all(|k| k.is_finite() && *k >= 0.0) {
            return Err(SolidError::NotFinite { use_: "the spring".to_owned(), place: place.to_string() });
        }
        let total = Matrix3::from_diagonal(&Vector3::from(total));
        if let Some(Region::Faces(faces)) = place.resolve(mesh, "a spring")? {
            return self.add_foundation(mesh, faces, total, control);
        }
        let nodes = place.nodes(mesh, "a spring")?;
        let each = total / nodes.len() as f64;
        self.couplings.extend(nodes.into_iter().map(|node| (node, node, each)));
        Ok(())
    }

    fn add_foundation(
        &mut self,
        mesh: &VolumeMesh,
        faces: &[Face],
        total: Matrix3<f64>,
        control: &RunControl,
    ) -> Result<(), SolidError> {
        let (area, _, _) = area_and_centre(mesh, faces, control)?;
        for_each_face_point(mesh, faces, LOAD_DEGREE, control, |at| {
            for (&a, na) in at.nodes.iter().zip(at.values) {
                for (&b, nb) in at.nodes.iter().zip(at.values) {
                    self.couplings.push((a, b, total * (na * nb * at.area / area)));
                }
            }
        })
    }

    /// Adds the forces with which the springs resist the nodal displacements `u`.
    pub(crate) fn add_resistance(&self, u: &[Vector3<f64>], force: &mut [Vector3<f64>]) {
        for (a, b, k) in &self.couplings {
            force[*a as usize] += k * u[*b as usize];
        }
    }
}
