//! Fewer triangles for the same surface: Garland & Heckbert (1997), "Surface simplification using quadric error metrics".

use super::distance::{SurfaceDistance, two_sided};
use super::editable::{Collapse, Editable, Kind};
use super::features::Curves;
use super::input::{Input, refuse_bad_angle, refuse_bad_length};
use super::isotropic::keeps_shape;
use crate::MeshingError;
use control::{Cancelled, RunControl};
use mesh::{Point3, SurfaceMesh, Vector3};
use nalgebra::Matrix3;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Part of the squared edge length in the order of contractions, so that flat parts lose their shortest edges first.
const SHORT_FIRST: f64 = 1e-6;
/// Contractions between two looks at the cancel flag.
const BATCH: usize = 2048;

/// How far a surface is thinned out; at least one limit is needed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DecimateOptions {
    /// Triangles to reach.
    pub triangles: Option<usize>,
    /// Distance (mm) from the planes of the triangles that a vertex replaces, at most.
    pub max_error: Option<f64>,
    /// Angle between normals (degrees) above which an edge is sharp and kept; `None` keeps only borders.
    pub feature_angle_deg: Option<f64>,
}

impl Default for DecimateOptions {
    fn default() -> Self {
        Self { triangles: None, max_error: None, feature_angle_deg: Some(45.0) }
    }
}

/// A thinned surface and what was measured on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decimated {
    /// The triangles left, in their regions.
    pub surface: SurfaceMesh,
    /// Counts, distance.
    pub report: DecimateReport,
}

/// What was measured on a thinned surface.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DecimateReport {
    /// Triangles before.
    pub triangles_before: usize,
    /// Triangles after; above the wanted number where guards or the error limit stopped.
    pub triangles: usize,
    /// Two-sided, to the input.
    pub distance: SurfaceDistance,
    /// Root of the largest quadric error accepted in mm.
    pub largest_error_mm: f64,
}

/// Contracts the edges of a manifold surface (mm) in the order of their quadric error until a limit is reached. Sharp
/// edges, borders and corners stay on their lines; no triangle turns over; the topology is kept.
///
/// # Errors
/// [`MeshingError::BadOption`] without a limit, [`MeshingError::NotManifold`], [`MeshingError::EmptySurface`],
/// [`MeshingError::Cancelled`].
///
/// Cost: O(n log n), about 10 µs a triangle removed.
pub fn decimate(
    surface: &SurfaceMesh,
    options: &DecimateOptions,
    control: &RunControl,
) -> Result<Decimated, MeshingError> {
    refuse_bad_angle(options.feature_angle_deg)?;
    if options.triangles.is_none() && options.max_error.is_none() {
        return Err(MeshingError::BadOption { option: "triangles", value: f64::NAN, needed: "given, or max_error" });
    }
    options.max_error.map_or(Ok(()), |error| refuse_bad_length("max_error", error))?;
    let input = Input::prepare(surface, control)?;
    let mut mesh = input.editable();
    let angle = options.feature_angle_deg.map(f64::to_radians);
    Curves::mark(&mut mesh, &input.surface, &input.topology, angle, 2.0 * input.mean_length());
    let origin = input.bvh.bounds().centre();
    let mut work = Work { quadrics: quadrics(&mesh, &origin), origin, versions: vec![0; mesh.points.len()], mesh };
    let largest = work.run(options, input.surface.triangles.len(), control)?;
    let surface = input.rebuilt(&work.mesh);
    let distance = two_sided(&input.surface, &surface, &control.stage("measure", 0.9, 1.0))?;
    let report = DecimateReport {
        triangles_before: input.surface.triangles.len(),
        triangles: surface.triangles.len(),
        distance,
        largest_error_mm: largest,
    };
    Ok(Decimated { surface, report })
}

/// Sum of squared distances to planes, xᵀ A x − 2 bᵀ x + c, x relative to the middle of the surface.
#[derive(Debug, Clone, Copy)]
struct Quadric {
    a: Matrix3<f64>,
    b: Vector3<f64>,
    c: f64,
}

impl Quadric {
    const ZERO: Self =
        Self { a: Matrix3::new(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), b: Vector3::new(0.0, 0.0, 0.0), c: 0.0 };

    /// Of the plane through `x` with the unit normal `n`.
    fn of_plane(n: &Vector3<f64>, x: &Vector3<f64>) -> Self {
        let offset = n.dot(x);
        Self { a: n * n.transpose(), b: n * offset, c: offset * offset }
    }

    fn add(&mut self, other: &Self) {
        self.a += other.a;
        self.b += other.b;
        self.c += other.c;
    }

    fn at(&self, x: &Vector3<f64>) -> f64 {
        (x.dot(&(self.a * x)) - 2.0 * self.b.dot(x) + self.c).max(0.0)
    }
}

/// Planes of the triangles at every vertex, and for curve edges planes through them across the triangles.
fn quadrics(mesh: &Editable, origin: &Point3<f64>) -> Vec<Quadric> {
    let mut quadrics = vec![Quadric::ZERO; mesh.points.len()];
    for t in mesh.alive() {
        let triangle = mesh.triangles[t as usize];
        let Some(normal) = mesh.normal(t).try_normalize(0.0) else { continue };
        let corners = mesh.corners(t).map(|p| p - origin);
        let own = Quadric::of_plane(&normal, &corners[0]);
        triangle.iter().for_each(|&v| quadrics[v as usize].add(&own));
        for k in 0..3 {
            let (a, b) = (triangle[k], triangle[(k + 1) % 3]);
            if mesh.curve(a, b).is_some()
                && let Some(across) = normal.cross(&(corners[(k + 1) % 3] - corners[k])).try_normalize(0.0)
            {
                let wall = Quadric::of_plane(&across, &corners[k]);
                [a, b].iter().for_each(|&v| quadrics[v as usize].add(&wall));
            }
        }
    }
    quadrics
}

/// A candidate: order (bits of a positive number sort like it), ends, versions of the ends.
type Candidate = Reverse<(u64, u32, u32, u32, u32)>;

struct Work {
    mesh: Editable,
    quadrics: Vec<Quadric>,
    origin: Point3<f64>,
    versions: Vec<u32>,
}

impl Work {
    /// Contracts until a limit; the root of the largest error accepted.
    fn run(&mut self, options: &DecimateOptions, count: usize, control: &RunControl) -> Result<f64, Cancelled> {
        let (target, limit) = (options.triangles.unwrap_or(0), options.max_error.unwrap_or(f64::INFINITY));
        let (mut left, mut largest) = (count, 0.0_f64);
        // What a guard refused may be possible after its neighbours changed: another round, until none helps.
        loop {
            let before = left;
            let mut heap: BinaryHeap<Candidate> = BinaryHeap::new();
            for [a, b] in self.mesh.edges() {
                heap.extend(self.candidate(a, b));
            }
            let mut number = 0_usize;
            while left > target
                && let Some(Reverse((_, a, b, va, vb))) = heap.pop()
            {
                number += 1;
                if number.is_multiple_of(BATCH) {
                    control.check()?;
                    control.report(0.9 * (count - left) as f64 / (count - target.min(count)).max(1) as f64);
                }
                let stale = self.versions[a as usize] != va || self.versions[b as usize] != vb;
                let Some((collapse, error)) = (if stale { None } else { self.best(a, b) }) else { continue };
                if error.sqrt() > limit || !keeps_shape(&self.mesh, &collapse) {
                    continue;
                }
                left -= self.mesh.at_edge(a, b).len();
                largest = largest.max(error.sqrt());
                self.apply(&collapse, &mut heap);
            }
            if left <= target || left == before {
                return Ok(largest);
            }
        }
    }

    fn apply(&mut self, collapse: &Collapse, heap: &mut BinaryHeap<Candidate>) {
        self.mesh.collapse(collapse);
        let removed = self.quadrics[collapse.removed as usize];
        self.quadrics[collapse.kept as usize].add(&removed);
        self.versions[collapse.removed as usize] += 1;
        self.versions[collapse.kept as usize] += 1;
        for v in self.mesh.neighbours(collapse.kept) {
            heap.extend(self.candidate(v, collapse.kept));
        }
    }

    fn candidate(&self, a: u32, b: u32) -> Option<Candidate> {
        let (a, b) = (a.min(b), a.max(b));
        let (_, error) = self.best(a, b)?;
        let order = error + SHORT_FIRST * self.mesh.length(a, b).powi(2);
        Some(Reverse((order.to_bits(), a, b, self.versions[a as usize], self.versions[b as usize])))
    }

    /// The contraction of an edge with the least error, and that error (mm²).
    fn best(&self, a: u32, b: u32) -> Option<(Collapse, f64)> {
        let mut quadric = self.quadrics[a as usize];
        quadric.add(&self.quadrics[b as usize]);
        let (removed, kept) = [(a, b), (b, a)].into_iter().find(|&(a, b)| self.mesh.may_collapse(a, b))?;
        let [p, q] = [removed, kept].map(|v| self.mesh.points[v as usize] - self.origin);
        let mut places = vec![q];
        match (self.mesh.kinds[removed as usize], self.mesh.kinds[kept as usize]) {
            (Kind::Free, Kind::Free) => {
                places.extend([p, (p + q) * 0.5]);
                places.extend(self.minimum(&quadric, &((p + q) * 0.5), (p - q).norm()));
            }
            (Kind::Curve, Kind::Curve) => places.extend([p, (p + q) * 0.5]),
            _ => {}
        }
        let errors = places.into_iter().map(|x| (quadric.at(&x), x));
        let (error, x) = errors.min_by(|s, t| s.0.total_cmp(&t.0))?;
        // The kept end exactly, not by way of the middle of the surface.
        let at = if x == q { self.mesh.points[kept as usize] } else { self.origin + x };
        Some((Collapse { removed, kept, at }, error))
    }

    /// Where the quadric is least, when that is well determined and near the edge of length `length`.
    fn minimum(&self, quadric: &Quadric, middle: &Vector3<f64>, length: f64) -> Option<Vector3<f64>> {
        // Pulled to the middle a little, so that flat surroundings leave it there.
        let pull = 1e-6 * quadric.a.trace();
        let a = quadric.a + Matrix3::identity() * pull;
        let x = a.try_inverse()? * (quadric.b + middle * pull);
        ((x - middle).norm() <= 2.0 * length).then_some(x)
    }
}
