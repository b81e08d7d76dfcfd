//! The steady state of a box with a lid that moves: the same with any step.

use super::{advance, given, number, on, shapes};
use crate::check::{Bound, Outcome};
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;
use flow::{Condition, Flow, FlowOptions, FlowSpace, Fluid};
use mesh::ElementKind;
use nalgebra::Vector3;

const SOURCE: &str =
    "the fixed point of the scheme, a mixed solution, does not contain the step (Guermond, Minev & Shen 2006)";

pub(crate) const P2P1: Case = Case {
    id: "flow/steady-state-p2p1",
    title: "The steady state does not depend on the step: quadratic velocities",
    shelf: Shelf::Quick,
    solve: |control| difference(ElementKind::Tet10, control),
};
pub(crate) const P1P1: Case = Case {
    id: "flow/steady-state-p1p1",
    title: "The steady state does not depend on the step: linear velocities with stabilised pressures",
    shelf: Shelf::Quick,
    solve: |control| difference(ElementKind::Tet4, control),
};

/// The largest difference of velocities with the steps 0.2 and 0.05, over the speed of the lid.
fn difference(kind: ElementKind, control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let lid = given(|p, _| Vector3::x() * (16.0 * (p.x * (1.0 - p.x)).powi(2)));
    let mut conditions = on(&["x_min", "x_max", "y_min"], &Condition::Wall);
    conditions.extend(on(&["z_min", "z_max"], &Condition::Slip));
    conditions.extend(on(&["y_max"], &lid));
    let space = FlowSpace::new(&shapes::block(kind, [6, 6, 1], [1.0, 1.0, 0.2])?, control)?;
    let mut found = Vec::new();
    for steps in [200, 800] {
        let fluid = Fluid { density: 1.0, viscosity: 0.02 };
        let options = FlowOptions { tolerance: 1e-8, speed: 1.0, ..FlowOptions::default() };
        let mut flow = Flow::new(&space, fluid, &conditions, options, control)?;
        advance(&mut flow, steps, 40.0, control)?;
        found.push(flow.velocity().to_vec());
    }
    let off = found[0].iter().zip(&found[1]).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max);
    Ok(vec![number("difference", off, (1e-6, Bound::AtMost), SOURCE)])
}
