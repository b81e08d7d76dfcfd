//! Smooth faces of a surface, with sharp edges between them.

use crate::domain::Patch;
use crate::features::Features;
use mesh::SurfaceMesh;
use mesh::topology::EdgeTable;

/// Cosine of the bend (40°) from which an edge is sharp.
const SHARP: f64 = 0.766_044_443_118_978;
/// Smaller faces, over the whole area, are no faces but flaws.
const LEAST: f64 = 2e-3;

/// The face of each triangle: with `keeps_edges` every smooth part within sharp edges, else the flat ends alone. Small faces
/// together are number 0.
pub(super) fn faces(surface: &SurfaceMesh, keeps_edges: bool) -> Vec<Patch> {
    if !keeps_edges {
        return Features::find(surface).patches;
    }
    let edges = EdgeTable::new(&surface.triangles);
    let normals: Vec<_> = (0..surface.triangles.len()).map(|t| surface.area_vector2(t)).collect();
    let is_smooth = |s: u32, t: u32| {
        let (m, n) = (&normals[s as usize], &normals[t as usize]);
        m.dot(n) > SHARP * m.norm() * n.norm()
    };
    let total = surface.area();
    let mut face = vec![Patch::MAX; surface.triangles.len()];
    let mut count: Patch = 0;
    for seed in 0..surface.triangles.len() as u32 {
        if face[seed as usize] != Patch::MAX {
            continue;
        }
        let own = count + 1;
        face[seed as usize] = own;
        let mut members = vec![seed];
        let mut next = 0;
        while let Some(&t) = members.get(next) {
            next += 1;
            for other in (0..3_u8).filter_map(|side| edges.neighbour(t, side)) {
                if face[other as usize] == Patch::MAX && is_smooth(t, other) {
                    face[other as usize] = own;
                    members.push(other);
                }
            }
        }
        let area: f64 = members.iter().map(|&t| 0.5 * normals[t as usize].norm()).sum();
        if area >= LEAST * total {
            count = own;
        } else {
            members.iter().for_each(|&t| face[t as usize] = 0);
        }
    }
    face
}
