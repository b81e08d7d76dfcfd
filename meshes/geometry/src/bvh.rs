use crate::sign::Signs;
use crate::winding::Expansions;
use crate::{Aabb, is_usable};
use nalgebra::Point3;

/// Triangles in a leaf at most.
const LEAF_SIZE: usize = 4;
/// Candidate planes an axis in the surface-area heuristic, plus one.
const BINS: usize = 16;
/// Below this depth the halves are equal, so that the depth never exceeds `MEDIAN_DEPTH` + 32.
const MEDIAN_DEPTH: usize = 60;
/// Upper bound of the entries on a traversal stack: one sibling a level and the current node.
pub(crate) const STACK: usize = MEDIAN_DEPTH + 36;
/// Subtrees with more triangles are built by another thread where one is idle.
const PARALLEL_SIZE: usize = 4096;

/// A node; the left child follows its parent, the right one is `right` nodes further.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    pub(crate) bounds: Aabb,
    /// First triangle below the node, as a slot.
    pub(crate) first: u32,
    /// Triangles below the node.
    pub(crate) count: u32,
    /// Offset of the right child; 0 for a leaf.
    pub(crate) right: u32,
}

impl Node {
    pub(crate) fn is_leaf(&self) -> bool {
        self.right == 0
    }

    /// The slots of the triangles below the node.
    pub(crate) fn slots(&self) -> std::ops::Range<usize> {
        self.first as usize..(self.first + self.count) as usize
    }
}

/// The triangles in the order of the leaves; a position in it is a slot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LeafTriangle {
    pub(crate) corners: [Point3<f64>; 3],
    /// Number of the triangle in the input.
    pub(crate) index: u32,
    /// Whether the smallest altitude is so small that the closest point needs the careful branch.
    pub(crate) sliver: bool,
}

/// Marks a triangle of the input that is not in the tree.
pub(crate) const NO_SLOT: u32 = u32::MAX;

/// A bounding volume hierarchy over the triangles of a surface. It keeps its own copy of the coordinates.
///
/// Binary tree by the binned surface-area heuristic (Wald 2007), leaves of at most four triangles. The tree, and so
/// every answer, depends only on the input, never on the number of threads. Build: O(n log n) on all threads; memory
/// about 300 bytes a triangle.
#[derive(Debug, Clone)]
pub struct TriangleBvh {
    pub(crate) nodes: Vec<Node>,
    pub(crate) triangles: Vec<LeafTriangle>,
    /// Slot of every triangle of the input.
    pub(crate) slots: Vec<u32>,
    pub(crate) expansions: Expansions,
    pub(crate) signs: Option<Signs>,
    skipped: Vec<u32>,
}

/// A triangle or box while the tree grows.
pub(crate) struct Item {
    pub(crate) bounds: Aabb,
    pub(crate) centroid: Point3<f64>,
    pub(crate) index: u32,
}

impl TriangleBvh {
    /// Builds the tree. Triangles naming missing vertices or with unusable coordinates are left out, see
    /// [`TriangleBvh::skipped`].
    pub fn new(points: &[Point3<f64>], triangles: &[[u32; 3]]) -> Self {
        let corners_of = |triangle: &[u32; 3]| -> Option<[Point3<f64>; 3]> {
            let [a, b, c] = triangle.map(|v| points.get(v as usize).copied().filter(is_usable));
            Some([a?, b?, c?])
        };
        let (mut items, mut skipped) = (Vec::with_capacity(triangles.len()), Vec::new());
        for (index, triangle) in (0u32..).zip(triangles) {
            match corners_of(triangle) {
                Some(corners) => {
                    let bounds = Aabb::of_points(&corners);
                    items.push(Item { bounds, centroid: bounds.centre(), index });
                }
                None => skipped.push(index),
            }
        }
        let mut nodes = Vec::with_capacity(items.len());
        if !items.is_empty() {
            grow(&mut items, 0, 0, &mut nodes);
        }
        let mut slots = vec![NO_SLOT; triangles.len()];
        let mut leaves = Vec::with_capacity(items.len());
        for item in &items {
            if let Some(corners) = corners_of(&triangles[item.index as usize]) {
                slots[item.index as usize] = leaves.len() as u32;
                let sliver = crate::triangle::is_sliver(&corners);
                leaves.push(LeafTriangle { corners, index: item.index, sliver });
            }
        }
        let expansions = Expansions::new(&nodes, &leaves);
        Self { nodes, triangles: leaves, slots, expansions, signs: None, skipped }
    }

    /// Number of triangles in the tree.
    pub fn len(&self) -> usize {
        self.triangles.len()
    }

    /// Whether the tree holds no triangle.
    pub fn is_empty(&self) -> bool {
        self.triangles.is_empty()
    }

    /// The box around all triangles in the tree.
    pub fn bounds(&self) -> Aabb {
        self.nodes.first().map_or_else(Aabb::empty, |root| root.bounds)
    }

    /// Triangles of the input that take no part: missing vertices, coordinates that are not finite or beyond 1e40.
    pub fn skipped(&self) -> &[u32] {
        &self.skipped
    }

    /// Corners of triangle `triangle` of the input; `None` when it is out of range or was skipped.
    pub fn corners(&self, triangle: u32) -> Option<[Point3<f64>; 3]> {
        let slot = *self.slots.get(triangle as usize)?;
        Some(self.triangles.get(slot as usize)?.corners)
    }
}

/// Appends the subtree of `items`, whose first has the slot `first`, to `nodes`.
pub(crate) fn grow(items: &mut [Item], first: u32, depth: usize, nodes: &mut Vec<Node>) {
    let bounds = items.iter().fold(Aabb::empty(), |b, item| b.union(&item.bounds));
    let position = nodes.len();
    nodes.push(Node { bounds, first, count: items.len() as u32, right: 0 });
    if items.len() <= LEAF_SIZE {
        return;
    }
    let middle = split(items, depth);
    let (left, right) = items.split_at_mut(middle);
    let right_first = first + middle as u32;
    if left.len() + right.len() > PARALLEL_SIZE {
        let subtree = |part: &mut [Item], first| {
            let mut nodes = Vec::with_capacity(part.len());
            grow(part, first, depth + 1, &mut nodes);
            nodes
        };
        let (mut left, mut right) = rayon::join(|| subtree(left, first), || subtree(right, right_first));
        nodes[position].right = (left.len() + 1) as u32;
        nodes.append(&mut left);
        nodes.append(&mut right);
    } else {
        grow(left, first, depth + 1, nodes);
        nodes[position].right = (nodes.len() - position) as u32;
        grow(right, right_first, depth + 1, nodes);
    }
}

/// Partitions `items` (more than one) into two non-empty parts and returns the length of the first.
fn split(items: &mut [Item], depth: usize) -> usize {
    let centroids = Aabb::of_points(items.iter().map(|item| &item.centroid));
    let half = items.len() / 2;
    if depth >= MEDIAN_DEPTH {
        let axis = centroids.size().imax();
        items.select_nth_unstable_by(half, |a, b| {
            a.centroid[axis].total_cmp(&b.centroid[axis]).then(a.index.cmp(&b.index))
        });
        return half;
    }
    let Some((axis, plane)) = best_plane(items, &centroids) else { return half };
    let bin = binning(&centroids, axis);
    let mut middle = 0;
    for k in 0..items.len() {
        if bin(&items[k].centroid) < plane {
            items.swap(k, middle);
            middle += 1;
        }
    }
    middle
}

/// The map from centroid to bin along an axis.
fn binning(centroids: &Aabb, axis: usize) -> impl Fn(&Point3<f64>) -> usize + use<> {
    let low = centroids.low[axis];
    let scale = BINS as f64 / (centroids.high[axis] - low);
    move |p| (((p[axis] - low) * scale) as usize).min(BINS - 1)
}

/// The axis and the first bin of the right part with the smallest estimated cost; `None` when all centroids agree.
fn best_plane(items: &[Item], centroids: &Aabb) -> Option<(usize, usize)> {
    let mut best = (f64::INFINITY, None);
    for axis in 0..3 {
        let extent = centroids.high[axis] - centroids.low[axis];
        if !(extent > 0.0 && (BINS as f64 / extent).is_finite()) {
            continue;
        }
        let bin = binning(centroids, axis);
        let mut bins = [(Aabb::empty(), 0usize); BINS];
        for item in items {
            let entry = &mut bins[bin(&item.centroid)];
            *entry = (entry.0.union(&item.bounds), entry.1 + 1);
        }
        let mut right_cost = [0.0; BINS];
        let mut right = (Aabb::empty(), 0);
        for plane in (1..BINS).rev() {
            right = (right.0.union(&bins[plane].0), right.1 + bins[plane].1);
            right_cost[plane] = right.0.half_area() * right.1 as f64;
        }
        let mut left = (Aabb::empty(), 0);
        for plane in 1..BINS {
            left = (left.0.union(&bins[plane - 1].0), left.1 + bins[plane - 1].1);
            let cost = left.0.half_area() * left.1 as f64 + right_cost[plane];
            if left.1 > 0 && left.1 < items.len() && cost < best.0 {
                best = (cost, Some((axis, plane)));
            }
        }
    }
    best.1
}
