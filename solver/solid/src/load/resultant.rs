//! A force and a moment spread over a region (RBE3).

use crate::{SolidError, Spread};
use control::RunControl;
use mesh::{Point3, Vector3, VolumeMesh};
use nalgebra::Matrix3;

/// A moment that a region carries worse than this, relative to what it carries best, it does not carry.
const SINGULAR: f64 = 1e-12;

/// Adds nodal forces whose sum is `force` and whose moment about `point` is `moment`; without a point the force acts at
/// the centre of the region.
pub(super) fn add(
    mesh: &VolumeMesh,
    spread: &Spread,
    [force, moment]: [Vector3<f64>; 2],
    point: Option<Point3<f64>>,
    nodal: &mut [Vector3<f64>],
    control: &RunControl,
) -> Result<(), SolidError> {
    let (share, centre) = spread.share_and_centre(mesh, "a force", control)?;
    let mut inertia = Matrix3::zeros();
    spread.for_each(mesh, "a force", control, |at| {
        inertia += second_moment(&(at.position - centre)) * at.share;
    })?;
    let about_centre = moment + point.map_or(Vector3::zeros(), |p| (p - centre).cross(&force));
    let turn = turning(&inertia, &about_centre, spread)?;
    spread.for_each(mesh, "a force", control, |at| {
        let t = (force / share + turn.cross(&(at.position - centre))) * at.share;
        for (&node, n) in at.nodes.iter().zip(at.values) {
            nodal[node as usize] += t * *n;
        }
    })
}

/// |r|² I - r rᵀ.
fn second_moment(r: &Vector3<f64>) -> Matrix3<f64> {
    Matrix3::from_diagonal_element(r.norm_squared()) - r * r.transpose()
}

/// T⁻¹ M, on the axes about which the region has a lever arm.
fn turning(inertia: &Matrix3<f64>, moment: &Vector3<f64>, spread: &Spread) -> Result<Vector3<f64>, SolidError> {
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
        let (use_, place) = ("a force".to_owned(), spread.to_string());
        return Err(SolidError::MomentOnLine { use_, place, x: moment.x, y: moment.y, z: moment.z });
    }
    Ok(turn)
}
