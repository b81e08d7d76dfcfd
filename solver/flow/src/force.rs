//! Forces of the fluid on its boundary.

use crate::beside::for_each_point_beside;
use crate::convection::convective_force;
use crate::open::{OpenFace, for_each_face_point};
use crate::viscous::{Part, viscous_forces};
use crate::{Convection, Flow, FlowError, FlowSpace};
use control::{Cancelled, RunControl};
use mesh::Face;
use nalgebra::Vector3;
use std::collections::BTreeSet;

impl Flow<'_> {
    /// Forces (N) of the fluid on a region of the boundary at the end of the last step, by the nodes of the region in ascending
    /// order. What the momentum equation leaves at a node that a condition holds is the traction there times its shape function,
    ///
    /// ∫ N_a (μ ∂u/∂n - p n) = ρ M (a₀ u + a₁ uⁿ + a₂ uⁿ⁻¹) + ρ N(u) u + μ K u - Dᵀ p,
    ///
    /// which converges twice as fast as the traction itself (Gresho, Lee and Sani, 1987). At nodes where the region meets other
    /// parts of the boundary, their share is taken off: the pressure of an opening, the traction elsewhere. The sum over the
    /// region is the force on it. Before the first step the flow counts as steady. Where μ depends on the shear rate, μ K u becomes
    /// ∫ μ ∇u:∇N_a less the force that the rest of div(2 μ D) is.
    ///
    /// The nodes are those of the space; [`FlowSpace::mesh_node`] gives their numbers in the mesh.
    ///
    /// # Errors
    /// [`FlowError::UnknownRegion`], [`FlowError::Cancelled`].
    pub fn forces(&self, region: &str, control: &RunControl) -> Result<Vec<(u32, Vector3<f64>)>, FlowError> {
        let own = self.space.faces(region).ok_or_else(|| FlowError::unknown_region(self.space, region))?;
        Ok(self.forces_on(own, control)?)
    }

    /// [`Flow::forces`] on faces of the boundary.
    pub(crate) fn forces_on(&self, own: &[Face], control: &RunControl) -> Result<Vec<(u32, Vector3<f64>)>, Cancelled> {
        let nodes: BTreeSet<u32> = own.iter().flat_map(|&face| self.space.face_nodes(face)).collect();
        let mut foreign = vec![Vector3::zeros(); self.space.nodes()];
        let rim = rim(self.space, own, &nodes);
        self.add_tractions(&rim, &mut foreign);
        self.divergence.add_transpose_times(&self.pressure, &mut foreign);
        if self.options.convection != Convection::None {
            let inertia = convective_force(self.space, &self.velocity[0], control)?;
            foreign.iter_mut().zip(&inertia).for_each(|(sum, force)| *sum -= force * self.fluid.density);
        }
        if self.constant_viscosity.is_none() {
            let faces: BTreeSet<Face> = own.iter().chain(&rim).copied().collect();
            let law = &self.fluid.viscosity;
            let friction = viscous_forces(self.space, law, &self.velocity[0], Part::All, faces, control)?;
            foreign.iter_mut().zip(&friction).for_each(|(sum, force)| *sum -= force);
        }
        let force = |node: u32| foreign[node as usize] - self.inertia_and_friction(node as usize);
        Ok(nodes.into_iter().map(|node| (node, force(node))).collect())
    }

    /// ρ M (a₀ u + a₁ uⁿ + a₂ uⁿ⁻¹) + μ K u at a node, the second of a constant μ.
    fn inertia_and_friction(&self, node: usize) -> Vector3<f64> {
        let [u, last] = &self.velocity;
        let viscosity = self.constant_viscosity.unwrap_or(0.0);
        let (columns, mass) = self.mass.row(node);
        let (_, stiffness) = self.stiffness.row(node);
        let mut sum = Vector3::zeros();
        for ((&column, mass), stiffness) in columns.iter().zip(mass).zip(stiffness) {
            let column = column as usize;
            sum += u[column] * (viscosity * stiffness);
            if let Some((differences, before)) = &self.behind {
                let [a0, a1, a2] = differences.a;
                let acceleration = u[column] * a0 + last[column] * a1 + before[column] * a2;
                sum += acceleration * (self.fluid.density * mass);
            }
        }
        sum
    }

    /// Adds ∫ N_a t over faces of the boundary, t the traction on the fluid.
    fn add_tractions(&self, faces: &[Face], forces: &mut [Vector3<f64>]) {
        let mut closed: BTreeSet<Face> = faces.iter().copied().collect();
        for opening in &self.open {
            let of_opening: BTreeSet<Face> = opening.faces.iter().copied().collect();
            let part: Vec<Face> = closed.intersection(&of_opening).copied().collect();
            closed.retain(|face| !of_opening.contains(face));
            self.add_opening(opening, &part, forces);
        }
        closed.into_iter().for_each(|face| self.add_traction(face, forces));
    }

    /// The traction of an opening is -P n, and what keeps returning fluid at bay.
    fn add_opening(&self, opening: &OpenFace, part: &[Face], forces: &mut [Vector3<f64>]) {
        let convects = self.options.convection != Convection::None;
        let backflow = if convects { self.options.backflow * self.fluid.density } else { 0.0 };
        for_each_face_point(self.space, part, |nodes, values, normal| {
            let own = nodes.iter().zip(values);
            let at = own.fold(Vector3::zeros(), |sum, (&node, n)| sum + self.velocity[0][node as usize] * *n);
            let traction = at * (backflow * at.dot(&normal).min(0.0)) - normal * opening.state.pressure;
            nodes.iter().zip(values).for_each(|(&node, n)| forces[node as usize] += traction * *n);
        });
    }

    /// μ ∂u/∂n - p n of the fields themselves, on one face.
    fn add_traction(&self, face: Face, forces: &mut [Vector3<f64>]) {
        for_each_point_beside(self.space, face, |point| {
            let gradient = point.gradient(&self.velocity[0]);
            let ends = point.nodes[..4].iter().zip(point.corners);
            let p: f64 = ends.map(|(&node, n)| n * self.pressure[self.space.pressure_of[node as usize] as usize]).sum();
            point.add(gradient * point.normal * self.viscosity_at(&gradient) - point.normal * p, forces);
        });
    }
}

/// The faces of the boundary that are not the region's own but have nodes of it.
fn rim(space: &FlowSpace, own: &[Face], nodes: &BTreeSet<u32>) -> Vec<Face> {
    let mut is_near = vec![false; space.nodes()];
    nodes.iter().for_each(|&node| is_near[node as usize] = true);
    let own: BTreeSet<Face> = own.iter().copied().collect();
    // Both elements at a face with such a node have that node: the faces found once are outside.
    let mut faces: Vec<([u32; 3], Face)> = Vec::new();
    for (element, (kind, nodes)) in (0_u32..).zip(space.mesh.elements()) {
        for (side, corners) in (0_u8..).zip(kind.faces()) {
            let mut key = [0, 1, 2].map(|k| nodes[usize::from(corners[k])]);
            if key.iter().any(|&node| is_near[node as usize]) {
                key.sort_unstable();
                faces.push((key, Face { element, side }));
            }
        }
    }
    faces.sort_unstable();
    let outside = faces.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() == 1).map(|group| group[0].1);
    outside.filter(|face| !own.contains(face)).collect()
}
