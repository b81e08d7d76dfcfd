//! Circular pipes with curved walls: Poiseuille and Womersley.

use super::{on, rates, space};
use crate::{Condition, Flow, FlowOptions, FlowSpace, Fluid, Outlet, Womersley};
use control::RunControl;
use mesh::{ElementKind, Point3};
use meshing::sweep::{Profile, StraightAxis, Tube, TubeOptions, mesh_tube};
use nalgebra::{Complex, Vector3};
use std::f64::consts::TAU;
use std::sync::Arc;

/// A pipe of radius 1 along z.
pub(super) fn pipe(kind: ElementKind, around: usize, length: f64, rings: usize) -> FlowSpace {
    let axis = StraightAxis { from: Point3::origin(), to: Point3::new(0.0, 0.0, length) };
    let tube = Tube { axis: &axis, radius: Profile::Constant(1.0), wall: None };
    let options =
        TubeOptions { kind, around, rings: Some(rings), length: Some(TAU / around as f64), ..TubeOptions::default() };
    space(&mesh_tube(&tube, &options, &RunControl::silent()).unwrap().mesh)
}

/// The speed of Poiseuille flow, with 1 on the axis.
fn profile(p: &Point3<f64>) -> Vector3<f64> {
    Vector3::z() * (1.0 - p.x * p.x - p.y * p.y)
}

/// The profile given at the inlet and the pressure at the outlet, from the exact solution to the steady state of the mesh with a
/// viscosity of 0.5.
pub(super) fn developed(space: &FlowSpace, length: f64) -> Flow<'_> {
    let viscosity = 0.5;
    let mut conditions = on(&["wall"], &Condition::Wall);
    conditions.extend(on(&["inlet"], &Condition::Velocity(Arc::new(move |p, _| profile(p)))));
    conditions.extend(on(&["outlet_1"], &Condition::Open(Outlet::pressure(0.0))));
    let control = RunControl::silent();
    let fluid = Fluid { density: 1.0, viscosity };
    let mut flow = Flow::new(space, fluid, &conditions, FlowOptions::default(), &control).unwrap();
    flow.start(0.0, profile, |p| 4.0 * viscosity * (length - p.z), &control).unwrap();
    (0..30).for_each(|_| drop(flow.step(0.1, &control).unwrap()));
    flow
}

#[test]
fn a_round_pipe_has_order_three_by_its_curved_walls() {
    let errors = [8, 16].map(|around| {
        let space = pipe(ElementKind::Tet10, around, 2.0, around / 8);
        let [u, p] = super::errors(&space, &developed(&space, 2.0), profile, |p| 2.0 * (2.0 - p.z), false);
        println!("{} nodes: u {u:.2e} p {p:.2e}", space.nodes());
        u
    });
    let rate = rates(&errors)[0];
    println!("order {rate:.2}");
    assert!(rate > 2.8, "{rate}");
}

/// One period from the exact state, the profile given at the inlet, five nodes in the Stokes layer R/α: the largest error of the
/// velocity over its largest amplitude.
#[test]
fn womersley_profiles_are_held_with_five_nodes_in_the_stokes_layer() {
    // Quadratic elements half as thick as the layer, or thinner.
    for (alpha, rings, first_height) in [(2.0, 3, None), (5.0, 5, None), (15.0, 9, Some(0.5 / 15.0))] {
        let (omega, length, density) = (TAU, 1.0, 1.0);
        let viscosity = density * omega / (alpha * alpha);
        let exact = Womersley::new(alpha);
        let turn = move |t: f64| Complex::from_polar(1.0, omega * t);
        let profile =
            move |p: &Point3<f64>, t: f64| Vector3::z() * (exact.velocity(p.x.hypot(p.y).min(1.0)) * turn(t)).re;
        let slope = exact.pressure_slope() * (density * omega);
        let axis = StraightAxis { from: Point3::origin(), to: Point3::new(0.0, 0.0, length) };
        let tube = Tube { axis: &axis, radius: Profile::Constant(1.0), wall: None };
        let options = TubeOptions {
            kind: ElementKind::Tet10,
            around: 16,
            rings: Some(rings),
            first_height,
            length: Some(0.5),
            ..TubeOptions::default()
        };
        let space = space(&mesh_tube(&tube, &options, &RunControl::silent()).unwrap().mesh);
        let mut conditions = on(&["wall"], &Condition::Wall);
        conditions.extend(on(&["inlet"], &Condition::Velocity(Arc::new(profile))));
        conditions.extend(on(&["outlet_1"], &Condition::Open(Outlet::pressure(0.0))));
        let control = RunControl::silent();
        let fluid = Fluid { density, viscosity };
        // Flow returns through the outlet as it left.
        let options = FlowOptions { backflow: 0.0, ..FlowOptions::default() };
        let mut flow = Flow::new(&space, fluid, &conditions, options, &control).unwrap();
        flow.start(0.0, |p| profile(p, 0.0), |p| slope.re * (p.z - length), &control).unwrap();
        let (mut worst, mut largest) = (0.0_f64, 0.0_f64);
        for _ in 0..100 {
            flow.step(0.01, &control).unwrap();
            for (node, u) in flow.velocity().iter().enumerate() {
                let given = profile(&space.point(node), flow.time());
                worst = worst.max((u - given).norm());
                largest = largest.max(given.norm());
            }
        }
        println!("alpha {alpha}: {} nodes, error {:.3} % of {largest:.2}", space.nodes(), 100.0 * worst / largest);
        assert!(worst < 0.02 * largest, "{alpha}: {worst} of {largest}");
    }
}
