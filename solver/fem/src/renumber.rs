use crate::NodeGraph;
use std::collections::VecDeque;

/// The nodes of a graph in an order of small bandwidth: reversed Cuthill and McKee (Proc. 24th ACM Nat. Conf., 1969), each part
/// from an end of it found by going to the farthest node as long as that leads farther (George and Liu, ACM TOMS 5:284, 1979).
/// Nodes without elements come last, in their own order. Cost: a few visits of every (node, neighbour) pair.
pub fn narrow_order(graph: &NodeGraph) -> Vec<u32> {
    let nodes = graph.len();
    let degree = |node: u32| graph.neighbours(node).len();
    let (mut order, mut alone) = (Vec::with_capacity(nodes), Vec::new());
    let mut done = vec![false; nodes];
    let mut level = vec![u32::MAX; nodes];
    for seed in 0..nodes as u32 {
        if done[seed as usize] {
            continue;
        }
        if degree(seed) == 0 {
            alone.push(seed);
            continue;
        }
        let start = far_end(graph, seed, &mut level);
        let mut queue = VecDeque::from([start]);
        done[start as usize] = true;
        while let Some(node) = queue.pop_front() {
            order.push(node);
            let mut next: Vec<u32> = graph.neighbours(node).iter().copied().filter(|&n| !done[n as usize]).collect();
            next.sort_by_key(|&n| (degree(n), n));
            for n in next {
                done[n as usize] = true;
                queue.push_back(n);
            }
        }
    }
    order.reverse();
    order.extend(alone);
    order
}

/// A node far from most others of its part.
fn far_end(graph: &NodeGraph, seed: u32, level: &mut [u32]) -> u32 {
    let (mut start, mut depth) = (seed, None);
    loop {
        let reached = levels(graph, start, level);
        let last = reached.last().map_or(0, |&node| level[node as usize]);
        let farthest = reached.iter().copied().filter(|&node| level[node as usize] == last);
        let end = farthest.min_by_key(|&node| (graph.neighbours(node).len(), node)).unwrap_or(start);
        reached.iter().for_each(|&node| level[node as usize] = u32::MAX);
        if depth.is_some_and(|depth| last <= depth) {
            return start;
        }
        (start, depth) = (end, Some(last));
    }
}

/// The nodes that `start` is connected to, by their distance in edges, which `level` holds afterwards.
fn levels(graph: &NodeGraph, start: u32, level: &mut [u32]) -> Vec<u32> {
    let mut reached = vec![start];
    level[start as usize] = 0;
    let mut next = 0;
    while let Some(&node) = reached.get(next) {
        next += 1;
        for &other in graph.neighbours(node) {
            if level[other as usize] == u32::MAX {
                level[other as usize] = level[node as usize] + 1;
                reached.push(other);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;
    use control::RunControl;
    use mesh::{ElementKind, Point3, VolumeMesh};

    /// A strip of tetrahedra whose nodes are numbered at random, and a node without elements.
    #[test]
    fn a_strip_has_the_bandwidth_of_its_elements_again() {
        let count = 500_u32;
        let number = |k: u32| (k * 7919 + 31) % (count + 3);
        let connectivity = (0..count).flat_map(|e| [e, e + 1, e + 2, e + 3].map(number)).collect();
        let mesh = VolumeMesh::new(vec![Point3::origin(); count as usize + 4], ElementKind::Tet4, connectivity);
        let graph = NodeGraph::new(&mesh, &RunControl::silent()).unwrap();
        let order = narrow_order(&graph);
        let mut place = vec![u32::MAX; order.len()];
        (0_u32..).zip(&order).for_each(|(k, &node)| place[node as usize] = k);
        assert_eq!((order.len(), order.last()), (count as usize + 4, Some(&(count + 3))));
        let width = |node: u32| {
            let away = graph.neighbours(node).iter().map(|&n| place[n as usize].abs_diff(place[node as usize]));
            away.max().unwrap_or(0)
        };
        let widest = (0..graph.len() as u32).map(width).max();
        assert!(widest <= Some(6), "{widest:?}");
    }
}
