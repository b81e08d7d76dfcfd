//! A cylinder between walls, off the middle of the channel: the benchmarks 2D-1 and 2D-3.

use super::shapes::{CylinderCells, CylinderChannel};
use super::{force, given, number, on, reported, settle};
use crate::cases::node_at;
use crate::check::{Bound, Outcome};
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;
use flow::{Condition, Conditions, Flow, FlowOptions, FlowSpace, Fluid, Outlet};
use mesh::VolumeMesh;
use nalgebra::Vector3;
use std::f64::consts::PI;

const STEADY: &str =
    "DFG benchmark 2D-1, Re 20 (Schäfer & Turek 1996); cD, cL and Δp of FEATFLOW's finest computations";
const UNSTEADY: &str =
    "DFG benchmark 2D-3 (Schäfer & Turek 1996); maxima of John 2004, Int. J. Numer. Meth. Fluids 44:777";
const SETTLED: &str = "reported: steps until no velocity changed by more than 10⁻⁵ mm/s²";

pub(crate) const STEADY_2D: Case = Case {
    id: "flow/cylinder-2d-1",
    title: "Drag and lift of a cylinder in a channel at Re 20",
    shelf: Shelf::Quick,
    solve: steady,
};
pub(crate) const UNSTEADY_2D: Case = Case {
    id: "flow/cylinder-2d-3",
    title: "Largest drag and lift of a cylinder in a channel whose flow swells and ebbs, Re 0 to 100",
    shelf: Shelf::Full,
    solve: unsteady,
};

const CHANNEL: CylinderChannel =
    CylinderChannel { length: 2.2, height: 0.41, depth: 0.02, centre: [0.2, 0.2], radius: 0.05, around: [0.0, 0.4] };
const FLUID: Fluid = Fluid { density: 1.0, viscosity: 1e-3 };

/// A slab one element thick between planes of symmetry, a parabola of the peak `speed(t)` at the inlet.
fn conditions(speed: impl Fn(f64) -> f64 + Send + Sync + 'static) -> Conditions {
    let height = CHANNEL.height;
    let inflow = given(move |p, t| Vector3::x() * (speed(t) * 4.0 * p.y * (height - p.y) / (height * height)));
    let mut conditions = on(&["cylinder", "walls"], &Condition::Wall);
    conditions.extend(on(&["inlet"], &inflow));
    conditions.extend(on(&["z_min", "z_max"], &Condition::Slip));
    conditions.extend(on(&["outlet"], &Condition::Open(Outlet::pressure(0.0))));
    conditions
}

/// p before less p behind the cylinder, MPa.
fn pressure_difference(space: &FlowSpace, mesh: &VolumeMesh, flow: &Flow<'_>) -> Result<f64, CaseError> {
    let pressure = space.to_mesh(&space.pressure_at_nodes(flow.pressure())?)?;
    let [x, y] = CHANNEL.centre;
    let at = |side: f64| node_at(mesh, x + side * CHANNEL.radius, y, 0.0);
    Ok(pressure[at(-1.0)?] - pressure[at(1.0)?])
}

fn steady(control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let mesh = CHANNEL.mesh(CylinderCells { quarters: [10; 4], outward: 10, wake: 16, before: 0, across: 1 }, |z| z)?;
    let space = FlowSpace::new(&mesh, control)?;
    let conditions = conditions(|_| 0.3);
    let mut flow = Flow::new(&space, FLUID, &conditions, FlowOptions::default(), control)?;
    let steps = settle(&mut flow, 0.1, 1e-5, 400, control)?;
    // cD = 2 F/(ρ U² D) for the mean inflow U = 2/3 of its peak, by the depth of the slab.
    let coefficients = force(&flow, "cylinder", control)? * (2.0 / (0.2 * 0.2 * 0.1 * CHANNEL.depth));
    let drop = pressure_difference(&space, &mesh, &flow)?;
    Ok(vec![
        number("drag", coefficients.x, (5.579_535_233_84, Bound::Relative(0.002)), STEADY),
        number("lift", coefficients.y, (0.010_618_948_146, Bound::Relative(0.02)), STEADY),
        number("pressure-difference", drop, (0.117_520_166_97, Bound::Reported), STEADY),
        reported("steps", steps as f64, SETTLED),
    ])
}

/// 8 s in steps of 1/800 s.
fn unsteady(control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let mesh = CHANNEL
        .mesh(CylinderCells { quarters: [20, 14, 12, 14], outward: 14, wake: 36, before: 0, across: 1 }, |z| z)?;
    let space = FlowSpace::new(&mesh, control)?;
    let conditions = conditions(|t| 1.5 * (PI * t / 8.0).sin());
    let mut flow = Flow::new(&space, FLUID, &conditions, FlowOptions::default(), control)?;
    let (steps, end) = (6400, 8.0);
    let mut maxima = [[0.0; 2]; 2];
    for taken in 1..=steps {
        flow.step(end / f64::from(steps), control)?;
        control.report(f64::from(taken) / f64::from(steps));
        let coefficients = force(&flow, "cylinder", control)? * (2.0 / (0.1 * CHANNEL.depth));
        for (maximum, value) in maxima.iter_mut().zip([coefficients.x, coefficients.y]) {
            if value > maximum[0] {
                *maximum = [value, flow.time()];
            }
        }
    }
    let [[drag, drag_time], [lift, lift_time]] = maxima;
    let time = |name: &str, value: f64, reference: f64| Outcome {
        name: name.to_owned(),
        value,
        reference,
        unit: "s",
        bound: Bound::Reported,
        source: UNSTEADY,
    };
    let drop = pressure_difference(&space, &mesh, &flow)?;
    Ok(vec![
        number("drag", drag, (2.950_921_575, Bound::Relative(0.01)), UNSTEADY),
        time("drag-time", drag_time, 3.93625),
        number("lift", lift, (0.47795, Bound::Relative(0.01)), UNSTEADY),
        time("lift-time", lift_time, 5.693_125),
        number("pressure-difference", drop, (-0.1116, Bound::Reported), UNSTEADY),
    ])
}
