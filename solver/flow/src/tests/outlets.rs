//! Conditions that do not fit a mesh.

use super::{cube, on};
use crate::{Condition, Conditions, Flow, FlowOptions, Fluid, Outlet};
use control::RunControl;
use mesh::{ElementKind, Point3};
use nalgebra::Vector3;
use std::f64::consts::PI;
use std::sync::Arc;

const FLUID: Fluid = Fluid { density: 2.0, viscosity: 0.1 };

/// A box with inflow from below and openings.
fn junction(outlets: &[(&str, Outlet)]) -> Conditions {
    let inflow = Condition::Velocity(Arc::new(|p: &Point3<f64>, _| Vector3::y() * (PI * p.x / 2.0).sin().powi(2)));
    let mut conditions = on(&["x_min", "x_max", "y_max", "z_min", "z_max"], &Condition::Wall);
    conditions.extend(on(&["y_min"], &inflow));
    conditions.extend(outlets.iter().map(|(name, outlet)| ((*name).to_owned(), Condition::Open(outlet.clone()))));
    conditions
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
