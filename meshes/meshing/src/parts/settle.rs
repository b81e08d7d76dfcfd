//! Vertices moved onto the boundary or junction that they stand for.

use crate::MeshingError;
use crate::domain::Domain;
use crate::features::Rims;
use crate::optimise::Boundary;
use crate::optimise::star::star_quality;
use crate::parallel::parallel_map;
use crate::tets::{Hold, Incidence, TetMesh};
use control::RunControl;
use mesh::Vector3;

/// Parts of the way tried, the whole first.
const PARTS: [f64; 4] = [1.0, 0.6, 0.35, 0.2];
/// A vertex nearer than this part of its distance from its neighbours is there.
const THERE: f64 = 1e-6;

/// Moves every vertex of a boundary that lies off it, within `reach` (mm), towards its nearest point there, as far as the
/// tetrahedra around stay above `guard`. Returns how many did not get all the way.
pub(super) fn settle(
    mesh: &mut TetMesh,
    domain: &dyn Domain,
    rims: &Rims,
    [guard, reach]: [f64; 2],
    control: &RunControl,
) -> Result<usize, MeshingError> {
    let boundary = Boundary { domain, rims, faces: &[] };
    let held: Vec<u32> =
        (0..mesh.points.len() as u32).filter(|&v| matches!(mesh.holds[v as usize], Hold::On(_) | Hold::Rim)).collect();
    let ways = parallel_map(&held, control, |&v| way(mesh, &boundary, v, reach))?;
    let around = Incidence::new(mesh.points.len(), &mesh.tets);
    let mut left = 0;
    for (k, (&v, way)) in held.iter().zip(ways).enumerate() {
        if k % 4096 == 0 {
            control.check()?;
        }
        let Some(way) = way else { continue };
        let start = mesh.points[v as usize];
        let tets = around.of(v);
        if way.norm() <= THERE * size(mesh, tets) {
            continue;
        }
        let fits = |&part: &f64| star_quality(mesh, tets, v, &(start + way * part), guard) > guard;
        let part = PARTS.iter().copied().find(fits).unwrap_or(0.0);
        mesh.points[v as usize] = start + way * part;
        left += usize::from(part < 1.0);
    }
    Ok(left)
}

/// From a vertex to its nearest point on its boundary; `None` when there is none within `reach`.
fn way(mesh: &TetMesh, boundary: &Boundary<'_>, v: u32, reach: f64) -> Option<Vector3<f64>> {
    let p = mesh.points[v as usize];
    boundary.hold(&p, mesh.holds[v as usize], reach).map(|target| target - p)
}

/// The length of an edge of the first tetrahedron.
fn size(mesh: &TetMesh, tets: &[u32]) -> f64 {
    let edge = |&t: &u32| {
        let [a, b, ..] = mesh.corners(t as usize);
        (b - a).norm()
    };
    tets.first().map_or(0.0, edge)
}

/// Vertices off the boundary or junction that they stand for.
pub(super) struct Off {
    /// The largest distance in mm.
    pub(super) largest: f64,
    /// How many are off by more than rounding.
    pub(super) count: usize,
}

/// Distances of the vertices from what they stand for, looked for within `reach` (mm): between parts that do not touch there
/// is nothing.
pub(super) fn off_boundary(
    mesh: &TetMesh,
    domain: &dyn Domain,
    rims: &Rims,
    reach: f64,
    control: &RunControl,
) -> Result<Off, MeshingError> {
    let boundary = Boundary { domain, rims, faces: &[] };
    let held: Vec<u32> = (0..mesh.points.len() as u32).filter(|&v| mesh.on_boundary(v)).collect();
    let distances = parallel_map(&held, control, |&v| way(mesh, &boundary, v, reach).map(|way| way.norm()))?;
    let found = || distances.iter().flatten();
    Ok(Off {
        largest: found().copied().fold(0.0, f64::max),
        count: found().filter(|distance| **distance > THERE * reach).count(),
    })
}
