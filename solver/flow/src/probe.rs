//! Velocity and pressure anywhere: which element holds a point, and its shape functions there.

use crate::{Flow, FlowSpace};
use geometry::{Aabb, BoxTree};
use mesh::{ElementKind, Point3, shape};
use nalgebra::{Matrix3, Vector3};
use rayon::prelude::*;

/// How far outside an element, in barycentric coordinates, a point still belongs to it.
const SLACK: f64 = 1e-6;
/// Steps of Newton's method at most; a Jacobian that is sound needs five.
const STEPS: usize = 20;
/// Last step of it, in barycentric coordinates. Its error is the square of that.
const SMALL: f64 = 1e-7;
/// Barycentric coordinates from which a point is given up: the elements are nowhere near that curved.
const FAR: f64 = 8.0;

/// A point in an element.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probe {
    /// Number of the element in the given mesh.
    pub element: u32,
    /// Barycentric coordinates.
    pub corners: [f64; 4],
    /// The nodes of the element in the solver's numbers; of linear elements the first four.
    nodes: [u32; 10],
    /// The shape functions of the velocity; 0 where there is no node.
    values: [f64; 10],
}

impl Probe {
    /// A vector field on the nodes of the space at this point. Fields of another space give zeros.
    pub fn of_nodes(&self, field: &[Vector3<f64>]) -> Vector3<f64> {
        let value = |&node: &u32| field.get(node as usize).copied().unwrap_or_default();
        self.nodes.iter().zip(&self.values).fold(Vector3::zeros(), |sum, (node, n)| sum + value(node) * *n)
    }
}

impl FlowSpace {
    /// The elements that hold points; `None` outside the mesh. Where elements meet, one of them is taken, always the same.
    ///
    /// Cost: the first call builds a tree over the elements, about 3 µs an element; then about 10 µs a point.
    pub fn probe(&self, points: &[Point3<f64>]) -> Vec<Option<Probe>> {
        let tree = self.tree.get_or_init(|| self.box_tree());
        points.par_iter().with_min_len(64).map(|p| tree.find_at(p, |element| self.probe_in(element, p))).collect()
    }

    fn box_tree(&self) -> BoxTree {
        let block = &self.mesh.blocks[0];
        let boxes = block.connectivity.par_chunks(block.kind.node_count());
        let boxes: Vec<Aabb> = boxes.map(|nodes| self.element_box(block.kind, nodes)).collect();
        BoxTree::new(&boxes)
    }

    /// A box around an element: that of its Bézier points, within whose hull it lies.
    fn element_box(&self, kind: ElementKind, nodes: &[u32]) -> Aabb {
        let at = |local: usize| self.mesh.nodes[nodes[local] as usize];
        let mut bounds = Aabb::of_points(&[0, 1, 2, 3].map(at));
        for (local, &[a, b]) in (4..nodes.len()).zip(kind.edges()) {
            let middle = nalgebra::center(&at(a.into()), &at(b.into()));
            bounds.insert(&(at(local) + (at(local) - middle)));
        }
        bounds.inflated(SLACK * bounds.diagonal())
    }

    /// The point in an element that may hold it.
    fn probe_in(&self, element: u32, p: &Point3<f64>) -> Option<Probe> {
        let block = &self.mesh.blocks[0];
        let kind = block.kind;
        let nodes = block.elements().nth(element as usize)?;
        let origin = self.mesh.nodes[nodes[0] as usize];
        // Places seen from a corner of the element lose no digits to its distance from the origin.
        let places: [Vector3<f64>; 10] =
            std::array::from_fn(|k| nodes.get(k).map_or(origin, |&node| self.mesh.nodes[node as usize]) - origin);
        let xi = inverse(kind, &places[..nodes.len()], p - origin)?;
        let corners = [1.0 - xi.sum(), xi.x, xi.y, xi.z];
        if corners.iter().any(|c| *c < -SLACK) {
            return None;
        }
        let all = shape::values(kind, &xi.into());
        let is_own = |k: usize| k < nodes.len();
        Some(Probe {
            element: self.given_elements[element as usize],
            corners,
            nodes: std::array::from_fn(|k| nodes[if is_own(k) { k } else { 0 }]),
            values: std::array::from_fn(|k| if is_own(k) { all[k] } else { 0.0 }),
        })
    }

    /// A field on the pressures of the space at a probe. Fields of another space give zeros.
    pub fn pressure_at(&self, probe: &Probe, pressures: &[f64]) -> f64 {
        let own = probe.nodes[..4].iter().zip(probe.corners);
        own.map(|(&node, n)| {
            let number = self.pressure_of.get(node as usize).copied().unwrap_or(u32::MAX);
            n * pressures.get(number as usize).copied().unwrap_or_default()
        })
        .sum()
    }
}

impl Flow<'_> {
    /// The velocity at a probe, mm/s.
    pub fn velocity_at(&self, probe: &Probe) -> Vector3<f64> {
        probe.of_nodes(self.velocity())
    }

    /// The pressure at a probe, MPa.
    pub fn pressure_at(&self, probe: &Probe) -> f64 {
        self.space().pressure_at(probe, self.pressure())
    }
}

/// Reference coordinates of `target` by Newton's method from the middle of the element.
fn inverse(kind: ElementKind, places: &[Vector3<f64>], target: Vector3<f64>) -> Option<Vector3<f64>> {
    let mut xi = Vector3::repeat(0.25);
    for _ in 0..STEPS {
        let (values, gradients) = (shape::values(kind, &xi.into()), shape::gradients(kind, &xi.into()));
        let (mut rest, mut map) = (target, Matrix3::zeros());
        for ((x, value), gradient) in places.iter().zip(values).zip(gradients) {
            rest -= x * value;
            map += x * Vector3::from(gradient).transpose();
        }
        let step = map.try_inverse()? * rest;
        xi += step;
        let is_near = xi.iter().all(|c| c.abs() < FAR);
        if !is_near {
            return None;
        }
        if step.amax() < SMALL {
            return Some(xi);
        }
    }
    None
}
