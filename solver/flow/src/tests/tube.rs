//! Circular pipes of radius 1 along z with curved walls.

use super::{on, space};
use crate::{Condition, Flow, FlowOptions, FlowSpace, Fluid, Outlet};
use control::RunControl;
use mesh::{ElementKind, Point3};
use meshing::sweep::{Profile, StraightAxis, Tube, TubeOptions, mesh_tube};
use nalgebra::Vector3;
use std::f64::consts::TAU;
use std::sync::Arc;

pub(super) fn pipe(kind: ElementKind, around: usize, length: f64, rings: usize) -> FlowSpace {
    let cell = TAU / around as f64;
    tube(length, &TubeOptions { kind, around, rings: Some(rings), length: Some(cell), ..TubeOptions::default() })
}

pub(super) fn tube(length: f64, options: &TubeOptions) -> FlowSpace {
    let axis = StraightAxis { from: Point3::origin(), to: Point3::new(0.0, 0.0, length) };
    let tube = Tube { axis: &axis, radius: Profile::Constant(1.0), wall: None };
    space(&mesh_tube(&tube, options, &RunControl::silent()).unwrap().mesh)
}

/// Poiseuille flow with a speed of 1 on the axis and a viscosity of 0.5: the profile given at the inlet and the pressure at the
/// outlet, from the exact solution to the steady state of the mesh.
pub(super) fn developed(space: &FlowSpace, length: f64) -> Flow<'_> {
    let profile = |p: &Point3<f64>| Vector3::z() * (1.0 - p.x * p.x - p.y * p.y);
    let mut conditions = on(&["wall"], &Condition::Wall);
    conditions.extend(on(&["inlet"], &Condition::Velocity(Arc::new(move |p, _| profile(p)))));
    conditions.extend(on(&["outlet_1"], &Condition::Open(Outlet::pressure(0.0))));
    let control = RunControl::silent();
    let fluid = Fluid { density: 1.0, viscosity: 0.5 };
    let options = FlowOptions { speed: 1.0, ..FlowOptions::default() };
    let mut flow = Flow::new(space, fluid, &conditions, options, &control).unwrap();
    flow.start(0.0, profile, |p| 2.0 * (length - p.z), &control).unwrap();
    (0..30).for_each(|_| drop(flow.step(0.1, &control).unwrap()));
    flow
}
