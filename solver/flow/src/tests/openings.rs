//! How stiffly open faces hold the pressure increment.

use super::{cube, on, space, tube::pipe};
use crate::{Condition, Flow, FlowOptions, FlowSpace, Fluid, Outlet};
use control::RunControl;
use linalg::nodal::{InverseDiagonal, Until, conjugate_gradients};
use mesh::{ElementKind, Point3};
use meshing::{Distortion, distorted_block};
use nalgebra::Vector3;

/// The largest c of D M⁻¹ Dᵀ φ = c (K_p + R) φ, by power iteration from a pressure that alternates from node to node.
fn largest_ratio(space: &FlowSpace, walls: &[&str], openings: &[&str]) -> f64 {
    let control = RunControl::silent();
    let mut conditions = on(walls, &Condition::Wall);
    conditions.extend(on(openings, &Condition::Open(Outlet::pressure(0.0))));
    let fluid = Fluid { density: 1.0, viscosity: 1.0 };
    let options = FlowOptions { speed: 1.0, ..FlowOptions::default() };
    let flow = Flow::new(space, fluid, &conditions, options, &control).unwrap();
    let inverse = InverseDiagonal::new(&flow.mass);
    let mut phi: Vec<f64> = (0..space.pressures()).map(|k| if k % 2 == 0 { 1.0 } else { -0.7 }).collect();
    let mut ratio = 0.0;
    for _ in 0..60 {
        let mut forces = vec![Vector3::zeros(); space.nodes()];
        flow.divergence.add_transpose_times(&phi, &mut forces);
        flow.held.impose(space, 0.0, &mut forces);
        let until =
            Until { residual: 1e-6 * forces.iter().map(Vector3::norm_squared).sum::<f64>().sqrt(), iterations: 200 };
        let mut u = vec![Vector3::zeros(); space.nodes()];
        conjugate_gradients(&flow.mass, &inverse, forces, &mut u, &flow.held, until, &control).unwrap();
        let next = flow.poisson.direct(&flow.divergence.times(&u), 1.0, &control).unwrap();
        let size = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>().sqrt();
        ratio = size(&next) / size(&phi);
        phi = next.iter().map(|value| value / size(&next)).collect();
    }
    ratio
}

#[test]
fn no_pressure_meets_less_stiffness_than_steps_need() {
    const WALLS: [&str; 4] = ["y_min", "y_max", "z_min", "z_max"];
    const ENDS: [&str; 2] = ["x_min", "x_max"];
    for kind in [ElementKind::Tet10, ElementKind::Tet4] {
        let n = if kind == ElementKind::Tet10 { 4 } else { 6 };
        let shake = Distortion { amplitude: 0.25, seed: 1 };
        let spaces = [
            ("cubes", cube(kind, [n, n, n], [1.0, 1.0, 1.0])),
            ("thin at the ends", cube(kind, [n, n, n], [0.1, 1.0, 1.0])),
            ("long at the ends", cube(kind, [n, n, n], [10.0, 1.0, 1.0])),
            ("shaken", space(&distorted_block(kind, [n, n, n], shake, Point3::from).unwrap())),
        ];
        for (name, space) in spaces {
            let [closed, open] =
                [largest_ratio(&space, &WALLS, &ENDS), largest_ratio(&space, &[], &[&WALLS[..], &ENDS[..]].concat())];
            println!("{kind} {name}: {closed:.3} between walls, {open:.3} all open");
            assert!(closed.max(open) < 16.0 / 13.0);
        }
        let ratio = largest_ratio(&pipe(kind, 2 * n, 2.0, n / 2), &["wall"], &["inlet", "outlet_1"]);
        println!("{kind} pipe: {ratio:.3}");
        assert!(ratio < 16.0 / 13.0);
    }
}
