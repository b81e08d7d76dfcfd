//! Plane Poiseuille flow, which quadratic velocities hold exactly.

use super::{cube, errors, on};
use crate::{Condition, Convection, Flow, FlowOptions, Fluid, Outlet};
use control::RunControl;
use mesh::{ElementKind, Point3};
use nalgebra::Vector3;
use std::sync::Arc;

/// Between walls at y = 0 and 1, planes of symmetry at z, a given profile at x = 0 and an open end: from rest to the steady
/// state, to rounding.
#[test]
fn plane_poiseuille_is_exact_with_an_open_end_and_planes_of_symmetry() {
    let space = cube(ElementKind::Tet10, [6, 3, 1], [2.0, 1.0, 0.3]);
    let (density, viscosity, peak) = (1.0, 0.1, 1.0);
    let profile = move |p: &Point3<f64>| Vector3::x() * (4.0 * peak * p.y * (1.0 - p.y));
    let mut conditions = on(&["y_min", "y_max"], &Condition::Wall);
    conditions.extend(on(&["z_min", "z_max"], &Condition::Slip));
    conditions.extend(on(&["x_min"], &Condition::Velocity(Arc::new(move |p, _| profile(p)))));
    conditions.extend(on(&["x_max"], &Condition::Open(Outlet::pressure(0.0))));
    let control = RunControl::silent();
    for convection in [Convection::Explicit, Convection::Implicit] {
        let options = FlowOptions { convection, ..FlowOptions::default() };
        let fluid = Fluid { density, viscosity };
        let mut flow = Flow::new(&space, fluid, &conditions, options, &control).unwrap();
        let report = (0..800).map(|_| flow.step(0.02, &control).unwrap()).last().unwrap();
        let slope = 8.0 * viscosity * peak;
        let [u, p] = errors(&space, &flow, |x| profile(x), |x| slope * (2.0 - x.x), false);
        println!("{convection:?}: u {u:.1e}, p {p:.1e}, {report:?}");
        assert!(u < 1e-8 && p < 1e-8, "{u} {p}");
        let [pressure, flux] = report.open["x_max"];
        assert!(pressure == 0.0 && (flux - 0.2).abs() < 1e-9, "{flux}");
    }
}
