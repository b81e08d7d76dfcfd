//! The finished mesh with its boundary faces named.

use super::Input;
use crate::domain::Patch;
use crate::features::Cap;
use crate::parallel::parallel_map;
use crate::tets::{BoundaryFace, Hold, TetMesh};
use control::{Cancelled, RunControl};
use mesh::{ElementKind, Face, Point3, Region, SurfaceMesh, VolumeMesh};
use std::collections::BTreeMap;

/// Tet4 elements with the face regions `wall` and the caps by their names.
pub(crate) fn volume_mesh(
    tets: &TetMesh,
    faces: &[BoundaryFace],
    input: &Input,
    control: &RunControl,
) -> Result<VolumeMesh, Cancelled> {
    let numbers: Vec<Patch> = parallel_map(faces, control, |face| region_of(tets, face, input))?;
    Ok(named_mesh(tets, faces, &numbers, &input.cap_names))
}

/// Tet4 elements with the boundary faces in the regions that `numbers` gives, one number a face: 0 for the wall, `k` for the
/// cap with the name `k - 1`.
pub(super) fn named_mesh(
    tets: &TetMesh,
    faces: &[BoundaryFace],
    numbers: &[Patch],
    cap_names: &[String],
) -> VolumeMesh {
    let mut mesh = VolumeMesh::new(tets.points.clone(), ElementKind::Tet4, tets.tets.concat());
    let last = numbers.iter().copied().max().unwrap_or(0);
    let mut regions = vec![Vec::new(); usize::from(last) + 1];
    for (face, &number) in faces.iter().zip(numbers) {
        regions[usize::from(number)].push(Face { element: face.tet, side: face.side });
    }
    for (number, mut faces) in regions.into_iter().enumerate() {
        faces.sort_unstable();
        if !faces.is_empty() {
            mesh.regions.insert(region_name(number, cap_names), Region::Faces(faces));
        }
    }
    mesh
}

/// "wall" for 0, the name of cap `k`, "cap_k" without one.
pub(super) fn region_name(number: usize, cap_names: &[String]) -> String {
    match number.checked_sub(1) {
        None => "wall".to_owned(),
        Some(k) => cap_names.get(k).cloned().unwrap_or_else(|| format!("cap_{number}")),
    }
}

/// Area that a cap and a region of the input must share, over that of each, for the cap to take the region's name.
const SAME: f64 = 0.9;

/// The name of each cap: that of the input's region with the same triangles, else `cap_1`, `cap_2`, ... (largest first);
/// and the regions of the input that no cap is, without the wall.
pub(super) fn cap_names(surface: &SurfaceMesh, caps: &[Cap]) -> (Vec<String>, Vec<String>) {
    let area = |&t: &u32| 0.5 * surface.area_vector2(t as usize).norm();
    let is_same = |cap: &Cap, triangles: &[u32]| {
        let whole: f64 = triangles.iter().map(area).sum();
        let common: f64 = triangles.iter().filter(|t| cap.triangles.binary_search(t).is_ok()).map(area).sum();
        common >= SAME * cap.area && common >= SAME * whole
    };
    let mut left: BTreeMap<&String, &Vec<u32>> = surface.regions.iter().filter(|(name, _)| *name != "wall").collect();
    let mut names = Vec::with_capacity(caps.len());
    for (number, cap) in (1..).zip(caps) {
        let own = left.iter().find(|(_, triangles)| is_same(cap, triangles)).map(|(name, _)| (*name).clone());
        if let Some(name) = &own {
            left.remove(name);
        }
        names.push(own.unwrap_or_else(|| format!("cap_{number}")));
    }
    let lost = left.into_iter().filter(|(name, triangles)| !triangles.is_empty() && !names.contains(name));
    (names.clone(), lost.map(|(name, _)| name.clone()).collect())
}

/// For each triangle the number of its region among `names`, from `caps` + 1 on; the first where it is in several.
pub(super) fn wall_regions(surface: &SurfaceMesh, caps: usize, names: &[String]) -> Vec<Patch> {
    if names.is_empty() {
        return Vec::new();
    }
    let mut numbers = vec![0; surface.triangles.len()];
    for (place, name) in (caps + 1..).zip(names) {
        // More regions than numbers are left to the wall.
        let Ok(number) = Patch::try_from(place) else { break };
        for &triangle in surface.regions.get(name).into_iter().flatten() {
            if let Some(own) = numbers.get_mut(triangle as usize).filter(|own| **own == 0) {
                *own = number;
            }
        }
    }
    numbers
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
            if sharp { wall_region(tets, face, input) } else { number }
        }
        0 => wall_region(tets, face, input),
        patch => patch,
    }
}

/// The region of the wall that a face of it lies next to; 0 in none.
fn wall_region(tets: &TetMesh, face: &BoundaryFace, input: &Input) -> Patch {
    if input.wall_regions.is_empty() { 0 } else { number_at(tets, face, input, &input.wall_regions) }
}

/// Number of the input triangle nearest to the face's centroid.
fn number_at(tets: &TetMesh, face: &BoundaryFace, input: &Input, numbers: &[Patch]) -> Patch {
    let sum = face.vertices.iter().fold(mesh::Vector3::zeros(), |sum, &v| sum + tets.points[v as usize].coords);
    let closest = input.domain.bvh.closest_point(&Point3::from(sum / 3.0), f64::INFINITY);
    closest.and_then(|closest| numbers.get(closest.triangle as usize).copied()).unwrap_or(0)
}
