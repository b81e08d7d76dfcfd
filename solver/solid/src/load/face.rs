use super::TractionField;
use crate::SolidError;
use crate::surface::{LOAD_DEGREE, for_each_face_point};
use control::RunControl;
use mesh::{Face, Vector3, VolumeMesh};

/// Adds f_a = ∫ N_a t dA.
pub(super) fn add_traction(
    mesh: &VolumeMesh,
    faces: &[Face],
    traction: &TractionField,
    force: &mut [Vector3<f64>],
    control: &RunControl,
) -> Result<(), SolidError> {
    for_each_face_point(mesh, faces, LOAD_DEGREE, control, |at| {
        let t = traction(&at.position, &at.normal) * at.area;
        for (&node, n) in at.nodes.iter().zip(at.values) {
            force[node as usize] += t * *n;
        }
    })
}
