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

/// Those regions among `names` that have triangles of the wall, and for each triangle of the wall the number of its region,
/// counted on from the caps; 0 in none, the first where it is in several.
pub(super) fn wall_regions(surface: &SurfaceMesh, caps: &[Cap], names: Vec<String>) -> (Vec<String>, Vec<Patch>) {
    let mut on_cap = vec![false; surface.triangles.len()];
    caps.iter().flat_map(|cap| &cap.triangles).for_each(|&triangle| on_cap[triangle as usize] = true);
    let (mut kept, mut numbers) = (Vec::new(), vec![0; surface.triangles.len()]);
    for name in names {
        // More regions than numbers are left to the wall.
        let Ok(number) = Patch::try_from(caps.len() + kept.len() + 1) else { break };
        let triangles = surface.regions.get(&name).into_iter().flatten().map(|&triangle| triangle as usize);
        let own: Vec<usize> = triangles.filter(|&triangle| !on_cap[triangle] && numbers[triangle] == 0).collect();
        if !own.is_empty() {
            own.into_iter().for_each(|triangle| numbers[triangle] = number);
            kept.push(name);
        }
    }
    if kept.is_empty() { (kept, Vec::new()) } else { (kept, numbers) }
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

/// The region of a boundary face: its cap, sharp or not, by its number, then regions of the wall; 0 in none.
pub(super) fn region_of(tets: &TetMesh, face: &BoundaryFace, input: &Input) -> Patch {
    match patch_of(tets, face, input) {
        patch if !input.is_wall(patch) => patch,
        _ if input.features.caps.iter().any(|cap| !cap.sharp) => {
            let number = number_at(tets, face, input, &input.features.regions);
            // A face of the wall beside a rim may lie nearest to the sharp cap: it stays with the wall.
            let sharp = number > 0 && input.features.caps[usize::from(number) - 1].sharp;
            if sharp { wall_region(tets, face, input) } else { number }
        }
        _ => wall_region(tets, face, input),
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

#[cfg(test)]
mod tests {
    use crate::{MeshOptions, mesh_surface};
    use control::RunControl;
    use mesh::Region;
    use mesh::primitives::cylinder;

    /// Half of a cylinder's wall as a region, and a region of both ends, which names neither.
    #[test]
    fn a_region_of_the_wall_has_the_faces_next_to_it() {
        let mut surface = cylinder(2.0, 12.0, 48, 24);
        let centre = |t: usize| surface.corners(t).iter().map(|p| p.z).sum::<f64>() / 3.0;
        let heights: Vec<f64> = (0..surface.triangles.len()).map(centre).collect();
        let with = |keep: &dyn Fn(f64) -> bool| {
            (0_u32..).zip(&heights).filter(|(_, z)| keep(**z)).map(|(t, _)| t).collect::<Vec<u32>>()
        };
        let is_end = |z: f64| !(1e-9..=12.0 - 1e-9).contains(&z);
        let (half, ends) = (with(&|z| z < 6.0 && !is_end(z)), with(&is_end));
        surface.regions.insert("half".to_owned(), half);
        surface.regions.insert("ends".to_owned(), ends);
        let options = MeshOptions { size: Some(0.8), ..MeshOptions::default() };
        let made = mesh_surface(&surface, &options, &RunControl::silent()).unwrap();
        let names: Vec<&str> = made.mesh.regions.keys().map(String::as_str).collect();
        assert_eq!(names, ["cap_1", "cap_2", "half", "wall"]);
        let area = |name: &str| {
            let Some(Region::Faces(faces)) = made.mesh.regions.get(name) else { panic!("no faces {name}") };
            let corner = |node: u32| made.mesh.nodes[node as usize];
            let area = |nodes: Vec<u32>| {
                let [a, b, c] = [0, 1, 2].map(|k| corner(nodes[k]));
                0.5 * (b - a).cross(&(c - a)).norm()
            };
            faces.iter().map(|&face| area(made.mesh.face_nodes(face).unwrap())).sum::<f64>()
        };
        let wall = std::f64::consts::TAU * 2.0 * 6.0;
        assert!((area("half") / wall - 1.0).abs() < 0.05, "{} for {wall}", area("half"));
        assert!((area("wall") / wall - 1.0).abs() < 0.05, "{} for {wall}", area("wall"));
        let told = made.report.findings.iter().find(|finding| finding.code == "regions").unwrap();
        assert!(told.message.ends_with(": half"), "{}", told.message);
    }
}
