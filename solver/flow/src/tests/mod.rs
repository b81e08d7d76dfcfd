//! The step against exact solutions: orders in space and time, openings, outlets.

mod channel;
mod ethier_steinman;
mod outlets;
mod pipe;
mod probe;

use crate::{Condition, Conditions, Flow, FlowSpace};
use control::RunControl;
use fem::ShapeTable;
use fem::quadrature::tetrahedron;
use mesh::{ElementKind, Point3, VolumeMesh};
use meshing::mapped_block;
use nalgebra::Vector3;

/// Rates between errors at steps or sizes that are halved.
pub(super) fn rates(errors: &[f64]) -> Vec<f64> {
    errors.windows(2).map(|pair| (pair[0] / pair[1]).log2()).collect()
}

/// Rates in time of velocity and pressure at the nodes (without the mean of the pressure), by the difference to a solution of
/// many steps.
pub(super) fn rates_in_time<'s>(counts: &[usize], many: usize, solve: impl Fn(usize) -> Flow<'s>) -> [Vec<f64>; 2] {
    let reference = solve(many);
    let differences: Vec<[f64; 2]> = counts
        .iter()
        .map(|&steps| {
            let flow = solve(steps);
            let pairs = flow.velocity().iter().zip(reference.velocity());
            let u = pairs.map(|(a, b)| (a - b).norm_squared()).sum::<f64>().sqrt();
            let p: Vec<f64> = flow.pressure().iter().zip(reference.pressure()).map(|(a, b)| a - b).collect();
            let mean = p.iter().sum::<f64>() / p.len() as f64;
            let p = p.iter().map(|p| (p - mean).powi(2)).sum::<f64>().sqrt();
            println!("{steps} steps: u {u:.3e}, p {p:.3e}");
            [u, p]
        })
        .collect();
    [0, 1].map(|k| rates(&differences.iter().map(|pair| pair[k]).collect::<Vec<_>>()))
}

pub(super) fn cube(kind: ElementKind, counts: [usize; 3], size: [f64; 3]) -> FlowSpace {
    let map = |x: [f64; 3]| Point3::new(x[0] * size[0], x[1] * size[1], x[2] * size[2]);
    space(&mapped_block(kind, counts, map).unwrap())
}

pub(super) fn space(mesh: &VolumeMesh) -> FlowSpace {
    FlowSpace::new(mesh, &RunControl::silent()).unwrap()
}

/// The same condition on the sides named.
pub(super) fn on(sides: &[&str], condition: &Condition) -> Conditions {
    sides.iter().map(|side| ((*side).to_owned(), condition.clone())).collect()
}

/// L2 norms of the errors of velocity and pressure; of the pressure with `free` less its mean.
pub(super) fn errors(
    space: &FlowSpace,
    flow: &Flow<'_>,
    velocity: impl Fn(&Point3<f64>) -> Vector3<f64>,
    pressure: impl Fn(&Point3<f64>) -> f64,
    free: bool,
) -> [f64; 2] {
    let rule = tetrahedron(5);
    let linear = ShapeTable::<4>::new(ElementKind::Tet4, &rule);
    let (mut square, mut sums) = (0.0, [0.0; 3]);
    let kind = space.mesh.blocks[0].kind;
    for (_, nodes) in space.mesh.elements() {
        let points: Vec<Point3<f64>> = nodes.iter().map(|&node| space.mesh.nodes[node as usize]).collect();
        for point in &linear.points {
            let values = mesh::shape::values(kind, &point.xi);
            let gradients = mesh::shape::gradients(kind, &point.xi);
            let weight = point.weight * mesh::shape::jacobian(&points, &gradients[..nodes.len()]).determinant();
            let own = || nodes.iter().zip(values);
            let at = Point3::from(points.iter().zip(values).fold(Vector3::zeros(), |sum, (x, n)| sum + x.coords * n));
            let u = own().fold(Vector3::zeros(), |sum, (&node, n)| sum + flow.velocity()[node as usize] * n);
            square += weight * (u - velocity(&at)).norm_squared();
            let corners = nodes[..4].iter().zip(point.values);
            let p: f64 = corners.map(|(&node, n)| n * flow.pressure()[space.pressure_of[node as usize] as usize]).sum();
            let difference = p - pressure(&at);
            sums = [sums[0] + weight, sums[1] + weight * difference, sums[2] + weight * difference * difference];
        }
    }
    let [volume, mean, squares] = sums;
    let mean = if free { mean * mean / volume } else { 0.0 };
    [square.sqrt(), (squares - mean).max(0.0).sqrt()]
}
