//! Vertices moved onto the boundary or junction that they stand for.

use crate::MeshingError;
use crate::domain::Domain;
use crate::features::Rims;
use crate::optimise::Boundary;
use crate::optimise::star::star_quality;
use crate::parallel::parallel_map;
use crate::tets::{Hold, Incidence, TetMesh};
use control::RunControl;
use mesh::{Point3, Vector3};

/// Parts of the way tried, the whole first.
const PARTS: [f64; 4] = [1.0, 0.6, 0.35, 0.2];
/// A vertex nearer than this part of its distance from its neighbours is there.
const THERE: f64 = 1e-6;

/// Moves every vertex of a boundary that lies off it towards its nearest point there, as far as the tetrahedra around
/// stay above `guard`. Returns how many did not get all the way.
pub(super) fn settle(
    mesh: &mut TetMesh,
    domain: &dyn Domain,
    rims: &Rims,
    guard: f64,
    control: &RunControl,
) -> Result<usize, MeshingError> {
    let boundary = Boundary { domain, rims, faces: &[] };
    let held: Vec<u32> =
        (0..mesh.points.len() as u32).filter(|&v| matches!(mesh.holds[v as usize], Hold::On(_) | Hold::Rim)).collect();
    let ways = parallel_map(&held, control, |&v| way(mesh, &boundary, v))?;
    let around = Incidence::new(mesh.points.len(), &mesh.tets);
    let mut left = 0;
    for (k, (&v, way)) in held.iter().zip(ways).enumerate() {
        if k % 4096 == 0 {
            control.check()?;
        }
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

/// Holds the vertices where they are that stand for a junction where there is none within `reach` (mm): parts that do not
/// touch are nearer to each other there than the lattice is fine. Returns how many.
pub(super) fn hold_false_junctions(
    mesh: &mut TetMesh,
    rims: &Rims,
    reach: f64,
    control: &RunControl,
) -> Result<usize, MeshingError> {
    let held: Vec<u32> = (0..mesh.points.len() as u32).filter(|&v| mesh.holds[v as usize] == Hold::Rim).collect();
    let is_false = |&v: &u32| rims.closest(&mesh.points[v as usize]).is_none_or(|(_, distance)| distance > reach);
    let mut count = 0;
    for (v, is_false) in held.iter().zip(parallel_map(&held, control, is_false)?) {
        if is_false {
            mesh.holds[*v as usize] = Hold::Fixed;
            count += 1;
        }
    }
    Ok(count)
}

/// From a vertex to its nearest point on its boundary; none when there is no such point.
fn way(mesh: &TetMesh, boundary: &Boundary<'_>, v: u32) -> Vector3<f64> {
    let p = mesh.points[v as usize];
    boundary
        .hold(&p, mesh.holds[v as usize], f64::INFINITY)
        .map_or_else(Vector3::zeros, |target: Point3<f64>| target - p)
}

/// The length of an edge of the first tetrahedron.
fn size(mesh: &TetMesh, tets: &[u32]) -> f64 {
    let edge = |&t: &u32| {
        let [a, b, ..] = mesh.corners(t as usize);
        (b - a).norm()
    };
    tets.first().map_or(0.0, edge)
}

/// Distances (mm) of the vertices from the boundary or junction that they stand for: the largest, and how many are off by
/// more than a millionth of an element.
pub(super) fn off_boundary(
    mesh: &TetMesh,
    domain: &dyn Domain,
    rims: &Rims,
    size: f64,
    control: &RunControl,
) -> Result<(f64, usize), MeshingError> {
    let boundary = Boundary { domain, rims, faces: &[] };
    let held: Vec<u32> = (0..mesh.points.len() as u32).filter(|&v| mesh.on_boundary(v)).collect();
    let distances = parallel_map(&held, control, |&v| way(mesh, &boundary, v).norm())?;
    let count = distances.iter().filter(|distance| **distance > THERE * size).count();
    Ok((distances.into_iter().fold(0.0, f64::max), count))
}
