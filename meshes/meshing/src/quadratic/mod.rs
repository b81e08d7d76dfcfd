//! Linear meshes to quadratic ones.

mod curve;

pub(crate) use curve::curve;

use mesh::{ElementBlock, VolumeMesh};
use rayon::prelude::*;

/// The same mesh with a node half way along every edge (Tet4 to Tet10, Hex8 to Hex20, ...).
///
/// Corner nodes keep their numbers; mid-edge nodes follow, sorted by the numbers of their edge's ends. Face and
/// element regions stay as they are; a node region gains the mid-edge nodes between two of its nodes. Quadratic
/// blocks are kept. Cost O(n log n).
pub fn to_quadratic(mesh: &VolumeMesh) -> VolumeMesh {
    let mut result = mid_edge_nodes(mesh);
    let edges = sorted_edges(mesh);
    for region in result.regions.values_mut() {
        if let mesh::Region::Nodes(nodes) = region {
            let both =
                |&(_, [a, b]): &(usize, &[u32; 2])| nodes.binary_search(a).is_ok() && nodes.binary_search(b).is_ok();
            let first = mesh.nodes.len();
            let middle: Vec<u32> = edges.iter().enumerate().filter(both).map(|(k, _)| (first + k) as u32).collect();
            nodes.extend(middle);
        }
    }
    result
}

/// [`to_quadratic`] for meshes whose regions name no nodes.
pub(crate) fn mid_edge_nodes(mesh: &VolumeMesh) -> VolumeMesh {
    let edges = sorted_edges(mesh);
    let mut nodes = mesh.nodes.clone();
    nodes.extend(edges.iter().map(|&[a, b]| nalgebra::center(&mesh.nodes[a as usize], &mesh.nodes[b as usize])));
    let first = mesh.nodes.len() as u32;
    let blocks = mesh.blocks.iter().map(|block| quadratic_block(block, &edges, first)).collect();
    VolumeMesh { nodes, blocks, regions: mesh.regions.clone() }
}

/// Every edge of the linear elements once, as sorted pairs in ascending order.
pub(crate) fn sorted_edges(mesh: &VolumeMesh) -> Vec<[u32; 2]> {
    let blocks = || mesh.blocks.iter().filter(|block| block.kind.order() == 1);
    let each = |visit: &mut dyn FnMut(u32, u32)| {
        for block in blocks() {
            for nodes in block.elements() {
                for &[a, b] in block.kind.edges() {
                    let [a, b] = sorted_pair(nodes[usize::from(a)], nodes[usize::from(b)]);
                    visit(a, b);
                }
            }
        }
    };
    // Counting sort by the lower node, then the few higher nodes of each.
    let mut start = vec![0_usize; mesh.nodes.len() + 1];
    each(&mut |a, _| start[a as usize + 1] += 1);
    for node in 0..mesh.nodes.len() {
        start[node + 1] += start[node];
    }
    let mut next = start.clone();
    let mut higher = vec![0_u32; start[mesh.nodes.len()]];
    each(&mut |a, b| {
        higher[next[a as usize]] = b;
        next[a as usize] += 1;
    });
    let of_node = |node: usize| {
        let mut ends = higher[start[node]..start[node + 1]].to_vec();
        ends.sort_unstable();
        ends.dedup();
        ends.into_iter().map(move |end| [node as u32, end])
    };
    (0..mesh.nodes.len()).into_par_iter().flat_map_iter(of_node).collect()
}

fn sorted_pair(a: u32, b: u32) -> [u32; 2] {
    if a < b { [a, b] } else { [b, a] }
}

fn quadratic_block(block: &ElementBlock, edges: &[[u32; 2]], first: u32) -> ElementBlock {
    if block.kind.order() == 2 {
        return block.clone();
    }
    // Where the edges of each lower node start, so that a look-up searches a handful of entries.
    let last = edges.last().map_or(0, |edge| edge[0] as usize + 1);
    let mut start = vec![0_u32; last + 1];
    edges.iter().for_each(|edge| start[edge[0] as usize + 1] += 1);
    for k in 0..last {
        start[k + 1] += start[k];
    }
    let number = |a: u32, b: u32| {
        let [a, b] = sorted_pair(a, b);
        let (from, to) = (start[a as usize] as usize, start[a as usize + 1] as usize);
        first + (from + edges[from..to].partition_point(|edge| edge[1] < b)) as u32
    };
    let kind = block.kind.quadratic();
    let mut connectivity = Vec::with_capacity(block.len() * kind.node_count());
    for nodes in block.elements() {
        connectivity.extend_from_slice(nodes);
        connectivity.extend(kind.edges().iter().map(|&[a, b]| number(nodes[a as usize], nodes[b as usize])));
    }
    ElementBlock { kind, connectivity }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapped_block;
    use mesh::{ElementKind, Point3, Region};

    #[test]
    fn every_mid_edge_node_is_half_way_between_its_corners() {
        for kind in [ElementKind::Tet4, ElementKind::Hex8, ElementKind::Wedge6] {
            let linear = mapped_block(kind, [2, 3, 2], |[x, y, z]| Point3::new(x, 2.0 * y, z)).unwrap();
            let quadratic = to_quadratic(&linear);
            quadratic.validate().unwrap();
            for (kind, nodes) in quadratic.elements() {
                for (k, &[a, b]) in kind.edges().iter().enumerate() {
                    let at = |local: usize| quadratic.nodes[nodes[local] as usize];
                    let middle = nalgebra::center(&at(a as usize), &at(b as usize));
                    assert_eq!(at(kind.corner_count() + k), middle);
                }
            }
        }
    }

    #[test]
    fn node_regions_gain_their_mid_edge_nodes() {
        let mut linear = mapped_block(ElementKind::Hex8, [1, 1, 1], |[x, y, z]| Point3::new(x, y, z)).unwrap();
        linear.regions.insert("bottom".to_owned(), Region::Nodes(vec![0, 1, 2, 3]));
        let quadratic = to_quadratic(&linear);
        let Region::Nodes(bottom) = &quadratic.regions["bottom"] else { panic!() };
        assert_eq!(bottom.len(), 8);
        assert!(bottom.iter().all(|&n| quadratic.nodes[n as usize].z == 0.0));
    }
}
