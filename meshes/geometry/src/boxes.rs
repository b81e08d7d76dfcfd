//! A tree over boxes: which of them contain a point?

use crate::Aabb;
use crate::bvh::{Item, Node, grow};
use nalgebra::Point3;

/// A bounding volume hierarchy over boxes, as over the elements of a mesh.
///
/// The tree, and so the order of the answers, depends only on the input, never on the number of threads.
#[derive(Debug, Clone)]
pub struct BoxTree {
    nodes: Vec<Node>,
    /// The boxes in the order of the leaves with their numbers in the input.
    boxes: Vec<(Aabb, u32)>,
}

impl BoxTree {
    /// Builds the tree. Empty boxes and boxes that are not finite contain nothing.
    pub fn new(boxes: &[Aabb]) -> Self {
        let is_usable = |b: &Aabb| !b.is_empty() && crate::is_usable(&b.low) && crate::is_usable(&b.high);
        let usable = (0_u32..).zip(boxes).filter(|(_, bounds)| is_usable(bounds));
        let mut items: Vec<Item> =
            usable.map(|(index, &bounds)| Item { bounds, centroid: bounds.centre(), index }).collect();
        let mut nodes = Vec::with_capacity(items.len());
        if !items.is_empty() {
            grow(&mut items, 0, 0, &mut nodes);
        }
        Self { nodes, boxes: items.into_iter().map(|item| (item.bounds, item.index)).collect() }
    }

    /// Calls `visit` with the number of each box that contains `p` until it answers something.
    pub fn find_at<T>(&self, p: &Point3<f64>, mut visit: impl FnMut(u32) -> Option<T>) -> Option<T> {
        let mut stack = vec![0];
        while let Some(position) = stack.pop() {
            let Some(node) = self.nodes.get(position).filter(|node| node.bounds.contains(p)) else { continue };
            if node.right > 0 {
                stack.extend([position + node.right as usize, position + 1]);
                continue;
            }
            let (first, count) = (node.first as usize, node.count as usize);
            let own = self.boxes.get(first..first + count).unwrap_or_default();
            let found = own.iter().filter(|(bounds, _)| bounds.contains(p)).find_map(|&(_, number)| visit(number));
            if found.is_some() {
                return found;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_boxes_around_a_point_are_visited_and_bad_ones_are_not() {
        let corner = |k: u32| Point3::new(f64::from(k % 10), f64::from(k / 10 % 10), f64::from(k / 100));
        let mut boxes: Vec<Aabb> =
            (0..1000).map(|k| Aabb { low: corner(k), high: corner(k) + nalgebra::Vector3::repeat(1.5) }).collect();
        boxes[700] = Aabb::empty();
        boxes[701].high.x = f64::NAN;
        let tree = BoxTree::new(&boxes);
        for p in [Point3::new(4.2, 5.3, 7.4), Point3::new(0.1, 0.2, 7.9), Point3::new(-1.0, 0.0, 0.0)] {
            let mut seen = Vec::new();
            assert_eq!(
                tree.find_at(&p, |k| -> Option<()> {
                    seen.push(k);
                    None
                }),
                None
            );
            seen.sort_unstable();
            let wanted = (0_u32..1000).filter(|k| !matches!(k, 700 | 701) && boxes[*k as usize].contains(&p));
            assert_eq!(seen, wanted.collect::<Vec<_>>());
        }
        assert_eq!(tree.find_at(&Point3::new(3.1, 0.1, 0.1), |k| (k == 2).then_some(k)), Some(2));
        assert_eq!(BoxTree::new(&[]).find_at(&Point3::origin(), Some), None);
    }
}
