//! Points on faces of the boundary, seen from the elements that have the faces.

use crate::FlowSpace;
use fem::quadrature::triangle;
use mesh::shape::{MAX_NODES, gradients, jacobian, reference_nodes, values};
use mesh::{ElementKind, Face, Point3};
use nalgebra::{Matrix3, Vector3};

/// Degree of the rule: what a gradient and a shape function of quadratic elements need on straight faces, and more.
const DEGREE: usize = 5;

/// A point of the rule on a face.
pub(crate) struct Beside<'a> {
    /// Nodes of the element.
    pub(crate) nodes: &'a [u32],
    /// Its shape functions.
    pub(crate) values: [f64; MAX_NODES],
    /// Their gradients, 1/mm.
    pub(crate) gradients: [Vector3<f64>; MAX_NODES],
    /// Shape functions of its corners alone.
    pub(crate) corners: [f64; MAX_NODES],
    /// Outward, times the area of the point, mm².
    pub(crate) normal: Vector3<f64>,
    /// Height of the element over the face, as the map is there, mm: 3 V/A of a straight one.
    pub(crate) height: f64,
}

impl Beside<'_> {
    /// ∂u_i/∂x_j (row i, column j) of nodal values.
    pub(crate) fn gradient(&self, u: &[Vector3<f64>]) -> Matrix3<f64> {
        let own = self.nodes.iter().zip(&self.gradients);
        own.fold(Matrix3::zeros(), |sum, (&node, gradient)| sum + u[node as usize] * gradient.transpose())
    }

    /// Adds ∫ t N_a of this point to forces at the nodes, with t times the area of the point.
    pub(crate) fn add(&self, t: Vector3<f64>, forces: &mut [Vector3<f64>]) {
        self.nodes.iter().zip(self.values).for_each(|(&node, n)| forces[node as usize] += t * n);
    }
}

/// Calls `visit` with each point of a face.
pub(crate) fn for_each_point_beside(space: &FlowSpace, face: Face, mut visit: impl FnMut(&Beside<'_>)) {
    let Some((kind, nodes)) = space.mesh.element(face.element as usize) else { return };
    let points: Vec<Point3<f64>> = nodes.iter().map(|&node| space.mesh.nodes[node as usize]).collect();
    let reference = reference_nodes(kind);
    let corners = [0, 1, 2].map(|k| Vector3::from(reference[usize::from(kind.faces()[usize::from(face.side)][k])]));
    let edges = [corners[1] - corners[0], corners[2] - corners[0]];
    let rule = triangle(DEGREE);
    for ([r, s], weight) in rule.points.iter().zip(&rule.weights) {
        let xi: [f64; 3] = (corners[0] + edges[0] * *r + edges[1] * *s).into();
        let reference = gradients(kind, &xi);
        let map = jacobian(&points, &reference[..nodes.len()]);
        let normal = (map * edges[0]).cross(&(map * edges[1]));
        let inverse = map.try_inverse().unwrap_or_else(Matrix3::zeros).transpose();
        visit(&Beside {
            nodes,
            values: values(kind, &xi),
            gradients: reference.map(|g| inverse * Vector3::from(g)),
            corners: values(ElementKind::Tet4, &xi),
            normal: normal * *weight,
            height: map.determinant().abs() / normal.norm(),
        });
    }
}
