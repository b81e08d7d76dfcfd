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

const TIME: &str = "theory: BDF2 with pressure correction, open faces holding the increment of the pressure no stiffer than the mass of \
                    the velocity";

/// Blood.
pub(super) const FLUID: Fluid = Fluid { density: 1.06e-9, viscosity: 3.5e-9 };
/// Length, height and depth, mm.
pub(super) const SIZE: [f64; 3] = [20.0, 10.0, 5.0];
/// Largest speed of the inflow without its pulse, mm/s.
pub(super) const SPEED: f64 = 6.0;
/// Period of the pulse, s.
pub(super) const PERIOD: f64 = 2.0;

/// Steps of a period: so short that the order is the last one. Openings that hold the pressure increment exactly leave 1.5 of the
/// junction's here, having begun with 2.1 at 20 steps.
const STEPS: usize = 160;

/// So thick that the flow is developed at all times: viscosity times period over height² is 2.
const THICK: Fluid = Fluid { density: 1.06e-9, viscosity: 1.06e-7 };
const SECOND: [(f64, Bound); 2] = [(1.9, Bound::AtLeast), (1.7, Bound::AtLeast)];

macro_rules! case {
    ($name:ident, $id:literal, $title:literal, $kind:expr, $counts:expr, $fluid:expr, $conditions:expr) => {
        pub(crate) const $name: Case = Case {
            id: $id,
            title: $title,
            shelf: Shelf::Quick,
            solve: |control| in_time(($kind, $counts), $fluid, &$conditions, control),
        };
    };
}

case!(
    DEVELOPED_P2P1,
    "flow/open-time-developed-p2p1",
    "Orders in time with an open outlet that a developed flow passes: quadratic velocities",
    ElementKind::Tet10,
    [6, 4, 1],
    THICK,
    channel()
);
case!(
    DEVELOPED_P1P1,
    "flow/open-time-developed-p1p1",
    "Orders in time with an open outlet that a developed flow passes: linear velocities",
    ElementKind::Tet4,
    [12, 8, 1],
    THICK,
    channel()
);
case!(
    CHANNEL_P2P1,
    "flow/open-time-channel-p2p1",
    "Orders in time with an open outlet behind a channel: quadratic velocities",
    ElementKind::Tet10,
    [6, 4, 1],
    FLUID,
    channel()
);
case!(
    CHANNEL_P1P1,
    "flow/open-time-channel-p1p1",
    "Orders in time with an open outlet behind a channel: linear velocities",
    ElementKind::Tet4,
    [12, 8, 1],
    FLUID,
    channel()
);
case!(
    BRANCHING_P2P1,
    "flow/open-time-junction-p2p1",
    "Orders in time with two open outlets that flow turns into: quadratic velocities",
    ElementKind::Tet10,
    [8, 4, 2],
    FLUID,
    branching()
);

case!(
    BRANCHING_P1P1,
    "flow/open-time-junction-p1p1",
    "Orders in time with two open outlets that flow turns into: linear velocities",
    ElementKind::Tet4,
    [12, 6, 3],
    FLUID,
    branching()
);

/// Part of the speed: at rest at first, with three derivatives.
pub(super) fn pulse(t: f64) -> f64 {
    (0.5 * PI * t / PERIOD).sin().powi(4) * (1.0 + 0.5 * (TAU * t / PERIOD).sin())
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

/// Flow in through one end of a channel between planes, out through a resistance of 10⁻⁸ MPa s/mm³ at the other, where it is nearly
/// parallel.
fn channel() -> Conditions {
    let height = SIZE[1];
    let inflow = given(move |p, t| Vector3::x() * (SPEED * pulse(t) * 4.0 * p.y * (height - p.y) / (height * height)));
    let mut conditions = on(&["y_min", "y_max"], &Condition::Wall);
    conditions.extend(on(&["z_min", "z_max"], &Condition::Slip));
    conditions.extend(on(&["x_min"], &inflow));
    let resistance = Outlet::Resistance { resistance: 1e-8, distal: 0.0 };
    conditions.extend(on(&["x_max"], &Condition::Open(resistance)));
    conditions
}

/// A pressure that is zero at one end of the vessel, a resistance of 10⁻⁸ MPa s/mm³ at the other.
fn branching() -> Conditions {
    let resistance = Outlet::Resistance { resistance: 1e-8, distal: 0.0 };
    junction(&[("x_min", Outlet::pressure(0.0)), ("x_max", resistance)])
}

fn in_time(
    (kind, counts): (ElementKind, [usize; 3]),
    fluid: Fluid,
    conditions: &Conditions,
    control: &RunControl,
) -> Result<Vec<Outcome>, CaseError> {
    let space = FlowSpace::new(&shapes::block(kind, counts, SIZE)?, control)?;
    let [velocity, pressure] = orders_in_time(STEPS, false, |steps| {
        let mut flow = Flow::new(&space, fluid, conditions, options(), control)?;
        super::advance(&mut flow, steps, PERIOD, control)?;
        Ok(flow)
    })?;
    Ok(vec![number("velocity-order", velocity, SECOND[0], TIME), number("pressure-order", pressure, SECOND[1], TIME)])
}
