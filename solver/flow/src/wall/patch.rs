//! A part of the boundary as a surface of its own: its nodes, normals and integrals.

use crate::{FlowError, FlowSpace};
use fem::ShapeTable;
use fem::quadrature::triangle;
use linalg::{SparseMatrix, SparsityPattern};
use mesh::{ElementKind, Face, Point3};
use nalgebra::Vector3;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Degree that the rule of the faces integrates: N_a N_b n of straight quadratic faces needs 4, N_a p n of curved ones 5.
const DEGREE: usize = 5;
/// Faces whose parts of a sum one task computes.
const CHUNK: usize = 256;

/// Faces of the boundary, their nodes numbered on their own in the order of the space's numbers.
#[derive(Debug)]
pub(crate) struct Patch {
    /// Ascending, each once.
    pub(crate) faces: Vec<Face>,
    /// Number in the space of each node, ascending.
    pub(crate) nodes: Vec<u32>,
    /// Own numbers of the nodes of each face, `width` a face: corners, then middles of edges.
    connectivity: Vec<u32>,
    pub(crate) width: usize,
    /// Places of the nodes, mm.
    pub(super) points: Vec<Point3<f64>>,
}

/// One point of the rule of a face.
pub(crate) struct FacePoint<'a> {
    /// Shape functions of the face's nodes.
    pub(crate) values: &'a [f64],
    /// Its place on the reference triangle.
    pub(crate) xi: [f64; 3],
    /// Outward normal times the area of the point, mm².
    pub(crate) normal: Vector3<f64>,
}

impl Patch {
    /// The faces of one or more regions together.
    ///
    /// # Errors
    /// [`FlowError::UnknownRegion`]; [`FlowError::Value`] where there is no face.
    pub(crate) fn new(space: &FlowSpace, regions: &[&str]) -> Result<Self, FlowError> {
        let mut faces = BTreeSet::new();
        for region in regions {
            let own = space.faces(region).ok_or_else(|| FlowError::unknown_region(space, region))?;
            faces.extend(own.iter().copied());
        }
        if faces.is_empty() {
            let (what, value) = (format!("the number of faces of \"{}\"", regions.join("\", \"")), 0.0);
            return Err(FlowError::Value { what, value, remedy: "name a region with faces".to_owned() });
        }
        Ok(Self::of_faces(space, faces.into_iter().collect()))
    }

    pub(crate) fn of_faces(space: &FlowSpace, faces: Vec<Face>) -> Self {
        let all: Vec<u32> = faces.iter().flat_map(|&face| space.face_nodes(face)).collect();
        let width = if space.is_quadratic() { 6 } else { 3 };
        let mut nodes = all.clone();
        nodes.sort_unstable();
        nodes.dedup();
        // Every node of a face is among the nodes.
        let connectivity = all.iter().map(|node| nodes.binary_search(node).unwrap_or(0) as u32).collect();
        let points = nodes.iter().map(|&node| space.mesh.nodes[node as usize]).collect();
        Self { faces, nodes, connectivity, width, points }
    }

    /// Own numbers of the nodes of a face.
    pub(crate) fn face(&self, face: usize) -> &[u32] {
        &self.connectivity[face * self.width..(face + 1) * self.width]
    }

    /// Own number of a node of the space.
    pub(crate) fn own(&self, node: u32) -> Option<usize> {
        self.nodes.binary_search(&node).ok()
    }

    /// Calls `visit` with each point of the rule of a face.
    pub(crate) fn for_each_point(&self, face: usize, rule: &FaceRule, mut visit: impl FnMut(&FacePoint<'_>)) {
        let nodes = self.face(face);
        match rule {
            FaceRule::Linear(table) => self.visit(nodes, table, &mut visit),
            FaceRule::Quadratic(table) => self.visit(nodes, table, &mut visit),
        }
    }

    fn visit<const N: usize>(&self, nodes: &[u32], table: &ShapeTable<N>, visit: &mut impl FnMut(&FacePoint<'_>)) {
        for point in &table.points {
            let normal = self.normal_at(nodes, &point.gradients) * point.weight;
            visit(&FacePoint { values: &point.values, xi: point.xi, normal });
        }
    }

    /// ∂x/∂ξ × ∂x/∂η.
    fn normal_at(&self, nodes: &[u32], gradients: &[[f64; 3]]) -> Vector3<f64> {
        let tangent = |j: usize| {
            let terms = nodes.iter().zip(gradients);
            terms.fold(Vector3::zeros(), |sum, (&node, g)| sum + self.points[node as usize].coords * g[j])
        };
        tangent(0).cross(&tangent(1))
    }

    /// The rule that integrates products of two shape functions.
    pub(crate) fn rule(&self) -> FaceRule {
        FaceRule::new(self.width, DEGREE)
    }

    /// Sums over the faces of what `local` gives at each of their nodes, in the order of the faces whatever the number of
    /// threads.
    pub(crate) fn assemble(&self, local: impl Fn(usize, &mut [Vector3<f64>]) + Sync) -> Vec<Vector3<f64>> {
        let mut parts = vec![Vector3::zeros(); self.connectivity.len()];
        parts.par_chunks_mut(CHUNK * self.width).enumerate().for_each(|(chunk, parts)| {
            for (k, part) in parts.chunks_mut(self.width).enumerate() {
                local(chunk * CHUNK + k, part);
            }
        });
        let mut sums = vec![Vector3::zeros(); self.nodes.len()];
        self.connectivity.iter().zip(parts).for_each(|(&node, part)| sums[node as usize] += part);
        sums
    }

    /// Unit normals out of the domain at the nodes: of the faces at each, evaluated there on the curved face and weighted by
    /// area. (∫ N_a n, the normal of the mesh's balance of mass, is zero at the corners of straight quadratic faces.)
    pub(crate) fn normals(&self) -> Vec<Vector3<f64>> {
        let kind = if self.width == 6 { ElementKind::Tri6 } else { ElementKind::Tri3 };
        let at = mesh::shape::reference_nodes(kind);
        let gradients: Vec<_> = at.iter().map(|xi| mesh::shape::gradients(kind, xi)).collect();
        let sums = self.assemble(|face, part| {
            let nodes = self.face(face);
            for (normal, gradients) in part.iter_mut().zip(&gradients) {
                *normal = self.normal_at(nodes, &gradients[..self.width]);
            }
        });
        sums.into_iter().map(|sum| sum.try_normalize(0.0).unwrap_or_default()).collect()
    }

    /// ∫ N_a N_b over the faces, mm²; with `linear` of the linear functions of the corners, and 1 on the diagonal of the others.
    pub(crate) fn mass(&self, linear: bool) -> SparseMatrix {
        let rule = self.rule();
        let count = if linear { 3 } else { self.width };
        let of_face = |face: usize| &self.face(face)[..count];
        let mut pairs: Vec<(u32, u32)> = (0..self.faces.len())
            .flat_map(|face| of_face(face).iter().flat_map(move |&a| of_face(face).iter().map(move |&b| (a, b))))
            .chain((0..self.nodes.len() as u32).map(|node| (node, node)))
            .collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut offsets = vec![0; self.nodes.len() + 1];
        pairs.iter().for_each(|&(a, _)| offsets[a as usize + 1] += 1);
        (0..self.nodes.len()).for_each(|row| offsets[row + 1] += offsets[row]);
        let columns = pairs.iter().map(|&(_, b)| b).collect();
        let mut values = vec![0.0; pairs.len()];
        for face in 0..self.faces.len() {
            let nodes = of_face(face);
            self.for_each_point(face, &rule, |point| {
                let area = point.normal.norm();
                let [xi, eta, _] = point.xi;
                let corners = [1.0 - xi - eta, xi, eta];
                let n = if linear { &corners[..] } else { point.values };
                for (&a, na) in nodes.iter().zip(n) {
                    for (&b, nb) in nodes.iter().zip(n) {
                        // Every pair of nodes of every face is there.
                        if let Ok(slot) = pairs.binary_search(&(a, b)) {
                            values[slot] += area * na * nb;
                        }
                    }
                }
            });
        }
        let alone = |(k, (a, b)): (usize, &(u32, u32))| (a == b && values[k] == 0.0).then_some(k);
        let alone: Vec<usize> = pairs.iter().enumerate().filter_map(alone).collect();
        alone.into_iter().for_each(|k| values[k] = 1.0);
        SparseMatrix::new(Arc::new(SparsityPattern::new(self.nodes.len(), offsets, columns)), values)
    }

    /// The middle node of each edge of quadratic faces with the ends of the edge, ascending.
    pub(crate) fn middles(&self) -> Vec<[u32; 3]> {
        let kind = if self.width == 6 { ElementKind::Tri6 } else { ElementKind::Tri3 };
        let of_face = |face: usize| {
            let nodes = self.face(face);
            let ends = kind.edges().iter().map(|edge| edge.map(|k| nodes[usize::from(k)]));
            nodes[3..].iter().zip(ends).map(|(&middle, [a, b])| [middle, a.min(b), a.max(b)]).collect::<Vec<_>>()
        };
        let mut middles: Vec<[u32; 3]> = (0..self.faces.len()).flat_map(of_face).collect();
        middles.sort_unstable();
        middles.dedup();
        middles
    }
}

/// Shape functions of the faces over a rule.
#[derive(Debug)]
pub(crate) enum FaceRule {
    Linear(ShapeTable<3>),
    Quadratic(ShapeTable<6>),
}

impl FaceRule {
    /// Of faces of `width` nodes, for at least `degree`.
    pub(crate) fn new(width: usize, degree: usize) -> Self {
        match width {
            6 => Self::Quadratic(ShapeTable::new(ElementKind::Tri6, &triangle(degree))),
            _ => Self::Linear(ShapeTable::new(ElementKind::Tri3, &triangle(degree))),
        }
    }
}
