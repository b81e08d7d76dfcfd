//! Shear stress on walls, by two ways whose difference says how far to trust them, and what is made of it over a cycle.

mod gradient;
mod metrics;
pub(crate) mod patch;
mod statistics;
mod traction;

pub use metrics::{CycleMetrics, Metrics, ShearHistory, ShearState, ShearSums};
pub use statistics::{AreaSamples, AreaStatistics, LOW_SHEAR};

use crate::{Flow, FlowError, FlowSpace};
use control::RunControl;
use gradient::GradientRecovery;
use linalg::SparseMatrix;
use mesh::Face;
use mesh::topology::boundary_faces;
use nalgebra::Vector3;
use patch::Patch;
use std::collections::BTreeSet;

/// A wall prepared for the recovery of its shear stress: regions of the boundary taken together, so that nothing is special where
/// one of them ends and the next begins.
///
/// Values on it are lists with one entry a node of the wall, in the order of [`Wall::nodes`].
#[derive(Debug)]
pub struct Wall<'s> {
    pub(crate) space: &'s FlowSpace,
    pub(crate) patch: Patch,
    normals: Vec<Vector3<f64>>,
    mass: SparseMatrix,
    /// That of the linear functions of the corners.
    corner_mass: SparseMatrix,
    middles: Vec<[u32; 3]>,
    recovery: GradientRecovery,
    is_rim: Vec<bool>,
}

/// Shear stress at the nodes of a wall: what the fluid does to the wall, MPa, along the flow beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct WallShear {
    /// Time of the flow, s.
    pub time: f64,
    /// By the forces that the momentum equation of the mesh leaves at the nodes of the wall (variational boundary flux).
    pub by_forces: Vec<Vector3<f64>>,
    /// τ = μ (∇u + ∇uᵀ) n, n into the fluid, of gradients recovered from the velocities on the fluid's side.
    pub by_gradient: Vec<Vector3<f64>>,
    /// Norm of the difference of both at each node, MPa.
    pub gap: Vec<f64>,
    /// L2 norm of the difference over that of their mean, over the area of the wall; 0 without shear.
    pub relative_gap: f64,
}

impl<'s> Wall<'s> {
    /// Prepares the faces of one or more regions of the boundary. Takes the time of some steps; needed once for a mesh.
    ///
    /// # Errors
    /// [`FlowError::UnknownRegion`], [`FlowError::Value`] without faces, [`FlowError::Cancelled`].
    pub fn new(space: &'s FlowSpace, regions: &[&str], control: &RunControl) -> Result<Self, FlowError> {
        let patch = Patch::new(space, regions)?;
        let recovery = GradientRecovery::new(space, &patch, control)?;
        let is_rim = is_rim(space, &patch);
        let (mass, corner_mass) = (patch.mass(false), patch.mass(true));
        let (normals, middles) = (patch.normals(), patch.middles());
        Ok(Self { space, normals, mass, corner_mass, middles, patch, recovery, is_rim })
    }

    /// Number in the solver's space of each node, ascending.
    pub fn nodes(&self) -> &[u32] {
        &self.patch.nodes
    }

    /// Unit normals at the nodes, out of the fluid.
    pub fn normals(&self) -> &[Vector3<f64>] {
        &self.normals
    }

    /// Whether each node lies also on a face of the boundary that is not of this wall, where its force was shared out.
    pub fn is_rim(&self) -> &[bool] {
        &self.is_rim
    }

    /// Values at the nodes of the wall as values at all nodes of the given mesh, others get the default.
    ///
    /// # Errors
    /// [`FlowError::Value`] when there is not one value a node of the wall.
    pub fn to_mesh<T: Copy + Default>(&self, values: &[T]) -> Result<Vec<T>, FlowError> {
        self.refuse_length(values.len())?;
        let mut all = vec![T::default(); self.space.nodes()];
        self.patch.nodes.iter().zip(values).for_each(|(&node, value)| all[node as usize] = *value);
        self.space.to_mesh(&all)
    }

    /// The shear stress of a flow as it is, by both ways. The wall is one at rest: on a moving one the forces of the Laplacian
    /// form of the viscous term are not those of the stress.
    ///
    /// By forces: the traction t that gives the forces F_a of the fluid on the wall's nodes ([`Flow::forces`]) less its pressure,
    /// ∫ t·N_a = F_a - ∫ p N_a n, and of it the part along the wall. The pressure, some ten thousand times the shear, is taken off
    /// as the mesh has it, so that a fluid at rest leaves nothing. Where the wall meets other faces of the boundary
    /// ([`Wall::is_rim`]), the force of the node belongs to both: what an opening carries is known and taken off; the share of a
    /// face that holds the velocity is its traction by the gradient in its own element, so that such a node is only as good as
    /// that gradient.
    ///
    /// By gradient: from the velocities around each node.
    ///
    /// # Errors
    /// [`FlowError::Value`] for a flow in another space, [`FlowError::Linear`], [`FlowError::Cancelled`].
    pub fn shear(&self, flow: &Flow<'_>, control: &RunControl) -> Result<WallShear, FlowError> {
        if !std::ptr::eq(self.space, flow.space) {
            let (what, value) = ("the number of nodes of the flow".to_owned(), flow.space.nodes() as f64);
            return Err(FlowError::Value { what, value, remedy: "the wall needs the space of the flow".to_owned() });
        }
        let by_forces = self.by_forces(flow, control)?;
        let by_gradient = self.by_gradient(flow);
        let off: Vec<Vector3<f64>> = by_forces.iter().zip(&by_gradient).map(|(a, b)| a - b).collect();
        let mean: Vec<Vector3<f64>> = by_forces.iter().zip(&by_gradient).map(|(a, b)| (a + b) * 0.5).collect();
        let size = self.norm(&mean);
        let relative_gap = if size > 0.0 { self.norm(&off) / size } else { 0.0 };
        let gap = off.iter().map(Vector3::norm).collect();
        Ok(WallShear { time: flow.time(), by_forces, by_gradient, gap, relative_gap })
    }

    fn by_gradient(&self, flow: &Flow<'_>) -> Vec<Vector3<f64>> {
        let gradients = self.recovery.gradients(flow.velocity());
        let shear = |(gradient, n): (&nalgebra::Matrix3<f64>, &Vector3<f64>)| {
            along((gradient + gradient.transpose()) * n * -flow.viscosity_at(gradient), n)
        };
        gradients.iter().zip(&self.normals).map(shear).collect()
    }

    /// √∫ |v|² over the wall.
    fn norm(&self, values: &[Vector3<f64>]) -> f64 {
        let mut product = vec![Vector3::zeros(); values.len()];
        self.mass.multiply_nodal_into(values, &mut product);
        product.iter().zip(values).map(|(a, b)| a.dot(b)).sum::<f64>().max(0.0).sqrt()
    }

    fn refuse_length(&self, found: usize) -> Result<(), FlowError> {
        let nodes = self.patch.nodes.len();
        if found == nodes {
            return Ok(());
        }
        let (what, value) = ("the number of values on the wall".to_owned(), found as f64);
        Err(FlowError::Value { what, value, remedy: format!("one is needed at each of its {nodes} nodes") })
    }
}

/// The part along the wall.
fn along(t: Vector3<f64>, n: &Vector3<f64>) -> Vector3<f64> {
    t - n * t.dot(n)
}

/// Whether the nodes of a patch are also nodes of other faces of the boundary.
fn is_rim(space: &FlowSpace, patch: &Patch) -> Vec<bool> {
    let own: BTreeSet<Face> = patch.faces.iter().copied().collect();
    let mut is_rim = vec![false; patch.nodes.len()];
    for face in boundary_faces(&space.mesh).into_iter().filter(|face| !own.contains(face)) {
        space.face_nodes(face).iter().filter_map(|&node| patch.own(node)).for_each(|node| is_rim[node] = true);
    }
    is_rim
}
