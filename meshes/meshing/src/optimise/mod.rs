//! Better angles: smoothing, then local changes of the connections where smoothing is not enough.

mod peel;
pub(crate) mod piece;
pub(crate) mod reconnect;
mod relief;
pub(crate) mod smooth;
pub(crate) mod split;
pub(crate) mod star;

pub(crate) use peel::unpinch;
pub(crate) use reconnect::Measure;
pub(crate) use relief::{FLOOR, last_shape, polish, relieve, relieve_to, shape};

use crate::domain::Domain;
use crate::features::Rims;
use crate::tets::{BoundaryFace, Hold, Incidence, TetMesh};
use control::{Cancelled, RunControl};
use mesh::{Point3, Vector3};

/// Only tetrahedra below this quality (33°, 129°) are worked on.
const ACTIVE: f64 = 0.55;

/// Only tetrahedra below this one (25°, 143°) count as the worst.
const WORST: f64 = 0.42;
/// Passes between two changes of connections.
const PEEL_EVERY: usize = 4;

/// How often a mesh is smoothed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Passes {
    /// Around all tetrahedra that could be better.
    pub(crate) active: usize,
    /// Then around the worst alone.
    pub(crate) worst: usize,
}

impl Passes {
    /// For a mesh that is finished after them.
    pub(crate) const fn thorough(active: usize) -> Self {
        Self { active, worst: 12 }
    }
}

/// What the boundary vertices are held to.
pub(crate) struct Boundary<'a> {
    pub(crate) domain: &'a dyn Domain,
    pub(crate) rims: &'a Rims,
    pub(crate) faces: &'a [BoundaryFace],
}

impl Boundary<'_> {
    /// The point of the vertex's patch or rim nearest to `p`, if within `reach`.
    pub(crate) fn hold(&self, p: &Point3<f64>, hold: Hold, reach: f64) -> Option<Point3<f64>> {
        match hold {
            Hold::Free => Some(*p),
            Hold::On(patch) => self.domain.project(p, patch, reach),
            Hold::Rim => self.rims.closest(p).filter(|(_, distance)| *distance <= reach).map(|(point, _)| point),
            Hold::Fixed => None,
        }
    }

    /// Unit normals of the boundary at its vertices, zero elsewhere.
    fn normals(&self, points: &[Point3<f64>]) -> Vec<Vector3<f64>> {
        let mut normals = vec![Vector3::zeros(); points.len()];
        // Between materials one side's faces: both would cancel.
        for face in self.faces.iter().filter(|face| face.is_first()) {
            let normal = face.area_vector2(points);
            face.vertices.iter().for_each(|&v| normals[v as usize] += normal);
        }
        normals.iter_mut().for_each(|n| *n = n.try_normalize(0.0).unwrap_or_else(Vector3::zeros));
        normals
    }
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Improvement {
    pub(crate) passes: usize,
    pub(crate) moves: usize,
    pub(crate) peeled: usize,
    pub(crate) reconnected: usize,
}

/// Improves the mesh: smoothing passes with flat boundary tetrahedra removed between them, then more passes around the
/// worst tetrahedra alone.
pub(crate) fn optimise(
    mesh: &mut TetMesh,
    domain: &dyn Domain,
    rims: &Rims,
    passes: Passes,
    control: &RunControl,
) -> Result<Improvement, Cancelled> {
    let mut improvement = Improvement::default();
    let mut around = Incidence::new(mesh.points.len(), &mesh.tets);
    control.check()?;
    let mut faces = mesh.boundary();
    let total = passes.active + passes.worst;
    for number in 0..total {
        control.report(number as f64 / total as f64);
        let threshold = if number < passes.active { ACTIVE } else { WORST };
        let boundary = Boundary { domain, rims, faces: &faces };
        let moved = smooth::pass(mesh, &around, &boundary, threshold, number, control)?;
        improvement.passes += 1;
        improvement.moves += moved;
        if number % PEEL_EVERY == PEEL_EVERY - 1 {
            control.check()?;
            let peeled = peel::peel(mesh, &faces);
            if peeled > 0 {
                around = Incidence::new(mesh.points.len(), &mesh.tets);
            }
            let changed = reconnect::reconnect(mesh, &around, rims, WORST, control)?;
            if peeled + changed > 0 {
                improvement.peeled += peeled;
                improvement.reconnected += changed;
                control.check()?;
                around = Incidence::new(mesh.points.len(), &mesh.tets);
                control.check()?;
                faces = mesh.boundary();
            }
        }
    }
    Ok(improvement)
}
