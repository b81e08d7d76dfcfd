//! The convective term in convective form, (u·∇)u: with it the natural condition of an opening is that on the traction.

mod straight;

pub(crate) use straight::Triples;

use crate::element::Geometry;
use crate::space::{FlowSpace, Table};
use control::{Cancelled, RunControl};
use fem::ShapeTable;
use linalg::{SparseMatrix, widely};
use mesh::Point3;
use nalgebra::Vector3;
use rayon::prelude::*;

/// Elements that one task looks at.
const ELEMENTS: usize = 4096;

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
        Table::Linear(_) => space.velocity.vectors::<4>(control, |_, nodes, part| {
            *part = straight::linear_force(&space.points(nodes), &nodes.map(|node| w[node as usize]));
        }),
        Table::Quadratic(table) => space.velocity.vectors::<10>(control, |element, nodes, part| {
            let (points, own) = (space.points(nodes), nodes.map(|node| w[node as usize]));
            *part = match space.is_straight[element] {
                true => widely(|| space.triples.force(&points, &own)),
                false => curved_force(&points, table, &own),
            };
        }),
    }
}

/// Adds ∫ f N_a (w·∇)N_b with a factor f.
pub(crate) fn add_convection(
    space: &FlowSpace,
    factor: f64,
    w: &[Vector3<f64>],
    matrix: &mut SparseMatrix,
    control: &RunControl,
) -> Result<(), Cancelled> {
    match &space.table {
        Table::Linear(_) => space.velocity.add_to_matrix::<4>(matrix, control, |_, nodes, part| {
            *part = straight::linear_matrix(factor, &space.points(nodes), &nodes.map(|node| w[node as usize]));
        }),
        Table::Quadratic(table) => space.velocity.add_to_matrix::<10>(matrix, control, |element, nodes, part| {
            let (points, own) = (space.points(nodes), nodes.map(|node| w[node as usize]));
            *part = match space.is_straight[element] {
                true => widely(|| space.triples.matrix(factor, &points, &own)),
                false => curved_matrix(factor, &points, table, &own),
            };
        }),
    }
}

/// ∫ N_a (w·∇)w of an element with curved edges, by quadrature.
fn curved_force<const N: usize>(
    points: &[Point3<f64>; N],
    table: &ShapeTable<N>,
    own: &[Vector3<f64>; N],
) -> [Vector3<f64>; N] {
    let mut part = [Vector3::zeros(); N];
    Geometry::new(points, false).for_each(table, |point, gradients, weight| {
        let at = interpolate(own, &point.values);
        let mut force = Vector3::zeros();
        for (velocity, gradient) in own.iter().zip(gradients) {
            force += velocity * (at[0] * gradient[0] + at[1] * gradient[1] + at[2] * gradient[2]);
        }
        force *= weight;
        part.iter_mut().zip(&point.values).for_each(|(sum, value)| *sum += force * *value);
    });
    part
}

/// ∫ f N_a (w·∇)N_b of an element with curved edges, by quadrature.
fn curved_matrix<const N: usize>(
    factor: f64,
    points: &[Point3<f64>; N],
    table: &ShapeTable<N>,
    own: &[Vector3<f64>; N],
) -> [[f64; N]; N] {
    let mut part = [[0.0; N]; N];
    Geometry::new(points, false).for_each(table, |point, gradients, weight| {
        let at = interpolate(own, &point.values) * (factor * weight);
        let along: [f64; N] =
            std::array::from_fn(|b| at[0] * gradients[b][0] + at[1] * gradients[b][1] + at[2] * gradients[b][2]);
        for (row, value) in part.iter_mut().zip(&point.values) {
            row.iter_mut().zip(&along).for_each(|(sum, along)| *sum += value * along);
        }
    });
    part
}

fn interpolate<const N: usize>(own: &[Vector3<f64>; N], values: &[f64; N]) -> Vector3<f64> {
    own.iter().zip(values).fold(Vector3::zeros(), |sum, (velocity, value)| sum + velocity * *value)
}

/// The largest Courant number per second of step: of any element, the speed at its nodes along the gradient of a barycentric
/// coordinate, over the spacing of the nodes that way.
pub(crate) fn courant_rate(space: &FlowSpace, u: &[Vector3<f64>]) -> f64 {
    let order = if space.is_quadratic() { 2.0 } else { 1.0 };
    let block = &space.mesh.blocks[0];
    let larger = |a: f64, b: f64| if b > a { b } else { a };
    let rate = |nodes: &[u32]| {
        let [a, b, c, d] = [0, 1, 2, 3].map(|k| space.mesh.nodes[nodes[k] as usize]);
        let six = (b - a).cross(&(c - a)).dot(&(d - a));
        let heights = [(c - a).cross(&(d - a)), (b - a).cross(&(d - a)), (b - a).cross(&(c - a))];
        let at = |most: f64, &node: &u32| {
            // The sum over all four heights, with their signs, is zero.
            let [b, c, d] = heights.map(|g| g.dot(&u[node as usize]));
            larger(larger(most, b.abs()), larger(larger(c.abs(), d.abs()), (b - c + d).abs()))
        };
        nodes.iter().fold(0.0, at) / six
    };
    let n = block.kind.node_count();
    let fastest = |part: &[u32]| widely(|| part.chunks_exact(n).map(rate).fold(0.0, larger));
    order * block.connectivity.par_chunks(n * ELEMENTS).map(fastest).reduce(|| 0.0, larger)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::cube;
    use mesh::ElementKind;

    /// The exact kernels of straight elements against quadrature.
    #[test]
    fn straight_elements_have_the_integrals_of_quadrature() {
        let control = RunControl::silent();
        for kind in [ElementKind::Tet4, ElementKind::Tet10] {
            let mut space = cube(kind, [3, 2, 2], [1.0, 1.3, 0.7]);
            let some = |p: &Point3<f64>| Vector3::new((3.0 * p.y).sin(), p.x * p.z - 0.4, (2.0 * p.x + p.y).cos());
            let w: Vec<Vector3<f64>> = (0..space.nodes()).map(|node| some(&space.point(node))).collect();
            let both = |space: &FlowSpace| {
                let mut matrix = SparseMatrix::zeros(space.velocity.pattern().clone());
                add_convection(space, 2.0, &w, &mut matrix, &control).unwrap();
                (matrix, convective_force(space, &w, &control).unwrap())
            };
            let (matrix, force) = both(&space);
            // The matrix times the field is the force.
            let mut product = vec![Vector3::zeros(); w.len()];
            matrix.multiply_nodal_into(&w, &mut product);
            let off = product.iter().zip(&force).map(|(a, b)| (a - b * 2.0).norm()).fold(0.0, f64::max);
            assert!(off < 1e-14, "{kind}: {off}");
            if kind == ElementKind::Tet10 {
                space.is_straight.fill(false);
                let (expected, _) = both(&space);
                let off = matrix.values.iter().zip(&expected.values).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                assert!(off < 1e-15, "{off}");
            }
        }
    }
}
