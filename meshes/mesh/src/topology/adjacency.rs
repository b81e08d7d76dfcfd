use crate::VolumeMesh;

/// Lists of numbers, one for each of 0..len, in one array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjacency {
    /// Start of every list in `items`, and the end of the last.
    pub offsets: Vec<usize>,
    /// The lists one after the other.
    pub items: Vec<u32>,
}

impl Adjacency {
    /// Number of lists.
    pub fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Whether there is no list.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// List `index`. Panics when out of range.
    pub fn of(&self, index: usize) -> &[u32] {
        &self.items[self.offsets[index]..self.offsets[index + 1]]
    }
}

/// The elements at every node, ascending; element numbers run over all blocks. Cost: O(connectivity), by counting.
pub fn node_to_elements(mesh: &VolumeMesh) -> Adjacency {
    let mut offsets = vec![0usize; mesh.nodes.len() + 1];
    for block in &mesh.blocks {
        block.elements().flatten().for_each(|&node| offsets[node as usize + 1] += 1);
    }
    for node in 1..offsets.len() {
        offsets[node] += offsets[node - 1];
    }
    let mut items = vec![0; offsets[mesh.nodes.len()]];
    let mut next = offsets.clone();
    for (element, (_, nodes)) in (0u32..).zip(mesh.elements()) {
        for &node in nodes {
            items[next[node as usize]] = element;
            next[node as usize] += 1;
        }
    }
    Adjacency { offsets, items }
}

/// The nodes that share an element with each node, without itself, ascending: the graph of a stiffness matrix with one
/// unknown a node. Cost: O(Σ nodes of the elements at a node).
pub fn node_graph(mesh: &VolumeMesh) -> Adjacency {
    let elements_at = node_to_elements(mesh);
    let mut starts = Vec::with_capacity(mesh.blocks.len());
    let mut first = 0u32;
    for block in &mesh.blocks {
        starts.push(first);
        first += block.len() as u32;
    }
    let nodes_of = |element: u32| {
        let block = starts.partition_point(|&start| start <= element) - 1;
        let count = mesh.blocks[block].kind.node_count();
        let position = (element - starts[block]) as usize * count;
        &mesh.blocks[block].connectivity[position..position + count]
    };
    let mut graph = Adjacency { offsets: Vec::with_capacity(mesh.nodes.len() + 1), items: Vec::new() };
    graph.offsets.push(0);
    let mut last_seen_by = vec![u32::MAX; mesh.nodes.len()];
    for node in 0..mesh.nodes.len() as u32 {
        let start = graph.items.len();
        last_seen_by[node as usize] = node;
        for &element in elements_at.of(node as usize) {
            for &other in nodes_of(element) {
                if std::mem::replace(&mut last_seen_by[other as usize], node) != node {
                    graph.items.push(other);
                }
            }
        }
        graph.items[start..].sort_unstable();
        graph.offsets.push(graph.items.len());
    }
    graph
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ElementKind, Point3};

    #[test]
    fn two_tetrahedra_share_a_face() {
        let nodes = vec![Point3::origin(); 6];
        let mesh = VolumeMesh::new(nodes, ElementKind::Tet4, vec![0, 1, 2, 3, 1, 2, 3, 4]);
        let elements = node_to_elements(&mesh);
        assert_eq!((elements.of(0), elements.of(2), elements.of(5)), (&[0][..], &[0, 1][..], &[][..]));
        let graph = node_graph(&mesh);
        assert_eq!((graph.of(0), graph.of(3), graph.of(5)), (&[1, 2, 3][..], &[0, 1, 2, 4][..], &[][..]));
        assert_eq!(graph.len(), 6);
    }
}
