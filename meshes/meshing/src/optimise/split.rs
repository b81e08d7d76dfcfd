//! An edge split at a new vertex.

use crate::tets::{Hold, Incidence, TetMesh};
use mesh::Point3;

/// A new vertex for an edge.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Split {
    pub(crate) edge: [u32; 2],
    pub(crate) at: Point3<f64>,
    pub(crate) hold: Hold,
}

/// The tetrahedra around an edge, ascending. `around` may be older than splits, which put tetrahedra behind those it knows,
/// but no other changes.
///
/// Cost: the tetrahedra at one end and those that are new.
pub(crate) fn ring(mesh: &TetMesh, around: &Incidence, [a, b]: [u32; 2]) -> Vec<u32> {
    let has = |t: &u32| mesh.tets[*t as usize].contains(&a) && mesh.tets[*t as usize].contains(&b);
    let known: &[u32] = if (a as usize) < around.len() { around.of(a) } else { &[] };
    let new = around.items() as u32..mesh.tets.len() as u32;
    known.iter().copied().chain(new).filter(has).collect()
}

/// Splits each tetrahedron of the edge's `ring` in two at the new vertex if `measure` finds all of them better than `guard`,
/// and says whether it did.
pub(crate) fn split(
    mesh: &mut TetMesh,
    ring: &[u32],
    Split { edge, at, hold }: Split,
    measure: impl Fn(&[Point3<f64>; 4]) -> f64,
    guard: f64,
) -> bool {
    let new = mesh.points.len() as u32;
    let halves = |tet: &[u32; 4]| edge.map(|old| tet.map(|v| if v == old { new } else { v }));
    let point = |v: u32| if v == new { at } else { mesh.points[v as usize] };
    let is_good = |tet: &[u32; 4]| measure(&tet.map(point)) > guard;
    if ring.is_empty() || !ring.iter().all(|&t| halves(&mesh.tets[t as usize]).iter().all(is_good)) {
        return false;
    }
    mesh.points.push(at);
    mesh.holds.push(hold);
    for &t in ring {
        let t = t as usize;
        let [first, second] = halves(&mesh.tets[t]);
        mesh.tets[t] = first;
        mesh.tets.push(second);
        mesh.materials.push(mesh.materials[t]);
    }
    true
}
