//! The exact solution of the full equations by Ethier and Steinman (Int. J. Numer. Meth. Fluids 19:369, 1994), in a
//! cube of side 2: three-dimensional, unsteady, all terms at work.

use super::{cube, errors, on, rates};
use crate::{Condition, Convection, Flow, FlowOptions, FlowSpace, Fluid};
use control::RunControl;
use mesh::{ElementKind, Point3};
use nalgebra::Vector3;
use std::f64::consts::FRAC_PI_2;
use std::f64::consts::FRAC_PI_4;
use std::sync::Arc;

const DENSITY: f64 = 3.0;
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
    -0.5 * DENSITY * a * a * (part(x, y, z) + part(y, z, x) + part(z, x, y)) * (-2.0 * nu * d * d * t).exp()
}

/// At the end of steps of the given lengths.
fn solve(space: &FlowSpace, nu: f64, options: FlowOptions, lengths: impl IntoIterator<Item = f64>) -> Flow<'_> {
    let given = Condition::Velocity(Arc::new(move |p, t| velocity(p, nu, t)));
    let fluid = Fluid { density: DENSITY, viscosity: DENSITY * nu };
    let control = RunControl::silent();
    let mut flow = Flow::new(space, fluid, &on(&SIDES, &given), options, &control).unwrap();
    flow.start(0.0, |p| velocity(p, nu, 0.0), |p| pressure(p, nu, 0.0), &control).unwrap();
    lengths.into_iter().for_each(|length| drop(flow.step(length, &control).unwrap()));
    flow
}

fn even(steps: usize, end: f64) -> impl Iterator<Item = f64> {
    std::iter::repeat_n(end / steps as f64, steps)
}

fn run(space: &FlowSpace, nu: f64, options: FlowOptions, steps: usize, end: f64) -> [f64; 2] {
    let flow = solve(space, nu, options, even(steps, end));
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
        let [u, p] = super::rates_in_time(&[10, 20, 40], 320, |steps| solve(&space, 0.1, options, even(steps, 0.5)));
        println!("{kind}: orders {u:.2?} {p:.2?}");
        assert!(u[1] > 1.9 && p[1] > 1.7, "{kind}: {u:?} {p:?}");
    }
}

/// Steps that are long and short in turn, one twice the other. The pressure ripples from step to step, more so with less
/// viscosity, which costs it some of its order.
#[test]
fn steps_of_changing_length_keep_the_order() {
    let space = cube(ElementKind::Tet10, [5; 3], [2.0; 3]);
    let options = FlowOptions { tolerance: 1e-7, ..FlowOptions::default() };
    let uneven =
        |steps: usize| (0..steps).map(move |k| if k % 2 == 0 { 2.0 } else { 1.0 } / (1.5 * steps as f64) * 0.5);
    let [u, p] = super::rates_in_time(&[10, 20, 40], 320, |steps| solve(&space, 0.1, options, uneven(steps)));
    println!("orders {u:.2?} {p:.2?}");
    assert!(u[1] > 1.9 && p[1] > 1.2, "{u:?} {p:?}");
}

#[test]
fn the_bits_do_not_depend_on_the_number_of_threads() {
    for (kind, n) in [(ElementKind::Tet10, 5), (ElementKind::Tet4, 9)] {
        let bits = |threads: usize| {
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
                let space = cube(kind, [n; 3], [2.0; 3]);
                let options = FlowOptions { speed: 2.0, ..FlowOptions::default() };
                let flow = solve(&space, 0.1, options, even(3, 0.03));
                let numbers =
                    flow.velocity().iter().flat_map(|u| u.iter().copied()).chain(flow.pressure().iter().copied());
                numbers.map(f64::to_bits).collect::<Vec<_>>()
            })
        };
        assert!(bits(1) == bits(3), "{kind}");
    }
}
