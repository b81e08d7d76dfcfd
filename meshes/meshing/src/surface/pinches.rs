//! Places where a mesh touches itself in a vertex.

use crate::tets::{Incidence, TetMesh};
use control::{Cancelled, RunControl};

/// Gives each part of a mesh that touches others in no more than a vertex of the boundary, or in an edge whose ends are such
/// vertices, a vertex of its own. Returns how many were added.
///
/// Such a touch carries neither stress nor flow that means anything: where a wall or a gap is thinner than the elements, the
/// parts beside it are apart.
pub(super) fn separate(tets: &mut TetMesh, control: &RunControl) -> Result<usize, Cancelled> {
    let around = Incidence::new(tets.points.len(), &tets.tets);
    let mut added = 0;
    for vertex in 0..tets.points.len() as u32 {
        if vertex.is_multiple_of(1 << 14) {
            control.check()?;
        }
        if !tets.on_boundary(vertex) {
            continue;
        }
        for part in parts(tets, vertex, around.of(vertex)).into_iter().skip(1) {
            let copy = tets.points.len() as u32;
            tets.points.push(tets.points[vertex as usize]);
            tets.holds.push(tets.holds[vertex as usize]);
            for t in part {
                let own = tets.tets[t as usize].iter_mut().filter(|v| **v == vertex);
                own.for_each(|v| *v = copy);
            }
            added += 1;
        }
    }
    Ok(added)
}

/// The tetrahedra at a vertex in parts that hang together over faces at it.
fn parts(tets: &TetMesh, vertex: u32, own: &[u32]) -> Vec<Vec<u32>> {
    let mut left = own.to_vec();
    let mut parts = Vec::new();
    while let Some(first) = left.pop() {
        let mut part = vec![first];
        let mut next = 0;
        while next < part.len() {
            let of = tets.tets[part[next] as usize];
            let shares =
                |t: &u32| tets.tets[*t as usize].iter().filter(|v| **v != vertex && of.contains(v)).count() == 2;
            let (beside, others): (Vec<u32>, Vec<u32>) = left.iter().partition(|t| shares(t));
            part.extend(beside);
            left = others;
            next += 1;
        }
        parts.push(part);
    }
    parts
}
