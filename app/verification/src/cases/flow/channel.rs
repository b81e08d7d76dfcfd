//! A cylinder across a square channel: the benchmark 3D-1Z.

use super::shapes::{CylinderCells, CylinderChannel};
use super::{force, given, number, on, reported, settle};
use crate::check::{Bound, Outcome};
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;
use flow::{Condition, Flow, FlowOptions, FlowSpace, Fluid, Outlet};
use nalgebra::Vector3;

const SOURCE: &str = "DFG benchmark 3D-1Z, Re 20 (Schäfer & Turek 1996); FEATFLOW's constants cD 6.18533, cL 0.009401";
const SETTLED: &str = "reported: steps until no velocity changed by more than 10⁻⁵ mm/s²";

pub(crate) const STEADY_3D: Case = Case {
    id: "flow/cylinder-3d-1z",
    title: "Drag of a cylinder across a square channel at Re 20",
    shelf: Shelf::Full,
    solve: steady,
};

const HEIGHT: f64 = 0.41;
/// Half of the channel.
const CHANNEL: CylinderChannel = CylinderChannel {
    length: 2.5,
    height: HEIGHT,
    depth: 0.5 * HEIGHT,
    centre: [0.5, 0.2],
    radius: 0.05,
    around: [0.3, 0.7],
};

/// Half of the channel, up to a plane of symmetry: geometry and inflow have it, and at Re 20, far below the onset of shedding, the
/// steady flow is one and has it too. Cells are thinner towards the wall at z = 0.
fn steady(control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let cells = CylinderCells { quarters: [8; 4], outward: 8, wake: 14, before: 6, across: 6 };
    let mesh = CHANNEL.mesh(cells, |z| z * (0.5 + 0.5 * z))?;
    let space = FlowSpace::new(&mesh, control)?;
    let inflow =
        given(|p, _| Vector3::x() * (0.45 * 16.0 * p.y * p.z * (HEIGHT - p.y) * (HEIGHT - p.z) / HEIGHT.powi(4)));
    let mut conditions = on(&["cylinder", "walls", "z_min"], &Condition::Wall);
    conditions.extend(on(&["inlet"], &inflow));
    conditions.extend(on(&["z_max"], &Condition::Slip));
    conditions.extend(on(&["outlet"], &Condition::Open(Outlet::pressure(0.0))));
    let fluid = Fluid { density: 1.0, viscosity: 1e-3 };
    let mut flow = Flow::new(&space, fluid, &conditions, FlowOptions::default(), control)?;
    let steps = settle(&mut flow, 0.1, 1e-5, 400, control)?;
    // cD = 2 F/(ρ U² D H) with U = 4/9 of the peak of the inflow; the force is that on half of the cylinder.
    let coefficients = force(&flow, "cylinder", control)? * (2.0 / (0.2 * 0.2 * 0.1 * CHANNEL.depth));
    Ok(vec![
        number("drag", coefficients.x, (6.18533, Bound::Relative(0.005)), SOURCE),
        number("lift", coefficients.y, (0.009_401, Bound::Reported), SOURCE),
        reported("steps", steps as f64, SETTLED),
    ])
}
