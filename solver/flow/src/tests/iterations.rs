//! What it takes to solve for the velocity.

use super::{on, tube::pipe};
use crate::{Condition, Flow, FlowOptions, Fluid, Outlet};
use control::RunControl;
use mesh::{ElementKind, Point3};
use nalgebra::Vector3;
use std::sync::Arc;

#[test]
fn long_steps_of_a_fast_inflow_take_few_iterations() {
    let control = RunControl::silent();
    let space = pipe(ElementKind::Tet10, 12, 4.0, 3);
    let profile = |p: &Point3<f64>| Vector3::z() * (1.0 - p.x * p.x - p.y * p.y);
    let mut conditions = on(&["wall"], &Condition::Wall);
    conditions.extend(on(&["inlet"], &Condition::Velocity(Arc::new(move |p, t| profile(p) * (1.0 + 0.1 * t)))));
    conditions.extend(on(&["outlet_1"], &Condition::Open(Outlet::pressure(0.0))));
    let fluid = Fluid { density: 1.0, viscosity: 0.003 };
    let options = FlowOptions { speed: 1.0, ..FlowOptions::default() };
    let mut flow = Flow::new(&space, fluid, &conditions, options, &control).unwrap();
    flow.start(0.0, profile, |p| 0.012 * (4.0 - p.z), &control).unwrap();
    for _ in 0..4 {
        let report = flow.step(0.8, &control).unwrap();
        assert!(report.courant > 3.0, "{report:?}");
        // With rows of the inlet in the incomplete factorisation it fails, and hundreds are lost.
        assert!(report.iterations.count <= 12, "{report:?}");
    }
}
