//! Flows in boxes: plug flow between planes of symmetry, rest under pressure, a boundary that does not balance.

use super::{cube, on, space};
use crate::{Condition, Flow, FlowOptions, Fluid, Outlet};
use control::RunControl;
use mesh::{ElementKind, Point3};
use meshing::mapped_block;
use nalgebra::Vector3;
use std::sync::Arc;

/// Planes of symmetry that meet, in a box that lies askew: a plug stays a plug.
#[test]
fn a_plug_slides_along_planes_that_meet_and_lie_askew() {
    let turn = nalgebra::Rotation3::from_euler_angles(0.3, -0.5, 0.7);
    for kind in [ElementKind::Tet10, ElementKind::Tet4] {
        let place = |x: [f64; 3]| turn * Point3::new(2.0 * x[0], x[1], x[2]);
        let space = space(&mapped_block(kind, [4, 2, 2], place).unwrap());
        let plug = turn * Vector3::x() * 3.0;
        let mut conditions = on(&["y_min", "y_max", "z_min", "z_max"], &Condition::Slip);
        conditions.extend(on(&["x_min"], &Condition::Velocity(Arc::new(move |_, _| plug))));
        conditions.extend(on(&["x_max"], &Condition::Open(Outlet::pressure(0.0))));
        let control = RunControl::silent();
        let fluid = Fluid { density: 2.0, viscosity: 0.3 };
        let options = FlowOptions { speed: 3.0, ..FlowOptions::default() };
        let mut flow = Flow::new(&space, fluid, &conditions, options, &control).unwrap();
        (0..400).for_each(|_| drop(flow.step(0.02, &control).unwrap()));
        let [u, p] = flow.error_norms(|_| plug, |_| 0.0);
        println!("{kind}: u {u:.1e}, p {p:.1e}");
        assert!(u < 1e-8 && p < 1e-8, "{u} {p}");
    }
}

/// A pressure that is the same at all openings moves nothing, whatever its size.
#[test]
fn a_fluid_at_rest_under_pressure_stays_at_rest() {
    for kind in [ElementKind::Tet10, ElementKind::Tet4] {
        let space = cube(kind, [4, 2, 2], [2.0, 1.0, 1.0]);
        let mut conditions = on(&["y_min", "y_max", "z_min", "z_max"], &Condition::Wall);
        conditions.extend(on(&["x_min"], &Condition::Open(Outlet::pressure(0.0133))));
        conditions.extend(on(&["x_max"], &Condition::Open(Outlet::Resistance { resistance: 2.0, distal: 0.0133 })));
        let control = RunControl::silent();
        let fluid = Fluid { density: 1.06e-9, viscosity: 3.5e-9 };
        let options = FlowOptions { speed: 300.0, ..FlowOptions::default() };
        let mut flow = Flow::new(&space, fluid, &conditions, options, &control).unwrap();
        (0..10).for_each(|_| drop(flow.step(1e-3, &control).unwrap()));
        let fastest = flow.velocity().iter().map(|u| u.norm()).fold(0.0, f64::max);
        let off = flow.pressure().iter().map(|p| (p - 0.0133).abs()).fold(0.0, f64::max);
        // Unbalanced, the first step alone would reach 10 000 mm/s.
        println!("{kind}: {fastest:.1e} mm/s, {off:.1e} MPa off");
        assert!(fastest < 1e-5 && off < 1e-12, "{fastest} {off}");
    }
}

#[test]
fn velocities_that_do_not_balance_on_a_closed_boundary_are_refused() {
    let space = cube(ElementKind::Tet4, [3, 3, 3], [1.0; 3]);
    let inward = Condition::Velocity(Arc::new(|p: &Point3<f64>, _| Vector3::x() * (p.y * (1.0 - p.y))));
    let mut conditions = on(&["x_max", "y_min", "y_max", "z_min", "z_max"], &Condition::Wall);
    conditions.extend(on(&["x_min"], &inward));
    let control = RunControl::silent();
    let options = FlowOptions { speed: 1.0, ..FlowOptions::default() };
    let mut flow = Flow::new(&space, Fluid { density: 1.0, viscosity: 0.1 }, &conditions, options, &control).unwrap();
    let message = flow.step(0.1, &control).unwrap_err().to_string();
    assert!(message.contains("open a face or balance them"), "{message}");
}
