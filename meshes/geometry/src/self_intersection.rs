use crate::Aabb;
use crate::TriangleBvh;
use crate::bvh::STACK;
use crate::predicates::overlap_beyond_shared;
use control::{Cancelled, RunControl};
use rayon::prelude::*;

/// Leaf triangles between two looks at the control.
const CHUNK: usize = 512;

impl TriangleBvh {
    /// All pairs (i, j), i < j, of triangles that have a point in common beyond a vertex or edge with equal
    /// coordinates in both; sorted.
    ///
    /// Exact (Shewchuk's predicates): touching counts, coplanar overlap and duplicates count, so does an edge that
    /// another triangle touches without having it (a T-junction). Triangles without area are left out.
    ///
    /// # Errors
    /// [`Cancelled`] when the control asks to stop.
    ///
    /// Cost: O(n log n) for a surface with few intersections; uses all threads.
    pub fn self_intersections(&self, control: &RunControl) -> Result<Vec<(u32, u32)>, Cancelled> {
        let chunks = self.triangles.len().div_ceil(CHUNK);
        let found: Result<Vec<Vec<(u32, u32)>>, Cancelled> = (0..chunks)
            .into_par_iter()
            .map(|chunk| {
                control.check()?;
                let end = ((chunk + 1) * CHUNK).min(self.triangles.len());
                let mut pairs = Vec::new();
                for slot in chunk * CHUNK..end {
                    self.later_overlaps(slot, &mut pairs);
                }
                Ok(pairs)
            })
            .collect();
        let mut pairs: Vec<_> = found?.into_iter().flatten().collect();
        pairs.sort_unstable();
        Ok(pairs)
    }

    fn later_overlaps(&self, slot: usize, pairs: &mut Vec<(u32, u32)>) {
        let triangle = &self.triangles[slot];
        self.overlapping_boxes(&Aabb::of_points(&triangle.corners), slot + 1, |other_slot| {
            let other = &self.triangles[other_slot];
            if overlap_beyond_shared(&triangle.corners, &other.corners) {
                pairs.push((triangle.index.min(other.index), triangle.index.max(other.index)));
            }
            true
        });
    }

    /// Calls `visit` for the slots from `from` on whose triangles' boxes touch `bounds`, until it says no; whether it never
    /// did.
    pub(crate) fn overlapping_boxes(&self, bounds: &Aabb, from: usize, mut visit: impl FnMut(usize) -> bool) -> bool {
        if self.nodes.is_empty() {
            return true;
        }
        let mut stack = [0u32; STACK];
        let mut height = 1;
        while height > 0 {
            height -= 1;
            let position = stack[height];
            let node = &self.nodes[position as usize];
            if node.slots().end <= from || !node.bounds.overlaps(bounds) {
                continue;
            }
            if node.is_leaf() {
                for slot in node.slots().filter(|&slot| slot >= from) {
                    if Aabb::of_points(&self.triangles[slot].corners).overlaps(bounds) && !visit(slot) {
                        return false;
                    }
                }
            } else {
                stack[height] = position + node.right;
                stack[height + 1] = position + 1;
                height += 2;
            }
        }
        true
    }

    /// Whether `holds` for all triangles whose boxes touch `bounds`, in no order that means anything; none is asked after one
    /// that says no.
    pub fn all_near(&self, bounds: &Aabb, mut holds: impl FnMut(u32) -> bool) -> bool {
        self.overlapping_boxes(bounds, 0, |slot| holds(self.triangles[slot].index))
    }

    /// Numbers of the triangles whose boxes touch `bounds`, sorted. A triangle may miss the box that its own box
    /// touches.
    pub fn triangles_near(&self, bounds: &Aabb) -> Vec<u32> {
        let mut found = Vec::new();
        self.all_near(bounds, |triangle| {
            found.push(triangle);
            true
        });
        found.sort_unstable();
        found
    }
}
