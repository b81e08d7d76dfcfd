//! Connected components of a mesh and their face-connected parts.

use mesh::VolumeMesh;
use rayon::prelude::*;

/// Elements that share nodes.
pub(crate) struct ConnectedComponent {
    pub(crate) first_element: usize,
    pub(crate) elements: usize,
    /// Nodes, ascending.
    pub(crate) nodes: Vec<u32>,
    /// Numbers of its face-connected parts.
    pub(crate) parts: Vec<u32>,
}

/// A mesh taken apart.
pub(crate) struct Parts {
    pub(crate) components: Vec<ConnectedComponent>,
    /// Nodes that several parts share, ascending, with those parts.
    pub(crate) joints: Vec<(u32, Vec<u32>)>,
    /// One part of every node; `u32::MAX` for nodes without elements.
    part_of_node: Vec<u32>,
}

impl Parts {
    /// One of the parts that `node` belongs to, always the same.
    pub(crate) fn first_part(&self, node: u32) -> Option<u32> {
        self.part_of_node.get(node as usize).copied().filter(|&part| part != u32::MAX)
    }
}

struct UnionFind(Vec<u32>);

impl UnionFind {
    fn new(count: usize) -> Self {
        Self((0..count as u32).collect())
    }

    fn root(&mut self, mut x: u32) -> u32 {
        while self.0[x as usize] != x {
            self.0[x as usize] = self.0[self.0[x as usize] as usize];
            x = self.0[x as usize];
        }
        x
    }

    /// The smaller root wins, so that numbering follows the elements.
    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

/// Numbers the sets of a union-find by their first member.
fn number(sets: &mut UnionFind) -> (Vec<u32>, u32) {
    let count = sets.0.len() as u32;
    let mut numbers = vec![u32::MAX; count as usize];
    let mut next = 0;
    for x in 0..count {
        let root = sets.root(x) as usize;
        if numbers[root] == u32::MAX {
            numbers[root] = next;
            next += 1;
        }
        numbers[x as usize] = numbers[root];
    }
    (numbers, next)
}

pub(crate) fn find_parts(mesh: &VolumeMesh) -> Parts {
    let elements = mesh.element_count();
    let (part_of, part_count) = number(&mut face_connected(mesh));
    // Nodes join the parts of their elements to components and record who meets there.
    let mut part_of_node = vec![u32::MAX; mesh.nodes.len()];
    let mut meetings: Vec<(u32, u32)> = Vec::new();
    let mut joined = UnionFind::new(part_count as usize);
    for (element, (_, nodes)) in mesh.elements().enumerate() {
        let part = part_of[element];
        for &node in nodes {
            let first = &mut part_of_node[node as usize];
            if *first == u32::MAX {
                *first = part;
            } else if *first != part {
                meetings.extend([(node, *first), (node, part)]);
                joined.join(*first, part);
            }
        }
    }
    meetings.sort_unstable();
    meetings.dedup();
    let joints = meetings.chunk_by(|a, b| a.0 == b.0).map(|m| (m[0].0, m.iter().map(|p| p.1).collect())).collect();
    let (component_of, count) = number(&mut joined);
    let mut components: Vec<ConnectedComponent> = (0..count)
        .map(|_| ConnectedComponent { first_element: elements, elements: 0, nodes: Vec::new(), parts: Vec::new() })
        .collect();
    for (part, &component) in component_of.iter().enumerate() {
        components[component as usize].parts.push(part as u32);
    }
    for (element, &part) in part_of.iter().enumerate() {
        let component = &mut components[component_of[part as usize] as usize];
        component.elements += 1;
        component.first_element = component.first_element.min(element);
    }
    for (node, &part) in part_of_node.iter().enumerate().filter(|(_, part)| **part != u32::MAX) {
        components[component_of[part as usize] as usize].nodes.push(node as u32);
    }
    Parts { components, joints, part_of_node }
}

/// Elements joined where they share a face.
fn face_connected(mesh: &VolumeMesh) -> UnionFind {
    let mut faces: Vec<([u32; 4], u32)> = Vec::new();
    for (element, (kind, nodes)) in mesh.elements().enumerate() {
        for face in kind.linear().faces() {
            let mut key = [u32::MAX; 4];
            for (slot, &k) in key.iter_mut().zip(*face) {
                *slot = nodes[usize::from(k)];
            }
            key.sort_unstable();
            faces.push((key, element as u32));
        }
    }
    faces.par_sort_unstable();
    let mut sets = UnionFind::new(mesh.element_count());
    for pair in faces.windows(2) {
        if pair[0].0 == pair[1].0 {
            sets.join(pair[0].1, pair[1].1);
        }
    }
    sets
}
