//! Points in straight and curved elements.

use super::{cube, on, space};
use crate::{Condition, Flow, FlowOptions, Fluid, Outlet};
use control::RunControl;
use mesh::{ElementKind, Point3, shape};
use meshing::sweep::{ArcAxis, Profile, Tube, TubeOptions, mesh_tube};
use nalgebra::Vector3;
use std::sync::Arc;

/// Points spread through every element of a bent tube are found where they are, and its nodes too; points beyond the wall are not.
#[test]
fn points_of_curved_elements_are_found_where_they_are() {
    let axis = ArcAxis { radius: 4.0, angle: 1.5 };
    let tube = Tube { axis: &axis, radius: Profile::Constant(1.0), wall: None };
    for kind in [ElementKind::Tet4, ElementKind::Tet10] {
        let options = TubeOptions { kind, around: 8, length: Some(1.5), ..TubeOptions::default() };
        let mesh = mesh_tube(&tube, &options, &RunControl::silent()).unwrap().mesh;
        let space = space(&mesh);
        let at = [[0.1, 0.2, 0.3], [0.25, 0.25, 0.25], [0.01, 0.02, 0.95], [0.0, 0.4, 0.6], [0.0, 0.0, 0.0]];
        let place = |nodes: &[u32], xi: &[f64; 3]| {
            let own = nodes.iter().zip(shape::values(kind, xi));
            Point3::from(own.fold(Vector3::zeros(), |sum, (&n, value)| sum + mesh.nodes[n as usize].coords * value))
        };
        let points: Vec<_> = mesh.elements().flat_map(|(_, nodes)| at.map(|xi| place(nodes, &xi))).collect();
        let own: Vec<Vector3<f64>> = (0..space.nodes()).map(|node| space.point(node).coords).collect();
        for (k, (point, probe)) in points.iter().zip(space.probe(&points)).enumerate() {
            let probe = probe.unwrap();
            assert!((probe.of_nodes(&own) - point.coords).norm() < 1e-10, "{kind} {k}");
            // Inside an element it is that element.
            assert!(k % at.len() > 2 || probe.element as usize == k / at.len(), "{kind} {k}");
        }
        let beyond = [[1.0, 0.0, -0.5], [2.9, 0.1, 0.0], [f64::NAN, 0.0, 0.0]].map(Point3::from);
        assert!(space.probe(&beyond).iter().all(Option::is_none), "{kind}");
    }
}

/// A uniform flow through a box: velocity and pressure at probes are those of the field.
#[test]
fn velocity_and_pressure_at_probes_are_those_of_the_flow() {
    let space = cube(ElementKind::Tet10, [2; 3], [1.0; 3]);
    let uniform = |p: &Point3<f64>| Vector3::new(1.0 + p.y * p.y, 0.0, 0.0);
    let mut conditions = on(&["y_min", "y_max", "z_min", "z_max", "x_min"], &Condition::Wall);
    let given = Condition::Velocity(Arc::new(move |p, _| uniform(p)));
    conditions.values_mut().for_each(|condition| *condition = given.clone());
    conditions.extend(on(&["x_max"], &Condition::Open(Outlet::pressure(0.0))));
    let (control, fluid) = (RunControl::silent(), Fluid { density: 1.0, viscosity: 1.0 });
    let mut flow = Flow::new(&space, fluid, &conditions, FlowOptions::default(), &control).unwrap();
    flow.start(0.0, uniform, |p| 2.0 - 2.0 * p.x, &control).unwrap();
    let points = [[0.3, 0.7, 0.2], [1.0, 1.0, 1.0], [0.5, 0.5, 0.5]].map(Point3::from);
    for (point, probe) in points.iter().zip(space.probe(&points)) {
        let probe = probe.unwrap();
        assert!((flow.velocity_at(&probe) - uniform(point)).norm() < 1e-12);
        assert!((flow.pressure_at(&probe) - (2.0 - 2.0 * point.x)).abs() < 1e-12);
    }
    assert_eq!(space.probe(&points), space.probe(&points));
}
