//! Boundary vertices moved onto the rims, so that every boundary edge between two patches has an end on a rim.

use super::Rims;
use crate::domain::{Material, OUTSIDE, Patch, SurfaceDomain};
use crate::optimise::reconnect::Reconnect;
use crate::optimise::split::{Split, ring, split};
use crate::optimise::star::{quality, star_quality};
use crate::tets::{Hold, Incidence, TetMesh};
use control::{Cancelled, RunControl};
use mesh::Point3;

/// A vertex is not moved, an edge not split, if that leaves a tetrahedron below the guard; smoothing repairs the rest.
/// The guard of corners.
const LEAST_AT_CORNER: f64 = 0.01;
/// Splits may be worse than moves by this factor.
const SPLIT: f64 = 0.2;
/// An edge that crosses a rim has its ends within its length of it, with some room; any farther rim is another's.
const REACH: f64 = 1.5;

/// Edges between patches and what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SnapCount {
    /// Vertices moved onto a rim.
    pub(crate) moved: usize,
    /// Edges split at a rim because neither end could move.
    pub(crate) split: usize,
    /// Edges gone because an end was merged into a vertex on the rim.
    pub(crate) merged: usize,
    /// Edges inside now, because the notch above them was filled.
    pub(crate) filled: usize,
    /// Edges that still cross a rim.
    pub(crate) blocked: usize,
}

/// Labels the boundary vertices with the patches of the input next to them.
pub(crate) fn label(
    mesh: &mut TetMesh,
    domain: &SurfaceDomain,
    size: f64,
    control: &RunControl,
) -> Result<(), Cancelled> {
    let numbers: Vec<u32> = (0..mesh.points.len() as u32).filter(|&v| mesh.on_boundary(v)).collect();
    let labels = crate::parallel::parallel_map(&numbers, control, |&v| {
        domain.label(&mesh.points[v as usize], 0.1 * size).unwrap_or(0)
    })?;
    for (v, label) in numbers.into_iter().zip(labels) {
        mesh.holds[v as usize] = Hold::On(label);
    }
    Ok(())
}

/// Moves or inserts vertices on the rims until no boundary edge crosses one, as far as no tetrahedron gets worse than
/// `guard`. Where that stops it, another call after some smoothing may succeed.
pub(crate) fn snap_to_rims(
    mesh: &mut TetMesh,
    rims: &Rims,
    guard: f64,
    control: &RunControl,
) -> Result<SnapCount, Cancelled> {
    let mut count = SnapCount::default();
    let around = Incidence::new(mesh.points.len(), &mesh.tets);
    let blocked = move_ends(mesh, &around, rims, guard, &mut count, control)?;
    let mut stuck = Vec::new();
    for edge in blocked {
        control.check()?;
        if crosses(mesh, edge).is_some() {
            if split_at_rim(mesh, &around, edge, rims, SPLIT * guard) {
                count.split += 1;
            } else {
                stuck.push(edge);
            }
        }
    }
    if !stuck.is_empty() {
        let around = Incidence::new(mesh.points.len(), &mesh.tets);
        let mut work = Reconnect::new(mesh, &around, rims);
        for edge in stuck {
            if edge.iter().any(|&v| work.contract_into_rim(v, SPLIT * guard)) {
                count.merged += 1;
            } else {
                count.blocked += 1;
            }
        }
        work.finish();
    }
    if count.blocked > 0 {
        let filled = fill_notches(mesh, SPLIT * guard);
        count.filled = filled;
        count.blocked -= filled.min(count.blocked);
    }
    Ok(count)
}

/// Where an edge crosses a rim at the bottom of a notch between two vertices on the rim, the notch filled with a tetrahedron:
/// then the rim runs along its outer edge. Returns how many.
fn fill_notches(mesh: &mut TetMesh, guard: f64) -> usize {
    let mut sides: Vec<([u32; 2], u32, [u32; 3], Material)> = Vec::new();
    for face in mesh.boundary().into_iter().filter(|face| face.beyond == OUTSIDE) {
        let [a, b, c] = face.vertices;
        let side = |a: u32, b: u32, apex: u32| ([a.min(b), a.max(b)], apex, [a, b, apex], face.material);
        sides.extend([side(a, b, c), side(b, c, a), side(c, a, b)]);
    }
    sides.sort_unstable();
    let on_rim = |v: u32| matches!(mesh.holds[v as usize], Hold::Rim | Hold::Fixed);
    let is_new = |a: u32, b: u32| sides.binary_search_by(|side| side.0.cmp(&[a.min(b), a.max(b)])).is_err();
    let mut touched = vec![false; mesh.points.len()];
    let mut new: Vec<[u32; 4]> = Vec::new();
    for group in sides.chunk_by(|s, t| s.0 == t.0) {
        let &[(edge, c, [x, y, z], material), (_, d, ..)] = group else { continue };
        let tet = [x, y, z, d];
        let is_notch = crosses(mesh, edge).is_some() && on_rim(c) && on_rim(d) && is_new(c, d);
        if is_notch
            && quality(&tet.map(|v| mesh.points[v as usize])) > guard
            && tet.iter().all(|&v| !touched[v as usize])
        {
            tet.iter().for_each(|&v| touched[v as usize] = true);
            new.push(tet);
            mesh.materials.push(material);
        }
    }
    mesh.tets.extend(&new);
    new.len()
}

/// The patches of an edge's ends if they differ and neither end is on a rim.
fn crosses(mesh: &TetMesh, edge: [u32; 2]) -> Option<[Patch; 2]> {
    match edge.map(|v| mesh.holds[v as usize]) {
        [Hold::On(a), Hold::On(b)] if a != b => Some([a, b]),
        _ => None,
    }
}

/// Moves one end of each crossing edge, nearest first; returns the edges where neither end could.
fn move_ends(
    mesh: &mut TetMesh,
    around: &Incidence,
    rims: &Rims,
    guard: f64,
    count: &mut SnapCount,
    control: &RunControl,
) -> Result<Vec<[u32; 2]>, Cancelled> {
    let mut edges: Vec<[u32; 2]> = Vec::new();
    for face in mesh.boundary() {
        let [a, b, c] = face.vertices;
        edges.extend([[a, b], [b, c], [c, a]].into_iter().filter(|edge| edge[0] < edge[1]));
    }
    edges.retain(|&edge| crosses(mesh, edge).is_some());
    edges.sort_unstable();
    edges.dedup();
    let mut ordered: Vec<(f64, [u32; 2])> = Vec::with_capacity(edges.len());
    for [a, b] in edges {
        let distance = |v: u32| rims.closest(&mesh.points[v as usize]).map_or(f64::INFINITY, |(_, d)| d);
        let (near_a, near_b) = (distance(a), distance(b));
        ordered.push(if near_a <= near_b { (near_a, [a, b]) } else { (near_b, [b, a]) });
    }
    ordered.sort_by(|s, t| s.0.total_cmp(&t.0).then(s.1.cmp(&t.1)));
    let mut blocked = Vec::new();
    for (k, &(_, edge)) in ordered.iter().enumerate() {
        if k % 1024 == 0 {
            control.check()?;
        }
        if crosses(mesh, edge).is_none() {
            continue;
        }
        let reach = REACH * (mesh.points[edge[0] as usize] - mesh.points[edge[1] as usize]).norm();
        if edge.iter().any(|&v| move_to_rim(mesh, around, rims, [guard, reach], v)) {
            count.moved += 1;
        } else {
            blocked.push(edge);
        }
    }
    Ok(blocked)
}

fn move_to_rim(mesh: &mut TetMesh, around: &Incidence, rims: &Rims, [guard, reach]: [f64; 2], v: u32) -> bool {
    let nearest = rims.closest(&mesh.points[v as usize]).filter(|(_, distance)| *distance <= reach);
    let Some((target, _)) = nearest else { return false };
    let possible = star_quality(mesh, around.of(v), v, &target, guard) > guard;
    if possible {
        mesh.points[v as usize] = target;
        mesh.holds[v as usize] = Hold::Rim;
    }
    possible
}

/// Puts a vertex where the edge passes the rim.
fn split_at_rim(mesh: &mut TetMesh, around: &Incidence, edge: [u32; 2], rims: &Rims, guard: f64) -> bool {
    let [a, b] = edge.map(|v| mesh.points[v as usize]);
    passing_point(&a, &b, rims).is_some_and(|at| {
        let ring = ring(mesh, around, edge);
        split(mesh, &ring, Split { edge, at, hold: Hold::Rim }, quality, guard)
    })
}

/// The rim point nearest to a segment, by alternating projection.
fn passing_point(a: &Point3<f64>, b: &Point3<f64>, rims: &Rims) -> Option<Point3<f64>> {
    let along = b - a;
    let mut p = nalgebra::center(a, b);
    let mut target = None;
    for _ in 0..8 {
        let (q, _) = rims.closest(&p)?;
        let t = ((q - a).dot(&along) / along.norm_squared()).clamp(0.1, 0.9);
        p = a + along * t;
        target = Some(q);
    }
    target
}

/// Moves the nearest rim vertex onto each corner of the rims and holds it there.
pub(crate) fn pin_corners(mesh: &mut TetMesh, rims: &Rims, size: f64) {
    let around = Incidence::new(mesh.points.len(), &mesh.tets);
    let on_rims: Vec<u32> = (0..mesh.points.len() as u32).filter(|&v| mesh.holds[v as usize] == Hold::Rim).collect();
    for corner in &rims.corners {
        let distance = |v: u32| (mesh.points[v as usize] - corner).norm();
        let is_near = |&v: &u32| mesh.holds[v as usize] == Hold::Rim && distance(v) < size;
        let mut near: Vec<u32> = on_rims.iter().copied().filter(is_near).collect();
        near.sort_by(|&v, &w| distance(v).total_cmp(&distance(w)).then(v.cmp(&w)));
        let fits = |v: &u32| star_quality(mesh, around.of(*v), *v, corner, LEAST_AT_CORNER) > LEAST_AT_CORNER;
        if let Some(v) = near.into_iter().find(fits) {
            mesh.points[v as usize] = *corner;
            mesh.holds[v as usize] = Hold::Fixed;
        }
    }
}
