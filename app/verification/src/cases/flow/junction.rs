//! A vessel that flow enters through its floor and leaves through its ends.

use super::{given, on, orders_in_time};
use super::{number, shapes};
use crate::check::{Bound, Outcome};
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;
use flow::{Condition, Conditions, Flow, FlowOptions, FlowSpace, Fluid, Outlet};
use mesh::ElementKind;
use nalgebra::Vector3;
use std::f64::consts::{PI, TAU};

const TIME: &str = "theory: second order of velocity, 3/2 to 2 of pressure, rotational incremental projection (Guermond, Minev & \
                    Shen 2006, CMAME 195:6011), kept at openings whose pressures enter step and increment alike";

/// Blood.
pub(super) const FLUID: Fluid = Fluid { density: 1.06e-9, viscosity: 3.5e-9 };
/// Length, height and depth, mm.
pub(super) const SIZE: [f64; 3] = [2.0, 1.0, 0.5];
/// Largest speed of the inflow without its pulse, mm/s.
pub(super) const SPEED: f64 = 60.0;
/// Period of the pulse, s.
pub(super) const PERIOD: f64 = 1.0;

pub(crate) const TIME_P2P1: Case = Case {
    id: "flow/open-time-p2p1",
    title: "Orders in time with open outlets, a pressure and a resistance: quadratic velocities",
    shelf: Shelf::Quick,
    solve: |control| in_time(ElementKind::Tet10, [4, 2, 1], control),
};
pub(crate) const TIME_P1P1: Case = Case {
    id: "flow/open-time-p1p1",
    title: "Orders in time with open outlets, a pressure and a resistance: linear velocities",
    shelf: Shelf::Quick,
    solve: |control| in_time(ElementKind::Tet4, [8, 4, 2], control),
};

/// At rest at first, over 1 s.
pub(super) fn pulse(t: f64) -> f64 {
    (0.5 * PI * (t / (0.5 * PERIOD)).min(1.0)).sin().powi(2) * (1.0 + 0.5 * (TAU * t / PERIOD).sin())
}

/// Flow in through the floor, whose shape vanishes at its edges, and openings at the ends named.
pub(super) fn junction(outlets: &[(&str, Outlet)]) -> Conditions {
    let [length, _, depth] = SIZE;
    let inflow = given(move |p, t| {
        Vector3::y() * (SPEED * pulse(t) * (PI * p.x / length).sin().powi(2) * (PI * p.z / depth).sin())
    });
    let mut conditions = on(&["x_min", "x_max", "y_max", "z_min", "z_max"], &Condition::Wall);
    conditions.extend(on(&["y_min"], &inflow));
    conditions.extend(outlets.iter().map(|(name, outlet)| ((*name).to_owned(), Condition::Open(outlet.clone()))));
    conditions
}

/// Tight enough for orders and for fluxes to rounding.
pub(super) fn options() -> FlowOptions {
    FlowOptions { tolerance: 1e-8, speed: 1.5 * SPEED, ..FlowOptions::default() }
}

/// A pressure that is zero at one end, a resistance of 10⁻⁷ MPa s/mm³ at the other.
fn in_time(kind: ElementKind, counts: [usize; 3], control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let space = FlowSpace::new(&shapes::block(kind, counts, SIZE)?, control)?;
    let resistance = Outlet::Resistance { resistance: 1e-7, distal: 0.0 };
    let conditions = junction(&[("x_min", Outlet::pressure(0.0)), ("x_max", resistance)]);
    let [velocity, pressure] = orders_in_time(false, |steps| {
        let mut flow = Flow::new(&space, FLUID, &conditions, options(), control)?;
        super::advance(&mut flow, steps, 0.6 * PERIOD, control)?;
        Ok(flow)
    })?;
    Ok(vec![
        number("velocity-order", velocity, (1.9, Bound::AtLeast), TIME),
        number("pressure-order", pressure, (1.7, Bound::AtLeast), TIME),
    ])
}
