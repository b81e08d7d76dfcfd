//! Orders in space and time on the solution of Ethier and Steinman in a cube of side 2, its velocity given on all sides.

use super::{given, number, on, orders, orders_in_time, reported, shapes};
use crate::check::{Bound, Outcome};
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;
use flow::{Convection, EthierSteinman, Flow, FlowOptions, FlowSpace, Fluid};
use mesh::ElementKind;

const SOLUTION: &str =
    "exact solution of Ethier & Steinman 1994, Int. J. Numer. Meth. Fluids 19:369, a = π/4, d = π/2, ν = 0.1";
const SPACE: &str = "theory: order 3 of quadratic velocities and 2 of linear ones, 2 of pressures beside quadratic velocities \
                     (Girault & Raviart 1986), less what is lost on meshes this coarse";
const TIME: &str = "theory: second order of velocity, 3/2 to 2 of pressure, rotational incremental projection (Guermond, Minev & \
                    Shen 2006, CMAME 195:6011), less what is lost to the reference solution with small steps";
const FLUID: Fluid = Fluid { density: 3.0, viscosity: 0.3 };
const EXACT: EthierSteinman = EthierSteinman { fluid: FLUID };

macro_rules! case {
    ($name:ident, $id:literal, $title:literal, $solve:expr) => {
        case!($name, $id, $title, Shelf::Quick, $solve);
    };
    ($name:ident, $id:literal, $title:literal, $shelf:expr, $solve:expr) => {
        pub(crate) const $name: Case = Case { id: $id, title: $title, shelf: $shelf, solve: $solve };
    };
}

case!(
    SPACE_P2P1,
    "flow/ethier-steinman-space-p2p1",
    "Orders in space of quadratic velocities and linear pressures on an exact unsteady flow",
    |control| in_space(ElementKind::Tet10, [4, 8], 40, [2.8, 1.8], control)
);
case!(
    SPACE_P1P1,
    "flow/ethier-steinman-space-p1p1",
    "Orders in space of linear velocities and pressures on an exact unsteady flow",
    |control| in_space(ElementKind::Tet4, [8, 16], 20, [1.9, 1.0], control)
);
case!(
    TIME_P2P1,
    "flow/ethier-steinman-time-p2p1",
    "Orders in time with quadratic velocities, their values given on the boundary",
    |control| in_time(ElementKind::Tet10, 4, 20, false, control)
);
case!(
    TIME_P1P1,
    "flow/ethier-steinman-time-p1p1",
    "Orders in time with linear velocities, their values given on the boundary",
    Shelf::Full,
    |control| in_time(ElementKind::Tet4, 12, 20, false, control)
);
case!(
    TIME_UNEVEN,
    "flow/ethier-steinman-time-uneven",
    "Orders in time with steps that are long and short in turn, one twice the other",
    |control| in_time(ElementKind::Tet10, 4, 20, true, control)
);

/// The cube from -1 to 1.
fn cube(kind: ElementKind, n: usize, control: &RunControl) -> Result<FlowSpace, CaseError> {
    let mut mesh = shapes::block(kind, [n; 3], [2.0; 3])?;
    mesh.nodes.iter_mut().for_each(|p| p.coords.add_scalar_mut(-1.0));
    Ok(FlowSpace::new(&mesh, control)?)
}

/// At the end of steps of the given lengths.
fn solve<'s>(
    space: &'s FlowSpace,
    options: FlowOptions,
    lengths: impl Iterator<Item = f64>,
    control: &RunControl,
) -> Result<Flow<'s>, CaseError> {
    let sides = ["x_min", "x_max", "y_min", "y_max", "z_min", "z_max"];
    let conditions = on(&sides, &given(|p, t| EXACT.velocity(p, t)));
    let mut flow = Flow::new(space, FLUID, &conditions, options, control)?;
    flow.start(0.0, |p| EXACT.velocity(p, 0.0), |p| EXACT.pressure(p, 0.0), control)?;
    for length in lengths {
        flow.step(length, control)?;
    }
    Ok(flow)
}

/// Explicit and implicit convection; steps small enough that their error does not show.
fn in_space(
    kind: ElementKind,
    counts: [usize; 2],
    steps: usize,
    least: [f64; 2],
    control: &RunControl,
) -> Result<Vec<Outcome>, CaseError> {
    let mut outcomes = Vec::new();
    for (name, convection) in [("explicit", Convection::Explicit), ("implicit", Convection::Implicit)] {
        let options = FlowOptions { convection, speed: 2.0, ..FlowOptions::default() };
        let mut found = Vec::new();
        for n in counts {
            let space = cube(kind, n, control)?;
            let flow = solve(&space, options, std::iter::repeat_n(0.0025, steps), control)?;
            let end = flow.time();
            found.push(flow.error_norms(|p| EXACT.velocity(p, end), |p| EXACT.pressure(p, end)));
        }
        for (k, what) in ["velocity", "pressure"].into_iter().enumerate() {
            let errors: Vec<f64> = found.iter().map(|pair| pair[k]).collect();
            let order = orders(&errors).into_iter().fold(f64::INFINITY, f64::min);
            outcomes.push(number(&format!("{what}-order-{name}"), order, (least[k], Bound::AtLeast), SPACE));
            outcomes.push(reported(&format!("{what}-error-{name}"), errors[1], SOLUTION));
        }
    }
    Ok(outcomes)
}

fn in_time(
    kind: ElementKind,
    n: usize,
    coarse: usize,
    is_uneven: bool,
    control: &RunControl,
) -> Result<Vec<Outcome>, CaseError> {
    let space = cube(kind, n, control)?;
    let options = FlowOptions { tolerance: 1e-7, speed: 2.0, ..FlowOptions::default() };
    let [velocity, pressure] = orders_in_time(coarse, true, |steps| {
        let part = |k: usize| match (is_uneven, k % 2) {
            (false, _) => 1.0,
            (true, 0) => 4.0 / 3.0,
            (true, _) => 2.0 / 3.0,
        };
        solve(&space, options, (0..steps).map(|k| part(k) * 0.5 / steps as f64), control)
    })?;
    // The pressure ripples from step to step where steps are uneven, more so with less viscosity.
    let least = if is_uneven { 1.2 } else { 1.7 };
    Ok(vec![
        number("velocity-order", velocity, (1.9, Bound::AtLeast), TIME),
        number("pressure-order", pressure, (least, Bound::AtLeast), TIME),
    ])
}
