//! Open faces: their outlets, what pressures and fluxes on them are.

use crate::beside::for_each_point_beside;
use crate::outlet::Stored;
use crate::{Condition, Conditions, FlowError, FlowSpace, Outlet};
use fem::ShapeTable;
use fem::quadrature::triangle;
use mesh::{ElementKind, Face, Point3};
use nalgebra::Vector3;

/// Degree that the rule on faces integrates: (u·n) u v of linear u on straight faces, u·n of quadratic u on curved ones.
const DEGREE: usize = 5;

/// A part of the boundary through which fluid passes freely.
pub(crate) struct OpenFace {
    pub(crate) name: String,
    pub(crate) model: Outlet,
    pub(crate) faces: Vec<Face>,
    /// ∫ N_a n over the face (mm²), by nodes in ascending order.
    pub(crate) weights: Vec<(u32, Vector3<f64>)>,
    /// Pressures on the face, ascending, and what holds the increment of each to that of the face, mm ([`crate::poisson`]).
    pub(crate) hold: Vec<(u32, f64)>,
    pub(crate) state: OpenState,
}

/// What an open face has at the end of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct OpenState {
    /// P, MPa.
    pub(crate) pressure: f64,
    /// Its increments in the last two steps, MPa.
    pub(crate) increments: [f64; 2],
    /// Flux of the projected velocity out of the domain, mm³/s.
    pub(crate) flux: f64,
    /// What its model stores.
    pub(crate) stored: Stored,
}

impl OpenFace {
    /// All open faces in the order of their names.
    ///
    /// # Errors
    /// [`FlowError::Value`], [`FlowError::Open`] for a region without faces.
    pub(crate) fn all(space: &FlowSpace, conditions: &Conditions) -> Result<Vec<Self>, FlowError> {
        let mut open = Vec::new();
        for (name, condition) in conditions {
            let Condition::Open(model) = condition else { continue };
            model.validate(name)?;
            let faces = space.faces(name).unwrap_or_default().to_vec();
            if faces.is_empty() {
                let why = "has no faces: give it some or leave it out".to_owned();
                return Err(FlowError::Open { region: name.clone(), why });
            }
            let mut weights = std::collections::BTreeMap::<u32, Vector3<f64>>::new();
            for_each_face_point(space, &faces, |nodes, values, normal| {
                nodes
                    .iter()
                    .zip(values)
                    .for_each(|(&node, value)| *weights.entry(node).or_default() += normal * *value);
            });
            let (hold, weights) = (hold(space, &faces), weights.into_iter().collect());
            let state = OpenState::default();
            open.push(Self { name: name.clone(), model: model.clone(), faces, hold, weights, state });
        }
        Ok(open)
    }

    /// The state at a time with a velocity.
    pub(crate) fn start(&mut self, time: f64, u: &[Vector3<f64>]) {
        let flux = self.flux_of(u);
        let pressure = self.model.initial(time, flux);
        self.state = OpenState { pressure, increments: [0.0; 2], flux, stored: self.model.stored() };
    }

    /// ∫ u·n, mm³/s.
    pub(crate) fn flux_of(&self, u: &[Vector3<f64>]) -> f64 {
        self.weights.iter().map(|(node, weight)| weight.dot(&u[*node as usize])).sum()
    }

    /// Adds β ρ ∫ (u·n)₋ u to the forces at the nodes, with (u·n)₋ the inflow part: it takes away the energy that returning
    /// fluid would bring along (Esmaily Moghadam et al., Comput. Mech. 48:277, 2011).
    pub(crate) fn add_backflow(&self, space: &FlowSpace, u: &[Vector3<f64>], factor: f64, forces: &mut [Vector3<f64>]) {
        for_each_face_point(space, &self.faces, |nodes, values, normal| {
            let own = nodes.iter().zip(values);
            let at = own.fold(Vector3::zeros(), |sum, (&node, value)| sum + u[node as usize] * *value);
            let inward = at.dot(&normal).min(0.0);
            if inward < 0.0 {
                let force = at * (factor * inward);
                nodes.iter().zip(values).for_each(|(&node, value)| forces[node as usize] += force * *value);
            }
        });
    }
}

/// ∮ (d c/h) ψ_p with the height h of the element over a face and c = (k + 1)(k + d)/d in d = 3 dimensions: with polynomials u of
/// degree k, ∮ u² ≤ (c A/V) ∫ u² over the element (Warburton & Hesthaven, Comput. Methods Appl. Mech. Eng. 192:2765, 2003).
fn hold(space: &FlowSpace, faces: &[Face]) -> Vec<(u32, f64)> {
    let degree = if space.is_quadratic() { 2.0 } else { 1.0 };
    let bound = (degree + 1.0) * (degree + 3.0);
    let mut sums = std::collections::BTreeMap::<u32, f64>::new();
    for &face in faces {
        for_each_point_beside(space, face, |point| {
            let on_face = space.face_nodes(face);
            for (node, corner) in point.nodes.iter().zip(point.corners).filter(|(node, _)| on_face.contains(node)) {
                let pressure = space.pressure_of[*node as usize];
                if pressure != u32::MAX {
                    *sums.entry(pressure).or_default() += bound / point.height * corner * point.normal.norm();
                }
            }
        });
    }
    sums.into_iter().collect()
}

/// Calls `visit` with the nodes of a face, the shape functions at a point of its rule and the outward normal there times the
/// area of the point (mm²).
pub(crate) fn for_each_face_point(space: &FlowSpace, faces: &[Face], visit: impl FnMut(&[u32], &[f64], Vector3<f64>)) {
    match space.is_quadratic() {
        true => visit_faces::<6>(space, faces, ElementKind::Tri6, visit),
        false => visit_faces::<3>(space, faces, ElementKind::Tri3, visit),
    }
}

fn visit_faces<const N: usize>(
    space: &FlowSpace,
    faces: &[Face],
    kind: ElementKind,
    mut visit: impl FnMut(&[u32], &[f64], Vector3<f64>),
) {
    let table = ShapeTable::<N>::new(kind, &triangle(DEGREE));
    for &face in faces {
        let nodes = space.face_nodes(face);
        let points: Vec<Point3<f64>> = nodes.iter().map(|&node| space.mesh.nodes[node as usize]).collect();
        for point in &table.points {
            let tangent = |j: usize| {
                let terms = points.iter().zip(&point.gradients);
                terms.fold(Vector3::zeros(), |sum, (x, gradient)| sum + x.coords * gradient[j])
            };
            visit(&nodes, &point.values, tangent(0).cross(&tangent(1)) * point.weight);
        }
    }
}
