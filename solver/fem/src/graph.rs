use control::{Cancelled, RunControl};
use mesh::VolumeMesh;
use rayon::prelude::*;

/// Which nodes share an element: for each node the ascending list of its neighbours, itself included. Nodes without
/// elements have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeGraph {
    offsets: Vec<usize>,
    neighbours: Vec<u32>,
}

const NODES_PER_TASK: usize = 2048;

impl NodeGraph {
    /// The graph of a mesh whose connectivity is valid. Cost: one visit of every (node, element, node) triple.
    pub fn new(mesh: &VolumeMesh, control: &RunControl) -> Result<Self, Cancelled> {
        let nodes = mesh.nodes.len();
        let incidence = NodeElements::new(mesh);
        let tasks = nodes.div_ceil(NODES_PER_TASK);
        let lists: Vec<(Vec<u32>, Vec<u32>)> = (0..tasks)
            .into_par_iter()
            .map(|task| {
                control.check()?;
                let range = task * NODES_PER_TASK..((task + 1) * NODES_PER_TASK).min(nodes);
                let (mut counts, mut list) = (Vec::with_capacity(range.len()), Vec::new());
                let mut seen = vec![u32::MAX; nodes];
                for node in range {
                    let start = list.len();
                    for connectivity in incidence.elements(node) {
                        for &other in *connectivity {
                            if seen[other as usize] != node as u32 {
                                seen[other as usize] = node as u32;
                                list.push(other);
                            }
                        }
                    }
                    list[start..].sort_unstable();
                    counts.push((list.len() - start) as u32);
                }
                Ok((counts, list))
            })
            .collect::<Result<_, Cancelled>>()?;
        let mut offsets = Vec::with_capacity(nodes + 1);
        offsets.push(0);
        let mut neighbours = Vec::with_capacity(lists.iter().map(|(_, list)| list.len()).sum());
        for (counts, list) in lists {
            for count in counts {
                offsets.push(offsets[offsets.len() - 1] + count as usize);
            }
            neighbours.extend_from_slice(&list);
        }
        Ok(Self { offsets, neighbours })
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The neighbours of `node`, ascending, itself included; empty for a node without elements.
    pub fn neighbours(&self, node: u32) -> &[u32] {
        &self.neighbours[self.range(node)]
    }

    /// Where the neighbours of `node` stand among those of all nodes.
    pub(crate) fn range(&self, node: u32) -> std::ops::Range<usize> {
        self.offsets[node as usize]..self.offsets[node as usize + 1]
    }

    /// Number of (node, neighbour) pairs.
    pub fn pairs(&self) -> usize {
        self.neighbours.len()
    }
}

/// The elements around each node, by counting sort.
struct NodeElements<'m> {
    offsets: Vec<usize>,
    connectivity: Vec<&'m [u32]>,
}

impl<'m> NodeElements<'m> {
    fn new(mesh: &'m VolumeMesh) -> Self {
        let mut offsets = vec![0; mesh.nodes.len() + 1];
        for (_, element) in mesh.elements() {
            for &node in element {
                offsets[node as usize + 1] += 1;
            }
        }
        for node in 1..offsets.len() {
            offsets[node] += offsets[node - 1];
        }
        let mut next = offsets.clone();
        let empty: &[u32] = &[];
        let mut connectivity = vec![empty; offsets[mesh.nodes.len()]];
        for (_, element) in mesh.elements() {
            for &node in element {
                connectivity[next[node as usize]] = element;
                next[node as usize] += 1;
            }
        }
        Self { offsets, connectivity }
    }

    fn elements(&self, node: usize) -> &[&'m [u32]] {
        &self.connectivity[self.offsets[node]..self.offsets[node + 1]]
    }
}
