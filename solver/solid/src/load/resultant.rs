//! A force and a moment spread over a region (RBE3).

use crate::surface::{LOAD_DEGREE, area_and_centre, for_each_face_point};
use crate::{Place, SolidError};
use control::RunControl;
use mesh::{Point3, Region, Vector3, VolumeMesh};
use nalgebra::Matrix3;

/// A moment that a region carries worse than this, relative to what it carries best, it does not carry.
const SINGULAR: f64 = 1e-12;

/// Adds nodal forces whose sum is `force` and whose moment about `point` is `moment`; without a point the force acts at
/// the centre of the region.
pub(super) fn add(
    mesh: &VolumeMesh,
    place: &Place,
    [force, moment]: [Vector3<f64>; 2],
    point: Option<Point3<f64>>,
    nodal: &mut [Vector3<f64>],
    control: &RunControl,
) -> Result<(), SolidError> {
    let about = |centre: Point3<f64>| moment + point.map_or(Vector3::zeros(), |p| (p - centre).cross(&force));
    match place.resolve(mesh, "a force")? {
        Some(Region::Faces(faces)) => {
            let (area, centre, _) = area_and_centre(mesh, faces, control)?;
            let mut inertia = Matrix3::zeros();
            for_each_face_point(mesh, faces, LOAD_DEGREE, control, |at| {
                inertia += second_moment(&(at.position - centre)) * at.area;
            })?;
            let turn = turning(&inertia, &about(centre), place)?;
            for_each_face_point(mesh, faces, LOAD_DEGREE, control, |at| {
                let t = (force / area + turn.cross(&(at.position - centre))) * at.area;
                for (&node, n) in at.nodes.iter().zip(at.values) {
                    nodal[node as usize] += t * *n;
                }
            })
        }
        _ => {
            let nodes = place.nodes(mesh, "a force")?;
            let count = nodes.len() as f64;
            let sum = nodes.iter().fold(Vector3::zeros(), |sum, &n| sum + mesh.nodes[n as usize].coords);
            let centre = Point3::from(sum / count);
            let arm = |node: u32| mesh.nodes[node as usize] - centre;
            let inertia = nodes.iter().fold(Matrix3::zeros(), |sum, &n| sum + second_moment(&arm(n)));
            let turn = turning(&inertia, &about(centre), place)?;
            for node in nodes {
                nodal[node as usize] += force / count + turn.cross(&arm(node));
            }
            Ok(())
        }
    }
}

/// |r|² I - r rᵀ.
fn second_moment(r: &Vector3<f64>) -> Matrix3<f64> {
    Matrix3::from_diagonal_element(r.norm_squared()) - r * r.transpose()
}

/// T⁻¹ M, on the axes about which the region has a lever arm.
fn turning(inertia: &Matrix3<f64>, moment: &Vector3<f64>, place: &Place) -> Result<Vector3<f64>, SolidError> {
    let size = moment.norm();
    if size == 0.0 {
        return Ok(Vector3::zeros());
    }
    let eigen = inertia.symmetric_eigen();
    let limit = SINGULAR * eigen.eigenvalues.max();
    let (mut turn, mut carried) = (Vector3::zeros(), Vector3::zeros());
    for k in (0..3).filter(|&k| eigen.eigenvalues[k] > limit) {
        let axis = eigen.eigenvectors.column(k).into_owned();
        carried += axis * axis.dot(moment);
        turn += axis * (axis.dot(moment) / eigen.eigenvalues[k]);
    }
    if (moment - carried).norm() > 1e-9 * size {
        let (use_, place) = ("a force".to_owned(), place.to_string());
        return Err(SolidError::MomentOnLine { use_, place, x: moment.x, y: moment.y, z: moment.z });
    }
    Ok(turn)
}
