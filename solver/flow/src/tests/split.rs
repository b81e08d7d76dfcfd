//! Shares of outlets, and whether a flow keeps to them.

use super::{on, space};
use crate::bdf::Differences;
use crate::{
    Compliance, Condition, Downstream, Flow, FlowOptions, FlowSpace, Fluid, Inflow, Outlet, Profile, Storage, Waveform,
    outflow_shares,
};
use control::RunControl;
use mesh::{ElementKind, Point3};
use meshing::mapped_block;
use std::collections::BTreeMap;

/// Blood at 93 mmHg.
const DOWNSTREAM: Downstream = Downstream { pressure: 0.0124, distal: 0.0007, flow: 10.0, storage: Storage::Rigid };

/// A wedge 2 mm long whose far end is 0.4 times as wide as the near one.
fn wedge(kind: ElementKind) -> FlowSpace {
    let map = |x: [f64; 3]| {
        let wide = 1.0 - 0.6 * x[0];
        Point3::new(2.0 * x[0], wide * (x[1] - 0.5), 0.5 * wide * (x[2] - 0.5))
    };
    space(&mapped_block(kind, [8, 4, 2], map).unwrap())
}

#[test]
fn shares_follow_the_diameters_and_sum_to_one() {
    let space = wedge(ElementKind::Tet4);
    let area = space.area("x_max").unwrap();
    assert!((area - 0.16 * 0.5).abs() < 1e-12, "{area}");
    for exponent in [0.0, 2.0, 2.7, 3.0, 400.0] {
        let shares = outflow_shares(&space, &["x_min", "x_max"], exponent).unwrap();
        assert!((shares.values().sum::<f64>() - 1.0).abs() < 1e-14);
        let ratio = shares["x_max"] / shares["x_min"];
        assert!((ratio - 0.4_f64.powf(exponent)).abs() < 1e-12, "{exponent}: {ratio}");
    }
    let refused = |outlets: &[&str], exponent| outflow_shares(&space, outlets, exponent).unwrap_err().to_string();
    assert!(refused(&["x_min"], -1.0).contains("the exponent of the diameter is -1"));
    assert!(refused(&["x_min"], f64::NAN).contains("it must be finite"));
    assert!(refused(&[], 3.0).contains("name the open regions"));
    assert!(refused(&["x_min", "outlet_2"], 3.0).contains("no face region \"outlet_2\""));
}

/// Together the windkessels have the resistance and compliance of the whole, and at their mean flow they are in balance from the
/// start.
#[test]
fn windkessels_start_at_the_mean_pressure_and_stay_there() {
    let shares = BTreeMap::from([("a".to_owned(), 0.7), ("b".to_owned(), 0.3)]);
    for (compliance, expected) in [(Compliance::Total(500.0), 500.0), (Compliance::TimeConstant(1.2), 1200.0)] {
        let storage = Storage::Elastic { proximal: Storage::PROXIMAL, compliance };
        let downstream = Downstream { storage, ..DOWNSTREAM };
        let whole = (DOWNSTREAM.pressure - DOWNSTREAM.distal) / DOWNSTREAM.flow;
        let (mut conductance, mut stored) = (0.0, 0.0);
        for (name, outlet) in downstream.outlets(&shares).unwrap() {
            outlet.validate(&name).unwrap();
            let flow = DOWNSTREAM.flow * shares[&name];
            let [given, impedance] = outlet.linear(0.01, &Differences::first(0.01), outlet.stored());
            let later = given + impedance * flow;
            for pressure in [outlet.initial(0.0, flow), later] {
                assert!((pressure / DOWNSTREAM.pressure - 1.0).abs() < 1e-12, "{pressure}");
            }
            let Outlet::Windkessel { proximal, resistance, compliance, .. } = outlet else { panic!("{outlet:?}") };
            assert!((proximal / (proximal + resistance) - 0.09).abs() < 1e-12);
            conductance += 1.0 / (proximal + resistance);
            stored += compliance;
        }
        let expected = if expected == 500.0 { 500.0 } else { 1.2 / (0.91 * whole) };
        assert!((conductance * whole - 1.0).abs() < 1e-12 && (stored / expected - 1.0).abs() < 1e-12, "{stored}");
    }
}

/// Resistances by Murray's law behind the ends of a wedge share the flow by it within 0.5 %.
#[test]
fn a_flow_is_shared_by_murrays_law() {
    for kind in [ElementKind::Tet4, ElementKind::Tet10] {
        let (space, control) = (wedge(kind), RunControl::silent());
        let fluid = Fluid { density: 1.06e-9, viscosity: 3.5e-9 };
        let waveform = Waveform::constant(DOWNSTREAM.flow).unwrap().ramped(0.05).unwrap();
        let viscosity = fluid.viscosity / fluid.density;
        let inflow = Inflow::new(&space, "y_min", Profile::Parabolic, &waveform, viscosity, &control).unwrap();
        let options = FlowOptions { speed: inflow.report().peak_speed, ..FlowOptions::default() };
        for exponent in [2.0, 3.0] {
            let shares = outflow_shares(&space, &["x_min", "x_max"], exponent).unwrap();
            let mut conditions = on(&["y_max", "z_min", "z_max"], &Condition::Wall);
            conditions.insert("y_min".to_owned(), inflow.clone().into());
            for (name, outlet) in DOWNSTREAM.outlets(&shares).unwrap() {
                conditions.insert(name, Condition::Open(outlet));
            }
            let mut flow = Flow::new(&space, fluid, &conditions, options, &control).unwrap();
            let last = (0..20).map(|_| flow.step(0.01, &control).unwrap()).last().unwrap();
            for (name, share) in &shares {
                let found = last.open[name].flux / DOWNSTREAM.flow;
                println!(
                    "{kind}, exponent {exponent}, {name}: {share:.5} {found:.5} at {:.5} MPa",
                    last.open[name].pressure
                );
                assert!((found / share - 1.0).abs() < 5e-3, "{found} {share}");
                assert!((last.open[name].pressure / DOWNSTREAM.pressure - 1.0).abs() < 5e-3);
            }
        }
    }
}

#[test]
fn a_downstream_that_cannot_be_is_refused() {
    let shares = BTreeMap::from([("a".to_owned(), 0.7), ("b".to_owned(), 0.3)]);
    let refused = |downstream: Downstream, shares: &BTreeMap<String, f64>| {
        downstream.outlets(shares).err().map(|error| error.to_string()).unwrap_or_default()
    };
    let elastic =
        |proximal, compliance| Downstream { storage: Storage::Elastic { proximal, compliance }, ..DOWNSTREAM };
    assert_eq!(refused(DOWNSTREAM, &shares), "");
    for (downstream, expected) in [
        (Downstream { distal: 0.02, ..DOWNSTREAM }, "positive, so that blood flows out"),
        (Downstream { flow: 0.0, ..DOWNSTREAM }, "the mean outflow is 0"),
        (Downstream { pressure: f64::NAN, ..DOWNSTREAM }, "is NaN"),
        (elastic(1.0, Compliance::Total(1.0)), "the proximal part of the resistance is 1"),
        (elastic(0.1, Compliance::Total(-1.0)), "the compliance is -1"),
        (elastic(0.1, Compliance::TimeConstant(f64::INFINITY)), "the time constant is inf"),
    ] {
        let found = refused(downstream, &shares);
        assert!(found.contains(expected), "{found}");
    }
    let wrong = BTreeMap::from([("a".to_owned(), 0.7), ("b".to_owned(), 0.2)]);
    assert!(refused(DOWNSTREAM, &wrong).contains("divide them by their sum"));
    let none = BTreeMap::from([("a".to_owned(), 1.0), ("b".to_owned(), 0.0)]);
    assert!(refused(DOWNSTREAM, &none).contains("the share of \"b\" is 0"));
}
