//! The viscous term where the viscosity depends on the shear rate.
//!
//! The momentum equation has div(2 μ D). For a solenoidal u
//!
//! div(2 μ D) = div(μ ∇u) + f,  f_i = ∂_j(μ ∂_i u_j) = ∂_j μ ∂_i u_j.
//!
//! The first part stays on the left, as ∫ μ* ∇u:∇v, one scalar matrix for the three components; f is a force on the right. Both take
//! μ* = μ(γ̇(u*)) of the velocity u* extrapolated from the last two steps, so that the order in time is two. To have f without a
//! gradient of μ, it is integrated by parts. With m = μ* - c for any constant c, as ∂_j μ = ∂_j m, and with ∂_j u_j = 0 put in,
//!
//! ∫ f·v = ∫ (∂_j m ∂_i u_j - ∂_i m ∂_j u_j) v_i
//!       = -∫ m (∂_i u_j ∂_j v_i - ∂_j u_j ∂_i v_i) + ∮ m (n_j ∂_i - n_i ∂_j) u_j v_i.
//!
//! What multiplies m in the first integral is the divergence of a field, whose flux the second one takes away: with a constant m
//! both cancel for every u and v of the mesh, whatever the divergence of u: a Newtonian fluid has no f, and f holds first
//! derivatives of u* alone. (Without the second part of the bracket there would remain -∫ m div u* div v: explicit, of second order
//! and up to μ_0/μ_∞ times what is implicit.) The boundary term vanishes where the velocity is held and on planes of symmetry, u·n
//! being 0 there; on open faces it is computed, so that their condition stays μ ∂u/∂n - p n = -P n as for a Newtonian fluid, which
//! fully developed flow fulfils. It has derivatives along the face alone. c is the least viscosity: where μ is near that, rounding
//! has nothing to cancel.
//!
//! Explicit with u*, f has in the finest modes as much as the change of μ over an element, over μ: where that is large, as about the
//! axis of blood in a coarse mesh, steps that are very much longer than h²/ν make the flow flicker from step to step. Measured in a
//! channel of blood, h the spacing of the nodes and ν the largest, that at rest: nothing up to 34 h²/ν, 3·10⁻⁴ of the velocity from
//! 70 h²/ν on, which steps that follow the Courant number do not reach. (More of μ on the left and less on the right, which helps
//! where nothing else is explicit, makes it worse: the pressure then sees its corrections too late.)
//!
//! μ is evaluated at every point of the rule of quadratic elements, which keeps their order; in linear ones the gradient, and so μ,
//! is the same everywhere.
//!
//! The rotational correction of the pressure is M δ = -D u with M = ∫ ψ_p ψ_q/χ, χ = d(μ γ̇)/dγ̇ of u. It vanishes with the
//! divergence: steady states do not depend on it. With A the matrix of ∫ μ ∇u:∇v, D A⁻¹ Dᵀ ≤ ∫ ψ_p ψ_q/μ, so that a Newtonian
//! fluid, of which χ = μ, does not answer to a correction with more than is lacking, however long the step; a thinning one, once μ*
//! has followed, answers with as little resistance as χ. The least viscosity (Deteix and Yakoubi, Appl. Math. Lett. 79:111, 2018) is
//! safe too, but costs the order in time: measured 1.4 instead of 2, with μ up to 13 times as large.

use crate::beside::for_each_point_beside;
use crate::element::Geometry;
use crate::space::{FlowSpace, Table};
use crate::{Flow, FlowError};
use constitutive::viscosity::Viscosity;
use control::{Cancelled, RunControl};
use fem::ShapeTable;
use linalg::SparseMatrix;
use mesh::Face;
use nalgebra::{Matrix3, Vector3};
use rayon::prelude::*;

/// Elements that one task sums up.
const CHUNK: usize = 1024;

/// γ̇ = √(2 D:D) of ∂u_i/∂x_j (row i, column j), 1/s.
pub(crate) fn shear_rate(gradient: &Matrix3<f64>) -> f64 {
    let d = (gradient + gradient.transpose()) * 0.5;
    (2.0 * d.norm_squared()).sqrt()
}

/// ∂u_i/∂x_j from the gradients of the shape functions.
pub(crate) fn velocity_gradient<const N: usize>(own: &[Vector3<f64>; N], gradients: &[[f64; 3]; N]) -> Matrix3<f64> {
    let mut sum = Matrix3::zeros();
    for (u, g) in own.iter().zip(gradients) {
        sum += u * Vector3::from(*g).transpose();
    }
    sum
}

/// The shear rate of a velocity in a linear element, 1/s.
pub(crate) fn linear_shear_rate(space: &FlowSpace, nodes: &[u32; 4], u: &[Vector3<f64>]) -> f64 {
    let (map, _) = Geometry::straight(&space.points(nodes));
    let [a, b, c, d] = nodes.map(|node| u[node as usize]);
    let mut gradient = Matrix3::zeros();
    for (edge, slope) in [b - a, c - a, d - a].iter().zip(map) {
        gradient += edge * Vector3::from(slope).transpose();
    }
    shear_rate(&gradient)
}

/// Adds ∫ μ(w) ∇N_a·∇N_b.
pub(crate) fn add_stiffness(
    space: &FlowSpace,
    law: &Viscosity,
    w: &[Vector3<f64>],
    matrix: &mut SparseMatrix,
    control: &RunControl,
) -> Result<(), Cancelled> {
    match &space.table {
        Table::Linear(table) => add_stiffness_of(space, table, law, w, matrix, control),
        Table::Quadratic(table) => add_stiffness_of(space, table, law, w, matrix, control),
    }
}

fn add_stiffness_of<const N: usize>(
    space: &FlowSpace,
    table: &ShapeTable<N>,
    law: &Viscosity,
    w: &[Vector3<f64>],
    matrix: &mut SparseMatrix,
    control: &RunControl,
) -> Result<(), Cancelled> {
    space.velocity.add_to_matrix::<N>(matrix, control, |element, nodes, part| {
        let own = nodes.map(|node| w[node as usize]);
        Geometry::new(&space.points(nodes), space.is_straight[element]).for_each(table, |_, gradients, weight| {
            let factor = weight * law.at(shear_rate(&velocity_gradient(&own, gradients)));
            for (row, [x, y, z]) in part.iter_mut().zip(gradients) {
                let [x, y, z] = [factor * x, factor * y, factor * z];
                row.iter_mut().zip(gradients).for_each(|(sum, g)| *sum += x * g[0] + y * g[1] + z * g[2]);
            }
        });
    })
}

/// Which parts of the viscous term.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// What is explicit in a step: -∫ f·v.
    Explicit,
    /// ∫ μ ∇u:∇v - ∫ f·v.
    All,
}

/// A part of the viscous term of a velocity w and its μ, for v = N_a in each direction, at each node, with the boundary term of
/// `faces`.
pub(crate) fn viscous_forces(
    space: &FlowSpace,
    law: &Viscosity,
    w: &[Vector3<f64>],
    part: Part,
    faces: impl IntoIterator<Item = Face>,
    control: &RunControl,
) -> Result<Vec<Vector3<f64>>, Cancelled> {
    let least = law.least();
    let stress = |gradient: &Matrix3<f64>| {
        let viscosity = law.at(shear_rate(gradient));
        let turned = gradient.transpose() - Matrix3::from_diagonal_element(gradient.trace());
        let full = if part == Part::All { viscosity } else { 0.0 };
        gradient * full + turned * (viscosity - least)
    };
    let mut forces = match &space.table {
        Table::Linear(table) => divergence_of(space, table, w, stress, control)?,
        Table::Quadratic(table) => divergence_of(space, table, w, stress, control)?,
    };
    for face in faces {
        add_boundary(space, law, w, face, &mut forces);
    }
    Ok(forces)
}

/// ∫ S ∇N_a with a stress S by the gradient of w.
fn divergence_of<const N: usize>(
    space: &FlowSpace,
    table: &ShapeTable<N>,
    w: &[Vector3<f64>],
    stress: impl Fn(&Matrix3<f64>) -> Matrix3<f64> + Sync,
    control: &RunControl,
) -> Result<Vec<Vector3<f64>>, Cancelled> {
    space.velocity.vectors::<N>(control, |element, nodes, part| {
        let own = nodes.map(|node| w[node as usize]);
        Geometry::new(&space.points(nodes), space.is_straight[element]).for_each(table, |_, gradients, weight| {
            let stress = stress(&velocity_gradient(&own, gradients)) * weight;
            part.iter_mut().zip(gradients).for_each(|(sum, g)| *sum += stress * Vector3::from(*g));
        });
    })
}

/// Takes ∮ m (n_j ∂_i - n_i ∂_j) w_j N_a of a face off.
fn add_boundary(space: &FlowSpace, law: &Viscosity, w: &[Vector3<f64>], face: Face, forces: &mut [Vector3<f64>]) {
    let least = law.least();
    for_each_point_beside(space, face, |point| {
        let gradient = point.gradient(w);
        let excess = law.at(shear_rate(&gradient)) - least;
        let along = (gradient.transpose() * point.normal - point.normal * gradient.trace()) * excess;
        point.add(-along, forces);
    });
}

impl Flow<'_> {
    /// μ of a velocity gradient, MPa s.
    pub(crate) fn viscosity_at(&self, gradient: &Matrix3<f64>) -> f64 {
        self.constant_viscosity.unwrap_or_else(|| self.fluid.viscosity.at(shear_rate(gradient)))
    }

    /// ∫ ψ_p ψ_q/χ of a velocity, with the mean of 1/χ in each element.
    pub(crate) fn fluidity_mass(&self, u: &[Vector3<f64>], control: &RunControl) -> Result<SparseMatrix, FlowError> {
        let fluidities = match &self.space.table {
            Table::Linear(table) => self.fluidities(table, u),
            Table::Quadratic(table) => self.fluidities(table, u),
        };
        self.space.pressure_mass(control, |element| fluidities[element])
    }

    /// The mean of 1/χ in each element.
    fn fluidities<const N: usize>(&self, table: &ShapeTable<N>, u: &[Vector3<f64>]) -> Vec<f64> {
        let space = self.space;
        let (elements, _) = space.mesh.blocks[0].connectivity.as_chunks::<N>();
        let mean = |(number, nodes): (usize, &[u32; N])| {
            let own = nodes.map(|node| u[node as usize]);
            let mut sums = [0.0; 2];
            Geometry::new(&space.points(nodes), space.is_straight[number]).for_each(table, |_, gradients, weight| {
                let tangent = self.fluid.viscosity.tangent(shear_rate(&velocity_gradient(&own, gradients)));
                sums = [sums[0] + weight, sums[1] + weight / tangent];
            });
            sums[1] / sums[0]
        };
        elements.par_iter().enumerate().map(mean).collect()
    }

    /// The share of the volume in which the shear rate lies below a limit (1/s): below about 50 1/s blood is thicker than the
    /// constant viscosity that is often put for it, so that where this share is large the choice of the law matters. By the points
    /// of quadrature.
    pub fn share_below(&self, shear_rate: f64) -> f64 {
        match &self.space.table {
            Table::Linear(table) => self.share_below_of(table, shear_rate),
            Table::Quadratic(table) => self.share_below_of(table, shear_rate),
        }
    }

    fn share_below_of<const N: usize>(&self, table: &ShapeTable<N>, limit: f64) -> f64 {
        let space = self.space;
        let (elements, _) = space.mesh.blocks[0].connectivity.as_chunks::<N>();
        // Volume below the limit, and all, of parts of a fixed size.
        let part = |(chunk, elements): (usize, &[[u32; N]])| {
            let mut sums = [0.0; 2];
            for (k, nodes) in elements.iter().enumerate() {
                let own = nodes.map(|node| self.velocity[0][node as usize]);
                let is_straight = space.is_straight[chunk * CHUNK + k];
                Geometry::new(&space.points(nodes), is_straight).for_each(table, |_, gradients, weight| {
                    let is_below = shear_rate(&velocity_gradient(&own, gradients)) < limit;
                    sums = [sums[0] + if is_below { weight } else { 0.0 }, sums[1] + weight];
                });
            }
            sums
        };
        let parts: Vec<[f64; 2]> = elements.par_chunks(CHUNK).enumerate().map(part).collect();
        let [below, all] = parts.into_iter().fold([0.0; 2], |[a, b], [c, d]| [a + c, b + d]);
        below / all
    }
}
