//! The exact solution of the full equations by Ethier and Steinman (Int. J. Numer. Meth. Fluids 19:369, 1994), with ρ = 1 and a
//! cube of side 2: three-dimensional, unsteady, all terms at work.

use super::{cube, errors, on, rates};
use crate::{Condition, Convection, Flow, FlowOptions, FlowSpace, Fluid};
use control::RunControl;
use mesh::{ElementKind, Point3};
use nalgebra::Vector3;
use std::f64::consts::FRAC_PI_2;
use std::f64::consts::FRAC_PI_4;
use std::sync::Arc;

const SIDES: [&str; 6] = ["x_min", "x_max", "y_min", "y_max", "z_min", "z_max"];

/// The cube lies in 0..2; the solution's in -1..1.
fn velocity(p: &Point3<f64>, nu: f64, t: f64) -> Vector3<f64> {
    let (a, d) = (FRAC_PI_4, FRAC_PI_2);
    let [x, y, z] = [p.x - 1.0, p.y - 1.0, p.z - 1.0];
    let part = |x: f64, y: f64, z: f64| (a * x).exp() * (a * y + d * z).sin() + (a * z).exp() * (a * x + d * y).cos();
    Vector3::new(part(x, y, z), part(y, z, x), part(z, x, y)) * (-a * (-nu * d * d * t).exp())
}

fn pressure(p: &Point3<f64>, nu: f64, t: f64) -> f64 {
    let (a, d) = (FRAC_PI_4, FRAC_PI_2);
    let [x, y, z] = [p.x - 1.0, p.y - 1.0, p.z - 1.0];
    let part = |x: f64, y: f64, z: f64| {
        (2.0 * a * x).exp() + 2.0 * (a * x + d * y).sin() * (a * z + d * x).cos() * (a * (y + z)).exp()
    };
    -0.5 * a * a * (part(x, y, z) + part(y, z, x) + part(z, x, y)) * (-2.0 * nu * d * d * t).exp()
}

fn solve(space: &FlowSpace, nu: f64, options: FlowOptions, steps: usize, end: f64) -> Flow<'_> {
    let given = Condition::Velocity(Arc::new(move |p, t| velocity(p, nu, t)));
    let fluid = Fluid { density: 1.0, viscosity: nu };
    let control = RunControl::silent();
    let mut flow = Flow::new(space, fluid, &on(&SIDES, &given), options, &control).unwrap();
    flow.start(0.0, |p| velocity(p, nu, 0.0), |p| pressure(p, nu, 0.0));
    for _ in 0..steps {
        flow.step(end / steps as f64, &control).unwrap();
    }
    flow
}

fn run(space: &FlowSpace, nu: f64, options: FlowOptions, steps: usize, end: f64) -> [f64; 2] {
    let flow = solve(space, nu, options, steps, end);
    let found = errors(space, &flow, |p| velocity(p, nu, end), |p| pressure(p, nu, end), true);
    println!("{} nodes, {steps} steps: u {:.3e}, p {:.3e}", space.nodes(), found[0], found[1]);
    found
}

#[test]
fn quadratic_velocities_have_order_three_in_space_and_pressures_two() {
    for convection in [Convection::Explicit, Convection::Implicit] {
        let options = FlowOptions { convection, ..FlowOptions::default() };
        let found: Vec<[f64; 2]> =
            [4, 8].map(|n| run(&cube(ElementKind::Tet10, [n; 3], [2.0; 3]), 0.1, options, 50, 0.1)).to_vec();
        let [u, p] = [0, 1].map(|k| rates(&found.iter().map(|e| e[k]).collect::<Vec<_>>())[0]);
        println!("{convection:?}: orders {u:.2} {p:.2}");
        assert!(u > 2.8 && p > 1.8, "{convection:?}: {u} {p}");
    }
}

#[test]
fn linear_elements_have_order_two_in_space() {
    for convection in [Convection::Explicit, Convection::Implicit] {
        let options = FlowOptions { convection, speed: 2.0, ..FlowOptions::default() };
        let found: Vec<[f64; 2]> =
            [8, 16].map(|n| run(&cube(ElementKind::Tet4, [n; 3], [2.0; 3]), 0.1, options, 40, 0.1)).to_vec();
        let [u, p] = [0, 1].map(|k| rates(&found.iter().map(|e| e[k]).collect::<Vec<_>>())[0]);
        println!("{convection:?}: orders {u:.2} {p:.2}");
        assert!(u > 1.9 && p > 1.0, "{convection:?}: {u} {p}");
    }
}

/// Against the solution with a small step on the same mesh.
#[test]
fn the_order_in_time_is_two() {
    for (kind, n) in [(ElementKind::Tet10, 5), (ElementKind::Tet4, 12)] {
        let space = cube(kind, [n; 3], [2.0; 3]);
        let options = FlowOptions { tolerance: 1e-7, speed: 2.0, ..FlowOptions::default() };
        let [u, p] = super::rates_in_time(&[10, 20, 40], 320, |steps| solve(&space, 0.1, options, steps, 0.5));
        println!("{kind}: orders {u:.2?} {p:.2?}");
        assert!(u[1] > 1.9 && p[1] > 1.7, "{kind}: {u:?} {p:?}");
    }
}
