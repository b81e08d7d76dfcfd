//! The finished mesh with its boundary faces named.

use super::Input;
use crate::domain::Patch;
use crate::parallel::parallel_map;
use crate::tets::{BoundaryFace, Hold, TetMesh};
use control::{Cancelled, RunControl};
use mesh::{ElementKind, Face, Point3, Region, VolumeMesh};

/// Tet4 elements with the face regions `wall` and `cap_1`, `cap_2`, ... (largest first).
pub(crate) fn volume_mesh(
    tets: &TetMesh,
    faces: &[BoundaryFace],
    input: &Input,
    control: &RunControl,
) -> Result<VolumeMesh, Cancelled> {
    let numbers: Vec<Patch> = parallel_map(faces, control, |face| region_of(tets, face, input))?;
    Ok(named_mesh(tets, faces, &numbers))
}

/// Tet4 elements with the boundary faces in the regions that `numbers` gives, one number a face.
pub(super) fn named_mesh(tets: &TetMesh, faces: &[BoundaryFace], numbers: &[Patch]) -> VolumeMesh {
    let mut mesh = VolumeMesh::new(tets.points.clone(), ElementKind::Tet4, tets.tets.concat());
    let last = numbers.iter().copied().max().unwrap_or(0);
    let mut regions = vec![Vec::new(); usize::from(last) + 1];
    for (face, &number) in faces.iter().zip(numbers) {
        regions[usize::from(number)].push(Face { element: face.tet, side: face.side });
    }
    for (number, mut faces) in regions.into_iter().enumerate() {
        faces.sort_unstable();
        if !faces.is_empty() {
            mesh.regions.insert(region_name(number), Region::Faces(faces));
        }
    }
    mesh
}

/// "wall" for 0, "cap_k" for k.
pub(super) fn region_name(number: usize) -> String {
    if number == 0 { "wall".to_owned() } else { format!("cap_{number}") }
}

/// Patch of a boundary face: that of its vertices off the rims, else of the input next to its centroid.
pub(crate) fn patch_of(tets: &TetMesh, face: &BoundaryFace, input: &Input) -> Patch {
    let mut on = face.vertices.iter().filter_map(|&v| match tets.holds[v as usize] {
        Hold::On(patch) => Some(patch),
        _ => None,
    });
    match (on.next(), on.next(), on.next()) {
        (Some(a), b, c) if b.is_none_or(|b| b == a) && c.is_none_or(|c| c == a) => a,
        _ => number_at(tets, face, input, &input.features.patches),
    }
}

fn region_of(tets: &TetMesh, face: &BoundaryFace, input: &Input) -> Patch {
    match patch_of(tets, face, input) {
        0 if input.features.caps.iter().any(|cap| !cap.sharp) => {
            let number = number_at(tets, face, input, &input.features.regions);
            // A face of the wall beside a rim may lie nearest to the sharp cap: it stays with the wall.
            let sharp = number > 0 && input.features.caps[usize::from(number) - 1].sharp;
            if sharp { 0 } else { number }
        }
        patch => patch,
    }
}

/// Number of the input triangle nearest to the face's centroid.
fn number_at(tets: &TetMesh, face: &BoundaryFace, input: &Input, numbers: &[Patch]) -> Patch {
    let sum = face.vertices.iter().fold(mesh::Vector3::zeros(), |sum, &v| sum + tets.points[v as usize].coords);
    let closest = input.domain.bvh.closest_point(&Point3::from(sum / 3.0), f64::INFINITY);
    closest.and_then(|closest| numbers.get(closest.triangle as usize).copied()).unwrap_or(0)
}
