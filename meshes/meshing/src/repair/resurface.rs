//! A new surface around everything whose winding number is above one half, when a surface cannot be mended in place.
//!
//! Isosurface stuffing of that solid gives tetrahedra; their boundary has no crossings; where it touches itself the caller cuts it apart (Jacobson, Kavan &
//! Sorkine-Hornung 2013 for the inside; Labelle & Shewchuk 2007 for the stuffing).

use super::draft::Draft;
use crate::domain::{Domain, Material, Patch};
use crate::{MeshOptions, MeshingError, mesh_domain};
use control::RunControl;
use geometry::TriangleBvh;
use mesh::topology::boundary_surface;
use mesh::{Point3, SurfaceMesh};

/// Size over the diagonal of the box, and its smallest value.
const SIZE: f64 = 0.01;
const FINEST: f64 = 0.0025;
/// Size over the thickness below which a twentieth of the area lies.
const THIN: f64 = 0.5;
/// Factor between sizes when one was too fine, or so coarse that nothing was found inside.
const COARSER: f64 = 1.3;
const FINER: f64 = 0.5;
const ATTEMPTS: usize = 6;
/// Halvings of the segment on which a crossing is looked for.
const HALVINGS: usize = 30;
/// Tetrahedra at most.
const MOST: usize = 1_500_000;

/// What has a winding number above one half.
struct Solid {
    all: TriangleBvh,
    /// Triangles with the outside on one side; walls inside are left out.
    skin: TriangleBvh,
}

impl Solid {
    fn new(surface: &SurfaceMesh) -> Self {
        let all = TriangleBvh::new(&surface.points, &surface.triangles);
        let step = 1e-6 * all.bounds().diagonal();
        let on_skin = |t: &usize| {
            let corners = surface.corners(*t);
            let Some(normal) = surface.area_vector2(*t).try_normalize(0.0) else { return false };
            // Near each corner and in the middle: a triangle may be outside in part.
            let weights = [[1.0, 1.0, 1.0], [8.0, 1.0, 1.0], [1.0, 8.0, 1.0], [1.0, 1.0, 8.0]];
            weights.iter().any(|w| {
                let sum: f64 = w.iter().sum();
                let p = corners[0] + ((corners[1] - corners[0]) * w[1] + (corners[2] - corners[0]) * w[2]) / sum;
                all.is_inside(&(p - normal * step)) != all.is_inside(&(p + normal * step))
            })
        };
        let skin: Vec<[u32; 3]> = (0..surface.triangles.len()).filter(on_skin).map(|t| surface.triangles[t]).collect();
        let skin = TriangleBvh::new(&surface.points, &skin);
        Self { all, skin }
    }
}

impl Domain for Solid {
    fn bounds(&self) -> (Point3<f64>, Point3<f64>) {
        let bounds = self.all.bounds();
        (bounds.low, bounds.high)
    }

    /// To all triangles: a lower bound, because the boundary of the solid is part of them.
    fn distance(&self, p: &Point3<f64>, at_most: f64) -> f64 {
        let cap = at_most * (1.0 + 1e-9) + 1e-12;
        self.all.distance(p, cap).or_else(|| self.all.distance(p, f64::INFINITY)).unwrap_or(f64::INFINITY)
    }

    fn material(&self, p: &Point3<f64>) -> Material {
        Material::from(self.all.is_inside(p))
    }

    /// By bisection: the first triangle met may be a wall inside.
    fn crossing(&self, inside: &Point3<f64>, outside: &Point3<f64>) -> Option<f64> {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            let within = self.all.is_inside(&(inside + (outside - inside) * middle));
            (low, high) = if within { (middle, high) } else { (low, middle) };
        }
        Some(0.5 * (low + high))
    }

    fn project(&self, p: &Point3<f64>, _: Patch, reach: f64) -> Option<Point3<f64>> {
        let bvh = if self.skin.is_empty() { &self.all } else { &self.skin };
        bvh.closest_point(p, reach).map(|closest| closest.point)
    }
}

/// Replaces the closed surface of the draft by a new one at `size` (mm, or found); the size used.
pub(super) fn resurface(draft: &mut Draft, size: Option<f64>, control: &RunControl) -> Result<f64, MeshingError> {
    let solid = Solid::new(&draft.surface);
    control.check()?;
    let (diagonal, mut step) = (solid.all.bounds().diagonal(), 0.0);
    if let Some(size) = size {
        step = size;
    } else {
        let thin = solid.all.thickness_percentiles(&[0.05], control)?.first().copied().flatten();
        step += (SIZE * diagonal).min(thin.map_or(f64::INFINITY, |t| THIN * t)).max(FINEST * diagonal);
    }
    for attempt in 0..ATTEMPTS {
        let control = control.stage("new surface", attempt as f64 / ATTEMPTS as f64, 1.0);
        let options = MeshOptions { size: Some(step), max_elements: MOST, passes: 4, ..MeshOptions::default() };
        match mesh_domain(&solid, &options, &control) {
            Ok(found) => {
                let surface = boundary_surface(&found.mesh).surface;
                draft.surface = surface;
                let labels = |p: Point3<f64>| {
                    let closest = solid.all.closest_point(&p, f64::INFINITY)?;
                    draft.labels.get(closest.triangle as usize).copied()
                };
                draft.labels =
                    (0..draft.surface.triangles.len()).map(|t| labels(draft.centroid(t)).unwrap_or_default()).collect();
                return Ok(step);
            }
            Err(MeshingError::TooFine { .. }) if size.is_none() => step *= COARSER,
            Err(MeshingError::NoSize { .. }) if size.is_none() => step *= FINER,
            Err(error) => return Err(error),
        }
    }
    Err(MeshingError::NoSize { tried: ATTEMPTS, last_mm: step })
}
