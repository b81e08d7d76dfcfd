//! Tetrahedra with two boundary faces given to what is beyond, which flips an edge of the boundary: flat ones, and those
//! that pinch it.

use super::star::quality;
use crate::domain::{Material, OUTSIDE};
use crate::tets::{BoundaryFace, Hold, TetMesh};

/// Only tetrahedra below this quality are removed.
const BAD: f64 = 0.42;
/// Cosine (145°) of the flattest dihedral angle between the two boundary faces that still counts as a fold.
const FLAT: f64 = -0.819;

/// Gives bad tetrahedra with two nearly coplanar boundary faces of one patch to the material beyond these, worst first;
/// beyond the last it removes them. No two in one call share a vertex. Returns how many.
///
/// The edge between the two faces belongs to no other tetrahedron and vanishes; the opposite edge joins the boundary,
/// which therefore it must not belong to before.
pub(super) fn peel(mesh: &mut TetMesh, faces: &[BoundaryFace]) -> usize {
    let mut edges = face_edges(faces);
    edges.dedup();
    let mut candidates: Vec<(f64, u32, Material)> = faces
        .chunk_by(|f, g| f.tet == g.tet)
        .filter(|group| group.len() == 2 && group[0].beyond == group[1].beyond)
        .filter_map(|group| {
            let q = quality(&mesh.corners(group[0].tet as usize));
            let opposite = opposite_edge(group);
            let fits = q < BAD && is_flat(mesh, group) && edges.binary_search(&opposite).is_err();
            fits.then_some((q, group[0].tet, group[0].beyond))
        })
        .collect();
    candidates.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut touched = vec![false; mesh.points.len()];
    let mut removed = Vec::new();
    let mut given = 0;
    for (_, t, beyond) in candidates {
        let tet = mesh.tets[t as usize];
        if tet.iter().all(|&v| !touched[v as usize]) {
            tet.iter().for_each(|&v| touched[v as usize] = true);
            if beyond == OUTSIDE {
                removed.push(t as usize);
            } else {
                mesh.materials[t as usize] = beyond;
                given += 1;
            }
        }
    }
    given + remove(mesh, removed)
}

/// Removes tetrahedra that touch others with no more than the edge between two of their boundary faces, where more than
/// two boundary faces meet. Returns how many.
///
/// Stuffing makes them where cells of different size meet at the boundary: a flat tetrahedron with all four vertices
/// on the boundary, of which the centroid happens to lie inside.
pub(crate) fn unpinch(mesh: &mut TetMesh) -> usize {
    let mut faces = mesh.boundary();
    faces.retain(|face| face.beyond == OUTSIDE);
    let edges = face_edges(&faces);
    let uses = |edge: [u32; 2]| edges.partition_point(|e| *e <= edge) - edges.partition_point(|e| *e < edge);
    // Two faces make room for the opposite edge, which must be new to the boundary; with more the tetrahedron only
    // sticks out.
    let makes_room = |group: &[BoundaryFace]| group.len() > 2 || uses(opposite_edge(group)) == 0;
    let pinches = |group: &[BoundaryFace]| {
        let tet = mesh.tets[group[0].tet as usize];
        let shared = face_edges(group);
        let twice = shared.chunk_by(|e, f| e == f).filter(|same| same.len() == 2);
        tet.iter().all(|&v| mesh.on_boundary(v)) && twice.into_iter().any(|same| uses(same[0]) > 2)
    };
    let groups = faces.chunk_by(|f, g| f.tet == g.tet).filter(|group| group.len() > 1);
    let mut touched = vec![false; mesh.points.len()];
    let mut removed = Vec::new();
    for group in groups.filter(|group| pinches(group) && makes_room(group)) {
        // Neighbours change each other's faces; the next round sees what is left.
        let tet = mesh.tets[group[0].tet as usize];
        if tet.iter().all(|&v| !touched[v as usize]) {
            tet.iter().for_each(|&v| touched[v as usize] = true);
            removed.push(group[0].tet as usize);
        }
    }
    remove(mesh, removed)
}

/// Drops the tetrahedra with the given numbers; the others keep their order. Returns how many.
fn remove(mesh: &mut TetMesh, numbers: Vec<usize>) -> usize {
    if !numbers.is_empty() {
        let mut keep = vec![true; mesh.tets.len()];
        numbers.iter().for_each(|&t| keep[t] = false);
        mesh.retain(&keep);
    }
    numbers.len()
}

/// The three edges of every face, in ascending order.
fn face_edges(faces: &[BoundaryFace]) -> Vec<[u32; 2]> {
    let of_face = |face: &BoundaryFace| {
        let [a, b, c] = face.vertices;
        [sorted(a, b), sorted(b, c), sorted(c, a)]
    };
    let mut edges: Vec<[u32; 2]> = faces.iter().flat_map(of_face).collect();
    edges.sort_unstable();
    edges
}

fn sorted(a: u32, b: u32) -> [u32; 2] {
    [a.min(b), a.max(b)]
}

/// The edge opposite to the one that the two faces share: it joins the vertices that only one of them has.
fn opposite_edge(group: &[BoundaryFace]) -> [u32; 2] {
    let only = |face: &BoundaryFace, other: &BoundaryFace| {
        face.vertices.into_iter().find(|v| !other.vertices.contains(v)).unwrap_or(face.vertices[0])
    };
    sorted(only(&group[0], &group[1]), only(&group[1], &group[0]))
}

/// Whether both faces lie on one patch, no vertex is on a rim, and the dihedral angle between them is nearly flat.
fn is_flat(mesh: &TetMesh, group: &[BoundaryFace]) -> bool {
    let tet = mesh.tets[group[0].tet as usize];
    let hold = mesh.holds[tet[0] as usize];
    let one_patch = matches!(hold, Hold::On(_)) && tet.iter().all(|&v| mesh.holds[v as usize] == hold);
    let [m, n] = [&group[0], &group[1]].map(|face| face.area_vector2(&mesh.points));
    // Outward normals at a small angle make a large dihedral angle inside.
    one_patch && -m.dot(&n) < FLAT * m.norm() * n.norm()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh::Point3;

    #[test]
    fn a_flat_tetrahedron_on_top_of_another_goes_and_leaves_a_closed_boundary() {
        // A tetrahedron with a flat one on its face (0, 1, 2), whose vertex 4 sticks out by little.
        let points = vec![
            Point3::new(0.0, 0.0, 0.0),
            Point3::new(1.0, 0.0, 0.0),
            Point3::new(0.0, 1.0, 0.0),
            Point3::new(0.3, 0.3, -1.0),
            Point3::new(0.9, 0.9, 0.02),
        ];
        let tets = vec![[0, 2, 1, 3], [1, 2, 4, 3], [0, 1, 2, 4]];
        let mut mesh = TetMesh { points, materials: vec![1; tets.len()], tets, holds: vec![Hold::On(0); 5] };
        assert!((0..3).all(|t| quality(&mesh.corners(t)) > 0.0));
        let faces = mesh.boundary();
        assert_eq!(peel(&mut mesh, &faces), 1);
        assert_eq!(mesh.tets.len(), 2);
        assert_eq!(mesh.boundary().len(), 6);
    }
}
