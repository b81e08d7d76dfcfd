//! Pressures and fluxes of open faces with models behind them.

use super::{cube, on, rates};
use crate::{Condition, Conditions, Convection, Flow, FlowOptions, FlowSpace, Fluid, OpenReport, Outlet, StepReport};
use control::RunControl;
use mesh::{ElementKind, Point3};
use nalgebra::Vector3;
use std::collections::BTreeMap;
use std::f64::consts::{PI, TAU};
use std::sync::Arc;

const FLUID: Fluid = Fluid { density: 2.0, viscosity: 0.1 };
const PERIOD: f64 = 1.0;

/// Speed of the inflow through the floor, whose shape vanishes at its edges: at rest at first.
fn pulse(t: f64) -> f64 {
    (0.5 * PI * (t / (0.5 * PERIOD)).min(1.0)).sin().powi(2) * (1.0 + 0.5 * (TAU * t / PERIOD).sin())
}

/// A box with inflow from below and openings at both ends, or at one.
fn junction(outlets: &[(&str, Outlet)]) -> Conditions {
    let inflow = Condition::Velocity(Arc::new(|p: &Point3<f64>, t| {
        Vector3::y() * (pulse(t) * (PI * p.x / 2.0).sin().powi(2) * (PI * p.z / 0.5).sin())
    }));
    let mut conditions = on(&["x_min", "x_max", "y_max", "z_min", "z_max"], &Condition::Wall);
    conditions.extend(on(&["y_min"], &inflow));
    conditions.extend(outlets.iter().map(|(name, outlet)| ((*name).to_owned(), Condition::Open(outlet.clone()))));
    conditions
}

fn run(space: &FlowSpace, conditions: &Conditions, steps: usize, end: f64) -> Vec<StepReport> {
    let options =
        FlowOptions { convection: Convection::Implicit, tolerance: 1e-8, speed: 1.5, ..FlowOptions::default() };
    let control = RunControl::silent();
    let mut flow = Flow::new(space, FLUID, conditions, options, &control).unwrap();
    (0..steps).map(|_| flow.step(end / steps as f64, &control).unwrap()).collect()
}

fn sum(open: &BTreeMap<String, OpenReport>) -> f64 {
    open.values().map(|face| face.flux).sum()
}

/// The mesh's own inflow at the end of a step.
fn inflow(space: &FlowSpace, t: f64) -> f64 {
    let mut through = 0.0;
    crate::open::for_each_face_point(space, space.faces("y_min").unwrap(), |nodes, values, normal| {
        for (&node, value) in nodes.iter().zip(values) {
            let p = space.mesh.nodes[node as usize];
            through -= normal.y * value * pulse(t) * (PI * p.x / 2.0).sin().powi(2) * (PI * p.z / 0.5).sin();
        }
    });
    through
}

/// Two resistances, one three times the other, from small to stiff: P = R Q and the sum of the fluxes is the inflow at every
/// step, and the split is that of the resistances where they rule.
#[test]
fn resistances_hold_exactly_and_share_the_flow_however_stiff() {
    for kind in [ElementKind::Tet10, ElementKind::Tet4] {
        let space = cube(kind, [8, 4, 2], [2.0, 1.0, 0.5]);
        for resistance in [1.0, 1e3, 1e5] {
            let outlet = |factor: f64| Outlet::Resistance { resistance: factor * resistance, distal: 0.0 };
            let conditions = junction(&[("x_min", outlet(1.0)), ("x_max", outlet(3.0))]);
            let reports = run(&space, &conditions, 40, 1.0);
            let mut worst = [0.0_f64; 2];
            for report in &reports {
                let given = inflow(&space, report.time);
                let OpenReport { pressure: p, flux: q } = report.open["x_min"];
                worst[0] = worst[0].max((sum(&report.open) / given - 1.0).abs());
                worst[1] = worst[1].max((p / (resistance * q) - 1.0).abs());
            }
            let last = reports.last().unwrap();
            let share = last.open["x_min"].flux / sum(&last.open);
            println!("{kind} R = {resistance}: share {share:.5}, flux off {:.1e}, P/RQ off {:.1e}", worst[0], worst[1]);
            let tight = if kind == ElementKind::Tet10 { 1e-9 } else { 1e-7 };
            assert!(worst[0] < tight && worst[1] < 1e-9, "{worst:?}");
            assert!(resistance < 1e5 || (share - 0.75).abs() < 1e-4, "{share}");
        }
    }
}

/// Behind a single opening the windkessel sees the inflow alone: its pressure is that of the ordinary differential equation,
/// within 0.5 % and with second order in the step.
#[test]
fn a_windkessel_follows_its_differential_equation() {
    let space = cube(ElementKind::Tet10, [4, 2, 1], [2.0, 1.0, 0.5]);
    let [proximal, resistance, compliance] = [50.0, 500.0, 0.002];
    let outlet = Outlet::Windkessel { proximal, compliance, resistance, distal: 0.0, start: 0.0 };
    let conditions = junction(&[("x_max", outlet)]);
    // C dP/dt = Q - P/R by Runge and Kutta in small steps.
    let rate = |t: f64, p: f64| (inflow(&space, t) - p / resistance) / compliance;
    let (mut exact, count) = (0.0, 4000);
    for k in 0..count {
        let (h, t) = (1.0 / f64::from(count), f64::from(k) / f64::from(count));
        let k1 = rate(t, exact);
        let k2 = rate(t + 0.5 * h, exact + 0.5 * h * k1);
        let k3 = rate(t + 0.5 * h, exact + 0.5 * h * k2);
        let k4 = rate(t + h, exact + h * k3);
        exact += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
    }
    let exact = exact + proximal * inflow(&space, 1.0);
    let errors = [50, 100, 200].map(|steps| {
        let pressure = run(&space, &conditions, steps, 1.0).last().unwrap().open["x_max"].pressure;
        (pressure / exact - 1.0).abs()
    });
    println!("{errors:?} {:.2?}", rates(&errors));
    assert!(errors[0] < 5e-3 && rates(&errors)[1] > 1.8, "{errors:?}");
}

#[test]
fn what_does_not_fit_the_mesh_is_refused_with_a_remedy() {
    let space = cube(ElementKind::Tet4, [2, 2, 2], [2.0, 1.0, 0.5]);
    let refused = |conditions: &Conditions| {
        let control = RunControl::silent();
        let options = FlowOptions { speed: 1.5, ..FlowOptions::default() };
        Flow::new(&space, FLUID, conditions, options, &control).err().map(|error| error.to_string())
    };
    let full = junction(&[("x_max", Outlet::pressure(0.0))]);
    assert_eq!(refused(&full), None);
    let mut without = full.clone();
    without.remove("x_max");
    let message = refused(&without).unwrap();
    assert!(message.contains("give a condition to x_max; none of the conditions is an outlet"), "{message}");
    let mut unknown = full.clone();
    unknown.insert("outlet_7".to_owned(), Condition::Wall);
    assert!(refused(&unknown).unwrap().contains("no face region \"outlet_7\""));
    let negative = junction(&[("x_max", Outlet::Resistance { resistance: -1.0, distal: 0.0 })]);
    assert!(refused(&negative).unwrap().contains("the resistance of \"x_max\" is -1"));
    let control = RunControl::silent();
    let slow = Flow::new(&space, FLUID, &full, FlowOptions::default(), &control).err().unwrap().to_string();
    assert!(slow.contains("give the largest speed of the inflow"), "{slow}");
    let mut twice = cube(ElementKind::Tet4, [2, 2, 2], [2.0, 1.0, 0.5]);
    let faces = twice.mesh.regions["x_max"].clone();
    twice.mesh.regions.insert("outlet".to_owned(), faces);
    let mut both = full.clone();
    both.insert("outlet".to_owned(), Condition::Open(Outlet::pressure(0.0)));
    let options = FlowOptions { speed: 1.5, ..FlowOptions::default() };
    let shared = Flow::new(&twice, FLUID, &both, options, &control).err().unwrap().to_string();
    assert!(shared.contains("shares faces with"), "{shared}");
}
