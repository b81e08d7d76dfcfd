//! Oscillating flow in a round pipe.

use super::{given, number, on, shapes};
use crate::check::{Bound, Outcome};
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;
use flow::{Condition, Flow, FlowOptions, FlowSpace, Fluid, Outlet, Womersley};
use mesh::Point3;
use nalgebra::{Complex, Vector3};
use std::f64::consts::TAU;

const SOURCE: &str = "Womersley 1955, J. Physiol. 127:553; wall shear -(μ/R) U Λ J₁(Λ)/(J₀(Λ) (1 - F)), Λ = i^(3/2) α; five nodes \
                      in the Stokes layer R/α";

macro_rules! case {
    ($name:ident, $id:literal, $alpha:literal, $rings:literal, $first_height:expr) => {
        pub(crate) const $name: Case = Case {
            id: $id,
            title: "One period of Womersley flow: velocity and wall shear with five nodes in the Stokes layer",
            shelf: Shelf::Quick,
            solve: |control| womersley($alpha, $rings, $first_height, control),
        };
    };
}

// Quadratic elements half as thick as the layer, or thinner.
case!(ALPHA_2, "flow/womersley-2", 2.0, 3, None);
case!(ALPHA_5, "flow/womersley-5", 5.0, 5, None);
case!(ALPHA_15, "flow/womersley-15", 15.0, 9, Some(0.5 / 15.0));

const LENGTH: f64 = 1.0;
const STEPS: usize = 100;

/// The profile given at the inlet, from the exact state, one period in 100 steps. The mean velocity is cos ωt in mm/s.
fn womersley(
    alpha: f64,
    rings: usize,
    first_height: Option<f64>,
    control: &RunControl,
) -> Result<Vec<Outcome>, CaseError> {
    let (omega, density) = (TAU, 1.0);
    let viscosity = density * omega / (alpha * alpha);
    let exact = Womersley::new(alpha);
    let turn = move |t: f64| Complex::from_polar(1.0, omega * t);
    let profile = move |p: &Point3<f64>, t: f64| Vector3::z() * (exact.velocity(p.x.hypot(p.y).min(1.0)) * turn(t)).re;
    let slope = exact.pressure_slope() * (density * omega);
    let space = FlowSpace::new(&shapes::pipe(16, rings, first_height, [LENGTH, 0.5])?, control)?;
    let mut conditions = on(&["wall"], &Condition::Wall);
    conditions.extend(on(&["inlet"], &given(profile)));
    conditions.extend(on(&["outlet_1"], &Condition::Open(Outlet::pressure(0.0))));
    // Flow returns through the outlet as it left.
    let options = FlowOptions { backflow: 0.0, ..FlowOptions::default() };
    let mut flow = Flow::new(&space, Fluid { density, viscosity }, &conditions, options, control)?;
    flow.start(0.0, |p| profile(p, 0.0), |p| slope.re * (p.z - LENGTH), control)?;
    let (mut worst, mut largest, mut shear) = (0.0_f64, 0.0_f64, Complex::from(0.0));
    for _ in 0..STEPS {
        flow.step(1.0 / STEPS as f64, control)?;
        for (node, u) in flow.velocity().iter().enumerate() {
            let given = profile(&space.point(node), flow.time());
            worst = worst.max((u - given).norm());
            largest = largest.max(given.norm());
        }
        let drag = super::force(&flow, "wall", control)?.z / (TAU * LENGTH);
        shear += turn(flow.time()).conj() * (2.0 * drag / STEPS as f64);
    }
    let expected = exact.wall_shear() * viscosity;
    let within = Bound::AtMost;
    Ok(vec![
        number("velocity-error", worst / largest, (0.02, within), SOURCE),
        Outcome {
            name: "wall-shear".to_owned(),
            value: shear.norm(),
            reference: expected.norm(),
            unit: "MPa",
            bound: Bound::Relative(0.02),
            source: SOURCE,
        },
        Outcome {
            name: "wall-shear-phase".to_owned(),
            value: (shear / expected).arg().to_degrees(),
            reference: 0.0,
            unit: "°",
            bound: Bound::Reported,
            source: SOURCE,
        },
    ])
}
