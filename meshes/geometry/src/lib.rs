//! Points, boxes, bounding volume hierarchy and its queries.
//!
//! [`TriangleBvh`] answers, for the triangles of a surface: closest point, rays, generalised winding number,
//! signed distance, self-intersections and local thickness. Lengths are millimetres.
//! [`BoxTree`] finds the boxes around a point.
//!
//! No query panics or hangs on malformed input. Triangles that name missing vertices or whose coordinates are not
//! finite (or exceed 1e40 mm, where products could overflow) take no part and are listed by [`TriangleBvh::skipped`];
//! queries at such points answer `None` or NaN.

mod aabb;
mod boxes;
mod bvh;
mod closest;
mod predicates;
mod ray;
mod self_intersection;
mod sign;
mod thickness;
mod triangle;
mod winding;

pub use aabb::Aabb;
pub use boxes::BoxTree;
pub use bvh::TriangleBvh;
pub use closest::ClosestPoint;
pub use predicates::orientation;
pub use ray::RayHit;
pub use triangle::Feature;

/// Coordinates beyond this magnitude (mm) are treated like NaN: products of seven of them must stay finite.
const LARGEST_COORDINATE: f64 = 1e40;

/// Whether every coordinate is a number that the queries can calculate with.
fn is_usable(p: &nalgebra::Point3<f64>) -> bool {
    p.iter().all(|c| c.abs() <= LARGEST_COORDINATE)
}
