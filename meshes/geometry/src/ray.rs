//! Watertight rays: Woop, Benthin and Wald 2013 (Watertight ray/triangle intersection, JCGT 2:65), with exact edge
//! tests and a symbolic shift of the ray, so that a shared edge or vertex counts exactly once.

use crate::bvh::{LeafTriangle, STACK};
use crate::triangle::combine;
use crate::{Aabb, TriangleBvh, is_usable};
use nalgebra::{Point3, Vector3};
use robust::{Coord, orient2d};
use std::ops::RangeInclusive;

/// A point where a ray meets a triangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RayHit {
    /// The triangle, as numbered in the input.
    pub triangle: u32,
    /// Position along the ray: point = origin + parameter × direction.
    pub parameter: f64,
    /// The point, computed from the triangle's corners.
    pub point: Point3<f64>,
    /// Weights of the triangle's corners; they sum to 1.
    pub barycentric: [f64; 3],
    /// Whether the ray comes from the side the normal points to: it enters the solid.
    pub entering: bool,
}

/// A ray prepared for many triangles.
struct Ray {
    origin: Point3<f64>,
    inverse: Vector3<f64>,
    /// The axis along which the direction is largest and the two others, in cyclic order.
    axes: [usize; 3],
    /// Shear that turns the direction into the axis, and the scale along it.
    shear: [f64; 3],
    range: (f64, f64),
    /// Boxes grow by this much (mm): the rounding of sheared coordinates must not let the ray slip past a box.
    margin: f64,
}

impl Ray {
    /// `None` when the direction is zero or anything is unusable; `scene` bounds all triangles.
    fn new(origin: &Point3<f64>, direction: &Vector3<f64>, range: &RangeInclusive<f64>, scene: &Aabb) -> Option<Self> {
        let range = (*range.start(), *range.end());
        let usable = is_usable(origin) && is_usable(&Point3::from(*direction));
        let z = direction.iamax();
        let along = direction[z];
        if !usable || !along.recip().is_finite() || range.0.is_nan() || range.1.is_nan() {
            return None;
        }
        let (x, y) = ((z + 1) % 3, (z + 2) % 3);
        let shear = [direction[x] / along, direction[y] / along, 1.0 / along];
        let reach = (scene.low - origin).amax().max((scene.high - origin).amax());
        let margin = 16.0 * f64::EPSILON * reach;
        Some(Self { origin: *origin, inverse: direction.map(f64::recip), axes: [x, y, z], shear, range, margin })
    }

    /// Whether the ray may meet the box before `end`, and where it enters at the earliest. Errs on the safe side.
    fn entry(&self, bounds: &Aabb, end: f64) -> Option<f64> {
        let (mut near, mut far) = (self.range.0, end);
        for k in 0..3 {
            let to_low = (bounds.low[k] - self.margin - self.origin[k]) * self.inverse[k];
            let to_high = (bounds.high[k] + self.margin - self.origin[k]) * self.inverse[k];
            // 0 × ∞ is NaN where the ray runs in a face of the box: that face then sets no limit.
            if !(to_low.is_nan() || to_high.is_nan()) {
                near = near.max(to_low.min(to_high));
                far = far.min(to_low.max(to_high));
            }
        }
        (near <= far).then_some(near)
    }

    /// The triangle's corners in the frame where the ray is the z axis.
    fn sheared(&self, corners: &[Point3<f64>; 3]) -> [[f64; 3]; 3] {
        let [x, y, z] = self.axes;
        corners.map(|p| {
            let v = p - self.origin;
            [v[x] - self.shear[0] * v[z], v[y] - self.shear[1] * v[z], v[z] * self.shear[2]]
        })
    }

    fn hit(&self, triangle: &LeafTriangle) -> Option<RayHit> {
        let [a, b, c] = self.sheared(&triangle.corners);
        let (u, v, w) = (cross(&b, &c), cross(&c, &a), cross(&a, &b));
        let positive = side(u, &b, &c);
        if positive != side(v, &c, &a) || positive != side(w, &a, &b) {
            return None;
        }
        let determinant = u + v + w;
        let barycentric = [u / determinant, v / determinant, w / determinant];
        if !barycentric.iter().all(|weight| weight.is_finite()) {
            return None;
        }
        let parameter = barycentric[0] * a[2] + barycentric[1] * b[2] + barycentric[2] * c[2];
        if !(self.range.0 <= parameter && parameter <= self.range.1) {
            return None;
        }
        Some(RayHit {
            triangle: triangle.index,
            parameter,
            point: combine(&triangle.corners, &barycentric),
            barycentric,
            // Seen along the ray the corners turn clockwise (positive cross product about an axis that points away)
            // when the normal points along the ray; a negative scale mirrors the picture.
            entering: positive == (self.shear[2] < 0.0),
        })
    }
}

/// Cross product of the first two components; its sign is exact.
fn cross(b: &[f64; 3], c: &[f64; 3]) -> f64 {
    let coord = |p: &[f64; 3]| Coord { x: p[0], y: p[1] };
    orient2d(coord(b), coord(c), Coord { x: 0.0, y: 0.0 })
}

/// Whether the ray, moved by (ε, ε²), passes the edge b→c on its positive side.
fn side(cross: f64, b: &[f64; 3], c: &[f64; 3]) -> bool {
    if cross != 0.0 {
        return cross > 0.0;
    }
    // cross(b - δ, c - δ) = cross(b, c) + δx (b.y - c.y) + δy (c.x - b.x)
    if b[1] != c[1] { b[1] > c[1] } else { c[0] > b[0] }
}

impl TriangleBvh {
    /// The first triangle the ray meets with a parameter in `range` (in units of `direction`, which need not have
    /// length 1).
    ///
    /// A ray through a shared edge or vertex of a closed surface is never lost. `None` too for a zero or unusable
    /// direction. Cost: O(log n).
    pub fn ray(&self, origin: &Point3<f64>, direction: &Vector3<f64>, range: RangeInclusive<f64>) -> Option<RayHit> {
        self.ray_filtered(origin, direction, range, |_| true)
    }

    /// The first triangle the ray meets among the hits that `accept` agrees to.
    pub fn ray_filtered(
        &self,
        origin: &Point3<f64>,
        direction: &Vector3<f64>,
        range: RangeInclusive<f64>,
        accept: impl Fn(&RayHit) -> bool,
    ) -> Option<RayHit> {
        let mut ray = Ray::new(origin, direction, &range, &self.bounds())?;
        let mut best: Option<RayHit> = None;
        self.walk(&mut ray, |ray, triangle| {
            let hit = ray.hit(triangle).filter(&accept);
            if let Some(hit) = hit.filter(|hit| best.is_none_or(|b| earlier(hit, &b))) {
                ray.range.1 = hit.parameter;
                best = Some(hit);
            }
        });
        best
    }

    /// Every triangle the ray meets with a parameter in `range`, by parameter, then by triangle.
    ///
    /// A shared edge or vertex yields one hit where the ray crosses the surface, and none or two where it only touches
    /// it, so on a closed surface the number of hits ahead of a point off the surface is odd exactly for points with
    /// an odd winding number.
    pub fn ray_all(&self, origin: &Point3<f64>, direction: &Vector3<f64>, range: RangeInclusive<f64>) -> Vec<RayHit> {
        let Some(mut ray) = Ray::new(origin, direction, &range, &self.bounds()) else { return Vec::new() };
        let mut hits = Vec::new();
        self.walk(&mut ray, |ray, triangle| hits.extend(ray.hit(triangle)));
        hits.sort_by(|a, b| a.parameter.total_cmp(&b.parameter).then(a.triangle.cmp(&b.triangle)));
        hits
    }

    /// Visits the leaves whose boxes the ray may meet, nearest first; `visit` may shorten the ray.
    fn walk(&self, ray: &mut Ray, mut visit: impl FnMut(&mut Ray, &LeafTriangle)) {
        let Some(start) = self.nodes.first().and_then(|root| ray.entry(&root.bounds, ray.range.1)) else { return };
        let mut stack = [(0u32, 0.0f64); STACK];
        stack[0] = (0, start);
        let mut height = 1;
        while height > 0 {
            height -= 1;
            let (position, entry) = stack[height];
            if entry > ray.range.1 {
                continue;
            }
            let node = &self.nodes[position as usize];
            if node.is_leaf() {
                self.triangles[node.slots()].iter().for_each(|triangle| visit(ray, triangle));
                continue;
            }
            let children = [position + 1, position + node.right];
            let entries = children.map(|child| ray.entry(&self.nodes[child as usize].bounds, ray.range.1));
            let order = if entries[0].unwrap_or(f64::INFINITY) <= entries[1].unwrap_or(f64::INFINITY) {
                [1, 0]
            } else {
                [0, 1]
            };
            for k in order {
                if let Some(entry) = entries[k] {
                    stack[height] = (children[k], entry);
                    height += 1;
                }
            }
        }
    }
}

fn earlier(a: &RayHit, b: &RayHit) -> bool {
    (a.parameter, a.triangle) < (b.parameter, b.triangle)
}
