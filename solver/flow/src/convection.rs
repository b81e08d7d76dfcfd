//! The convective term in convective form, (u·∇)u: with it the natural condition of an opening is that on the traction.

use crate::element::Geometry;
use crate::space::{FlowSpace, Table};
use control::{Cancelled, RunControl};
use fem::ShapeTable;
use linalg::SparseMatrix;
use nalgebra::Vector3;
use rayon::prelude::*;

/// How the convective term enters a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Convection {
    /// Not at all: Stokes flow.
    None,
    /// ρ (u*·∇)u* on the right, with u* extrapolated from the last two steps: stable up to a Courant number of about 0.3.
    Explicit,
    /// ρ (u*·∇)u on the left: one unsymmetric matrix for the three components, new in every step; larger steps.
    Implicit,
}

/// ∫ N_a (w·∇)w at each node.
pub(crate) fn convective_force(
    space: &FlowSpace,
    w: &[Vector3<f64>],
    control: &RunControl,
) -> Result<Vec<Vector3<f64>>, Cancelled> {
    match &space.table {
        Table::Linear(table) => force_over(space, table, w, control),
        Table::Quadratic(table) => force_over(space, table, w, control),
    }
}

fn force_over<const N: usize>(
    space: &FlowSpace,
    table: &ShapeTable<N>,
    w: &[Vector3<f64>],
    control: &RunControl,
) -> Result<Vec<Vector3<f64>>, Cancelled> {
    space.velocity.vectors::<N>(control, |element, nodes, part| {
        let own = nodes.map(|node| w[node as usize]);
        Geometry::new(&space.points(nodes), space.is_straight[element]).for_each(table, |point, gradients, weight| {
            let at = interpolate(&own, &point.values);
            let mut force = Vector3::zeros();
            for (velocity, gradient) in own.iter().zip(gradients) {
                force += velocity * (at[0] * gradient[0] + at[1] * gradient[1] + at[2] * gradient[2]);
            }
            force *= weight;
            part.iter_mut().zip(&point.values).for_each(|(sum, value)| *sum += force * *value);
        });
    })
}

/// ∫ N_a (w·∇)N_b.
pub(crate) fn convection_matrix(
    space: &FlowSpace,
    w: &[Vector3<f64>],
    control: &RunControl,
) -> Result<SparseMatrix, Cancelled> {
    match &space.table {
        Table::Linear(table) => matrix_over(space, table, w, control),
        Table::Quadratic(table) => matrix_over(space, table, w, control),
    }
}

fn matrix_over<const N: usize>(
    space: &FlowSpace,
    table: &ShapeTable<N>,
    w: &[Vector3<f64>],
    control: &RunControl,
) -> Result<SparseMatrix, Cancelled> {
    space.velocity.matrix::<N>(control, |element, nodes, part| {
        let own = nodes.map(|node| w[node as usize]);
        Geometry::new(&space.points(nodes), space.is_straight[element]).for_each(table, |point, gradients, weight| {
            let at = interpolate(&own, &point.values) * weight;
            let along: [f64; N] =
                std::array::from_fn(|b| at[0] * gradients[b][0] + at[1] * gradients[b][1] + at[2] * gradients[b][2]);
            for (row, value) in part.iter_mut().zip(&point.values) {
                row.iter_mut().zip(&along).for_each(|(sum, along)| *sum += value * along);
            }
        });
    })
}

fn interpolate<const N: usize>(own: &[Vector3<f64>; N], values: &[f64; N]) -> Vector3<f64> {
    own.iter().zip(values).fold(Vector3::zeros(), |sum, (velocity, value)| sum + velocity * *value)
}

/// The largest Courant number per second of step: of any element, the speed at its nodes along the gradient of a barycentric
/// coordinate, over the spacing of the nodes that way.
pub(crate) fn courant_rate(space: &FlowSpace, u: &[Vector3<f64>]) -> f64 {
    let order = if space.is_quadratic() { 2.0 } else { 1.0 };
    let block = &space.mesh.blocks[0];
    let rate = |nodes: &[u32]| {
        let [a, b, c, d] = [0, 1, 2, 3].map(|k| space.mesh.nodes[nodes[k] as usize]);
        let six = (b - a).cross(&(c - a)).dot(&(d - a));
        let heights =
            [(c - b).cross(&(d - b)), (c - a).cross(&(d - a)), (b - a).cross(&(d - a)), (b - a).cross(&(c - a))];
        let at = |&node: &u32| heights.iter().map(|g| g.dot(&u[node as usize]).abs()).fold(0.0, f64::max);
        nodes.iter().map(at).fold(0.0, f64::max) / six
    };
    let n = block.kind.node_count();
    order * block.connectivity.par_chunks(n).map(rate).reduce(|| 0.0, f64::max)
}
