//! How steps are chosen, undone, and gone on with.

use super::{cube, on};
use crate::{Condition, Conditions, Flow, FlowError, FlowOptions, FlowSpace, FlowState, Fluid, March, Outlet};
use crate::{SteadyPolicy, StepPolicy};
use constitutive::viscosity::{CarreauYasuda, Viscosity};
use control::RunControl;
use mesh::{ElementKind, Point3};
use nalgebra::Vector3;
use std::f64::consts::{PI, TAU};
use std::sync::Arc;

const FLUID: Fluid = Fluid { density: 1.0, viscosity: 0.05 };
const POLICY: StepPolicy = StepPolicy { courant: 0.3, least: 2, most: 64, probe: 2 };

/// A duct whose inflow pulses between a tenth and twice its mean.
fn duct(space: &FlowSpace) -> Flow<'_> {
    duct_of(space, FLUID)
}

fn duct_of(space: &FlowSpace, fluid: Fluid<impl Into<Viscosity>>) -> Flow<'_> {
    let speed = |t: f64| 1.05 - 0.95 * (TAU * t).cos();
    let inflow = Condition::Velocity(Arc::new(move |p: &Point3<f64>, t| {
        Vector3::x() * (speed(t) * (PI * p.y).sin() * (PI * p.z).sin())
    }));
    let mut conditions: Conditions = on(&["y_min", "y_max", "z_min", "z_max"], &Condition::Wall);
    conditions.insert("x_min".to_owned(), inflow);
    let outlet = Outlet::Windkessel { proximal: 0.5, compliance: 0.1, resistance: 4.0, distal: 0.0, start: 1.0 };
    conditions.insert("x_max".to_owned(), Condition::Open(outlet));
    let options = FlowOptions { speed: 2.0, ..FlowOptions::default() };
    Flow::new(space, fluid, &conditions, options, &RunControl::silent()).unwrap()
}

fn space() -> FlowSpace {
    cube(ElementKind::Tet10, [6, 4, 4], [2.0, 1.0, 1.0])
}

#[test]
fn steps_follow_the_courant_number_down_and_up() {
    let (space, control) = (space(), RunControl::silent());
    let mut flow = duct(&space);
    let mut march = March::new(POLICY);
    let mut steps = Vec::new();
    let mut last = 0.0;
    for interval in 0..10 {
        if interval == 4 {
            march.forget_report();
        }
        let mut count = 0;
        march
            .advance(&mut flow, 0.1, &control, |_, report| {
                assert!(report.courant <= 0.3 && report.time > last, "{report:?}");
                (last, count) = (report.time, count + 1);
                Ok(())
            })
            .unwrap();
        steps.push(count);
    }
    println!("{steps:?} {:?}", march.report());
    assert!((flow.time() - 1.0).abs() < 1e-12);
    let most = steps.iter().max().unwrap();
    assert!(steps[0] < *most && steps[9] < *most, "few steps while the flow is slow: {steps:?}");
    let report = march.report();
    assert!(report.doubled > 0.0 && report.doubled < 0.1, "{report:?}");
}

/// The run that is not stopped has one thread, the other two, then three.
#[test]
fn a_run_that_was_stopped_goes_on_with_the_same_bits() {
    let control = RunControl::silent();
    let threads = |count: usize| rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap();
    let go = |flow: &mut Flow<'_>, march: &mut March, count: usize| {
        (0..count).for_each(|_| march.advance(flow, 0.1, &control, |_, _| Ok(())).unwrap());
    };
    let thinning = CarreauYasuda::new(0.2, 0.03, 0.5, 2.0, 0.4).unwrap().into();
    let linear = || cube(ElementKind::Tet4, [12, 8, 8], [2.0, 1.0, 1.0]);
    for (space, viscosity) in [(space(), 0.05.into()), (linear(), 0.05.into()), (linear(), thinning)] {
        let fluid: Fluid<Viscosity> = Fluid { density: 1.0, viscosity };

        let (mut whole, mut march) = (duct_of(&space, fluid), March::new(POLICY));
        threads(1).install(|| go(&mut whole, &mut march, 6));
        let (mut first, mut begun) = (duct_of(&space, fluid), March::new(POLICY));
        threads(2).install(|| go(&mut first, &mut begun, 3));
        let (mut second, mut again) = (duct_of(&space, fluid), March::new(POLICY));
        second.restore(&FlowState::from_bytes(&first.state().to_bytes()).unwrap()).unwrap();
        again.restore(begun.state());
        threads(3).install(|| go(&mut second, &mut again, 3));
        assert!(
            second.state().to_bytes() == whole.state().to_bytes(),
            "{viscosity:?}, quadratic: {}",
            space.is_quadratic()
        );
        assert_eq!(again, march);
    }
}

#[test]
fn too_many_steps_and_flows_that_never_settle_are_refused() {
    let (space, control) = (space(), RunControl::silent());
    let mut flow = duct(&space);
    let policy = StepPolicy { courant: 0.05, most: 8, ..POLICY };
    let mut march = March::new(policy);
    let outcome = (0..5).try_for_each(|_| march.advance(&mut flow, 0.1, &control, |_, _| Ok(())));
    assert!(matches!(outcome, Err(FlowError::TooManySteps { steps: 8, .. })), "{outcome:?}");
    let policy = SteadyPolicy { courant: 1.0, unit: 1.0, change: 1e-9, longest: 0.5 };
    let outcome = policy.advance(&mut duct(&space), &control, |_, _| Ok(()));
    assert!(matches!(outcome, Err(FlowError::NotSteady { .. })), "{outcome:?}");
    let state = duct(&cube(ElementKind::Tet10, [2, 2, 2], [2.0, 1.0, 1.0])).state();
    assert!(duct(&space).restore(&state).is_err());
}

/// The steady state of a duct is the same from steps of two lengths.
#[test]
fn a_steady_flow_is_found() {
    let (space, control) = (space(), RunControl::silent());
    let solve = |courant: f64| {
        let inflow = Arc::new(|p: &Point3<f64>, _| Vector3::x() * ((PI * p.y).sin() * (PI * p.z).sin()));
        let mut conditions: Conditions = on(&["y_min", "y_max", "z_min", "z_max"], &Condition::Wall);
        conditions.insert("x_min".to_owned(), Condition::Velocity(inflow));
        conditions.insert("x_max".to_owned(), Condition::Open(Outlet::pressure(0.0)));
        let mut flow = Flow::new(&space, FLUID, &conditions, FlowOptions::default(), &control).unwrap();
        let policy = SteadyPolicy { courant, unit: 1.0, change: 1e-7, longest: 50.0 };
        let report = policy.advance(&mut flow, &control, |_, _| Ok(())).unwrap();
        println!("{report:?}");
        flow.velocity().to_vec()
    };
    let change = crate::march::difference(&solve(2.0), &solve(1.0));
    assert!(change < 1e-6, "{change}");
}
