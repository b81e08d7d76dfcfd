use crate::bvh::STACK;
use crate::triangle::{closest_barycentric, combine, feature};
use crate::{Feature, TriangleBvh, is_usable};
use nalgebra::Point3;

/// The point of a surface closest to a query point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClosestPoint {
    /// The closest point.
    pub point: Point3<f64>,
    /// The triangle it lies on, as numbered in the input. On a shared edge or vertex, one of those that share it.
    pub triangle: u32,
    /// Distance from the query point in mm.
    pub distance: f64,
    /// Weights of the triangle's corners; they sum to 1.
    pub barycentric: [f64; 3],
    /// Whether the point lies on the triangle's open face, an open edge or a corner.
    pub feature: Feature,
}

impl TriangleBvh {
    /// The point of the surface closest to `p` and at most `max_distance` (mm) away; `f64::INFINITY` for no cap.
    ///
    /// `None` when nothing is that close, the tree is empty, or `p` or the cap is not a number.
    /// Cost: O(log n) near the surface, about 1 µs for 70 000 triangles.
    pub fn closest_point(&self, p: &Point3<f64>, max_distance: f64) -> Option<ClosestPoint> {
        let (slot, _) = self.closest_slot(p, max_distance)?;
        let triangle = self.triangles.get(slot)?;
        let barycentric = closest_barycentric(p, &triangle.corners, triangle.sliver);
        let point = combine(&triangle.corners, &barycentric);
        Some(ClosestPoint {
            point,
            triangle: triangle.index,
            distance: (p - point).norm(),
            barycentric,
            feature: feature(&barycentric),
        })
    }

    /// Distance (mm) from `p` to the surface if at most `max_distance`, else `None`. Same cost as
    /// [`TriangleBvh::closest_point`].
    pub fn distance(&self, p: &Point3<f64>, max_distance: f64) -> Option<f64> {
        self.closest_slot(p, max_distance).map(|(_, distance2)| distance2.sqrt())
    }

    /// Slot of the closest triangle and the squared distance.
    pub(crate) fn closest_slot(&self, p: &Point3<f64>, max_distance: f64) -> Option<(usize, f64)> {
        if !is_usable(p) || self.nodes.is_empty() || max_distance.is_nan() || max_distance < 0.0 {
            return None;
        }
        let mut best = (usize::MAX, max_distance * max_distance);
        let mut stack = [(0u32, 0.0f64); STACK];
        let mut height = 0;
        let (mut node, mut lower) = (0u32, self.nodes[0].bounds.distance_squared(p));
        loop {
            if lower <= best.1 {
                let current = &self.nodes[node as usize];
                if current.is_leaf() {
                    for slot in current.slots() {
                        let triangle = &self.triangles[slot];
                        let weights = closest_barycentric(p, &triangle.corners, triangle.sliver);
                        let distance2 = (p - combine(&triangle.corners, &weights)).norm_squared();
                        if distance2 < best.1 || (best.0 == usize::MAX && distance2 <= best.1) {
                            best = (slot, distance2);
                        }
                    }
                } else {
                    let (left, right) = (node + 1, node + current.right);
                    let to_left = self.nodes[left as usize].bounds.distance_squared(p);
                    let to_right = self.nodes[right as usize].bounds.distance_squared(p);
                    let (near, far) = if to_left <= to_right {
                        ((left, to_left), (right, to_right))
                    } else {
                        ((right, to_right), (left, to_left))
                    };
                    if far.1 <= best.1 {
                        stack[height] = far;
                        height += 1;
                    }
                    (node, lower) = near;
                    continue;
                }
            }
            if height == 0 {
                break;
            }
            height -= 1;
            (node, lower) = stack[height];
        }
        (best.0 != usize::MAX).then_some(best)
    }
}
