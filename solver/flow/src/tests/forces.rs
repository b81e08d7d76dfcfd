//! Forces on walls by nodes, in a plane channel, which the elements hold exactly.

use super::{cube, on};
use crate::open::for_each_face_point;
use crate::{Condition, Flow, FlowError, FlowOptions, Fluid, Outlet};
use control::RunControl;
use mesh::{ElementKind, Point3};
use nalgebra::Vector3;
use std::sync::Arc;

const LENGTH: f64 = 2.0;

/// Between walls, planes of symmetry, a given profile and an opening: each node of a wall has its share of the shear and of the
/// pressure, those at the rims too.
#[test]
fn each_node_of_a_plane_wall_has_its_share() {
    let space = cube(ElementKind::Tet10, [6, 3, 1], [LENGTH, 1.0, 0.3]);
    let (viscosity, peak) = (0.1, 1.0);
    let profile = move |p: &Point3<f64>| Vector3::x() * (4.0 * peak * p.y * (1.0 - p.y));
    let pressure = move |p: &Point3<f64>| 8.0 * viscosity * peak * (LENGTH - p.x);
    let mut conditions = on(&["y_min", "y_max"], &Condition::Wall);
    conditions.extend(on(&["z_min", "z_max"], &Condition::Slip));
    conditions.extend(on(&["x_min"], &Condition::Velocity(Arc::new(move |p, _| profile(p)))));
    conditions.extend(on(&["x_max"], &Condition::Open(Outlet::pressure(0.0))));
    let control = RunControl::silent();
    let fluid = Fluid { density: 1.0, viscosity };
    let mut flow = Flow::new(&space, fluid, &conditions, FlowOptions::default(), &control).unwrap();
    flow.start(0.0, profile, pressure, &control).unwrap();
    for steps in [0, 5] {
        (0..steps).for_each(|_| drop(flow.step(0.02, &control).unwrap()));
        let mut expected = vec![Vector3::zeros(); space.nodes()];
        for_each_face_point(&space, space.faces("y_min").unwrap(), |nodes, values, normal| {
            let own = nodes.iter().zip(values);
            let at = own.fold(Vector3::zeros(), |sum, (&node, n)| sum + space.point(node as usize).coords * *n);
            let force = Vector3::x() * (4.0 * viscosity * peak * normal.norm()) + normal * pressure(&at.into());
            nodes.iter().zip(values).for_each(|(&node, n)| expected[node as usize] += force * *n);
        });
        let forces = flow.forces("y_min", &control).unwrap();
        let off = forces.iter().map(|(node, force)| (force - expected[*node as usize]).norm()).fold(0.0, f64::max);
        println!("{steps} steps: {} nodes, off by {off:.1e} N", forces.len());
        assert!(off < 1e-9, "{off}");
    }
    let total: Vector3<f64> =
        ["y_min", "y_max"].iter().flat_map(|side| flow.forces(side, &control).unwrap()).map(|(_, force)| force).sum();
    let drop = pressure(&Point3::origin()) * 0.3;
    assert!((total - Vector3::x() * drop).norm() < 1e-8, "{total}");
    assert!(matches!(flow.forces("lid", &control), Err(FlowError::UnknownRegion { .. })));
}
