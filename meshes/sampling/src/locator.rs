//! Which element holds a point.

use geometry::{Aabb, BoxTree};
use mesh::{ElementKind, Point3, Vector3, VolumeMesh, shape};
use rayon::prelude::*;
use std::ops::Deref;

/// How far outside an element, in reference coordinates, a point still belongs to it.
const SLACK: f64 = 1e-6;

/// Finds the solid elements of a mesh that hold points. `M` is a reference or a counted pointer to the mesh.
#[derive(Debug, Clone)]
pub struct Locator<M> {
    mesh: M,
    tree: BoxTree,
}

/// A point in an element.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot<'m> {
    /// Number of the element over all blocks.
    pub element: u32,
    nodes: &'m [u32],
    /// The shape functions of the nodes.
    weights: [f64; shape::MAX_NODES],
}

impl<M: Deref<Target = VolumeMesh>> Locator<M> {
    /// A tree over the solid elements of a valid mesh. Cost: about 3 µs an element.
    pub fn new(mesh: M) -> Self {
        let VolumeMesh { nodes: all, blocks, .. } = &*mesh;
        let boxes: Vec<Aabb> = blocks
            .par_iter()
            .flat_map(|block| {
                let nodes = block.connectivity.par_chunks_exact(block.kind.node_count());
                nodes.map(|nodes| element_box(all, block.kind, nodes))
            })
            .collect();
        Self { tree: BoxTree::new(&boxes), mesh }
    }

    /// The mesh.
    pub fn mesh(&self) -> &VolumeMesh {
        &self.mesh
    }

    /// The element that holds a point; `None` outside. Where elements meet, one of them is taken. Cost: about 10 µs.
    pub fn find(&self, p: &Point3<f64>) -> Option<Spot<'_>> {
        self.tree.find_at(p, |element| self.spot_in(element, p))
    }

    /// The same, looking into element `hint` first: most steps of a path stay in their element.
    pub(crate) fn find_near(&self, p: &Point3<f64>, hint: u32) -> Option<Spot<'_>> {
        self.spot_in(hint, p).or_else(|| self.find(p))
    }

    fn spot_in(&self, element: u32, p: &Point3<f64>) -> Option<Spot<'_>> {
        let (kind, nodes) = self.mesh.element(element as usize)?;
        let origin = self.mesh.nodes.get(*nodes.first()? as usize)?.coords;
        let mut places = [Point3::origin(); shape::MAX_NODES];
        for (place, &node) in places.iter_mut().zip(nodes) {
            // Places seen from a corner of the element lose no digits to its distance from the origin.
            *place = self.mesh.nodes.get(node as usize)? - origin;
        }
        let xi = shape::inverse_map(kind, &places[..nodes.len()], &(p - origin))?;
        holds(kind, xi).then(|| Spot { element, nodes, weights: shape::values(kind, &xi) })
    }
}

impl Spot<'_> {
    /// A scalar on the nodes at this point; `None` when it is not one of this mesh.
    pub fn scalar(&self, values: &[f64]) -> Option<f64> {
        self.nodes.iter().zip(self.weights).map(|(&node, n)| values.get(node as usize).map(|value| n * value)).sum()
    }

    /// A vector on the nodes, three numbers a node, at this point; `None` when it is not one of this mesh.
    pub fn vector(&self, values: &[f64]) -> Option<Vector3<f64>> {
        let tuple = |node: u32| values.get(3 * node as usize..)?.first_chunk::<3>().copied().map(Vector3::from);
        self.nodes.iter().zip(self.weights).map(|(&node, n)| tuple(node).map(|value| value * n)).sum()
    }
}

/// A box around an element: that of its Bézier points, within whose hull a quadratic tetrahedron lies.
fn element_box(all: &[Point3<f64>], kind: ElementKind, nodes: &[u32]) -> Aabb {
    if kind.dimension() != 3 {
        return Aabb::empty();
    }
    let at = |local: usize| all[nodes[local] as usize];
    let corners = kind.corner_count();
    let mut bounds = Aabb::empty();
    (0..corners).for_each(|k| bounds.insert(&at(k)));
    for (local, &[a, b]) in (corners..nodes.len()).zip(kind.edges()) {
        let middle = nalgebra::center(&at(a.into()), &at(b.into()));
        bounds.insert(&(at(local) + (at(local) - middle)));
    }
    bounds.inflated(SLACK * bounds.diagonal())
}

/// Whether reference coordinates lie in the reference element.
fn holds(kind: ElementKind, [x, y, z]: [f64; 3]) -> bool {
    let in_simplex = |coordinates: &[f64]| {
        coordinates.iter().all(|&c| c >= -SLACK) && coordinates.iter().sum::<f64>() <= 1.0 + SLACK
    };
    match kind {
        ElementKind::Tet4 | ElementKind::Tet10 => in_simplex(&[x, y, z]),
        ElementKind::Wedge6 | ElementKind::Wedge15 => in_simplex(&[x, y]) && z.abs() <= 1.0 + SLACK,
        _ => [x, y, z].iter().all(|c| c.abs() <= 1.0 + SLACK),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One element a block, curved where it is quadratic, side by side along x.
    fn zoo() -> VolumeMesh {
        let kinds = [ElementKind::Tet4, ElementKind::Tet10, ElementKind::Hex20, ElementKind::Wedge15];
        let mut mesh = VolumeMesh::default();
        for (k, kind) in (0_u32..).zip(kinds) {
            let first = mesh.nodes.len() as u32;
            let bend = |[x, y, z]: [f64; 3]| Point3::new(x + 5.0 * f64::from(k) + 0.1 * y * z, y - 0.1 * x * x, z);
            mesh.nodes.extend(shape::reference_nodes(kind).into_iter().map(bend));
            let connectivity = (first..mesh.nodes.len() as u32).collect();
            mesh.blocks.push(mesh::ElementBlock { kind, connectivity });
        }
        mesh
    }

    #[test]
    fn a_point_of_every_kind_of_element_is_found_with_the_fields_there() {
        let mesh = zoo();
        let locator = Locator::new(&mesh);
        let coordinates: Vec<f64> = mesh.nodes.iter().flat_map(|p| [p.x, p.y, p.z]).collect();
        let heights: Vec<f64> = mesh.nodes.iter().map(|p| p.z).collect();
        for (k, (kind, nodes)) in (0_u32..).zip(mesh.elements()) {
            let weights = shape::values(kind, &[0.2, 0.3, 0.1]);
            let place = |(n, &node): (f64, &u32)| n * mesh.nodes[node as usize].coords;
            let p: Vector3<f64> = weights.into_iter().zip(nodes).map(place).sum();
            for spot in [locator.find(&p.into()), locator.find_near(&p.into(), 0)] {
                let spot = spot.unwrap();
                assert_eq!(spot.element, k);
                assert!((spot.vector(&coordinates).unwrap() - p).norm() < 1e-12, "{kind}");
                assert!((spot.scalar(&heights).unwrap() - p.z).abs() < 1e-12, "{kind}");
                assert!(spot.vector(&[]).is_none() && spot.scalar(&[]).is_none());
            }
        }
        assert!(locator.find(&Point3::new(3.0, 0.2, 0.2)).is_none());
        assert!(locator.find(&Point3::new(f64::NAN, 0.0, 0.0)).is_none());
    }
}
