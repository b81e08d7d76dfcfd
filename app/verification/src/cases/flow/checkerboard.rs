//! Pressures of linear elements that change sign from node to node: what nothing but the stabilisation sees.

use super::{given, number, on, reported, shapes};
use crate::check::{Bound, Outcome};
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;
use flow::{EthierSteinman, Flow, FlowOptions, FlowSpace, Fluid};
use mesh::{ElementKind, Point3};

const SOURCE: &str = "a stabilisation that does not contain the step (Codina 2000, CMAME 190:1579): without any the error grows as \
                      1/Δt, a factor of 100 here";

pub(crate) const CHECKERBOARD: Case = Case {
    id: "flow/checkerboard-p1p1",
    title: "Linear velocities and pressures, started with a checkerboard in the pressure, as the step goes to zero",
    shelf: Shelf::Quick,
    solve: checkerboard,
};

const FLUID: Fluid = Fluid { density: 1.0, viscosity: 0.1 };
const EXACT: EthierSteinman = EthierSteinman { fluid: FLUID };
const CELLS: usize = 8;

/// The solution of Ethier and Steinman, whose pressure spans about 10 mm²/s², with ±1 added from node to node.
fn checkerboard(control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let mut mesh = shapes::block(ElementKind::Tet4, [CELLS; 3], [2.0; 3])?;
    mesh.nodes.iter_mut().for_each(|p| p.coords.add_scalar_mut(-1.0));
    let space = FlowSpace::new(&mesh, control)?;
    let error = |noise: f64, step: f64| pressure_error(&space, [noise, step], control);
    let (quiet, noisy) = (error(0.0, 1e-5)?, error(1.0, 1e-5)?);
    Ok(vec![
        reported("error", quiet, "reported: L2 error of the pressure after 20 steps of 10⁻⁵ s, started without noise"),
        number("with-noise", noisy / quiet, (1.02, Bound::AtMost), SOURCE),
        number("growth", noisy / error(1.0, 1e-3)?, (2.0, Bound::AtMost), SOURCE),
    ])
}

/// After 20 steps.
fn pressure_error(space: &FlowSpace, [noise, step]: [f64; 2], control: &RunControl) -> Result<f64, CaseError> {
    let sides = ["x_min", "x_max", "y_min", "y_max", "z_min", "z_max"];
    let options = FlowOptions { speed: 2.0, ..FlowOptions::default() };
    let conditions = on(&sides, &given(|p, t| EXACT.velocity(p, t)));
    let mut flow = Flow::new(space, FLUID, &conditions, options, control)?;
    let sign = |p: &Point3<f64>| {
        let cells: f64 = p.coords.iter().map(|x| ((x + 1.0) * 0.5 * CELLS as f64).round()).sum();
        if cells.rem_euclid(2.0) < 0.5 { 1.0 } else { -1.0 }
    };
    flow.start(0.0, |p| EXACT.velocity(p, 0.0), |p| EXACT.pressure(p, 0.0) + noise * sign(p), control)?;
    for _ in 0..20 {
        flow.step(step, control)?;
    }
    let end = flow.time();
    Ok(flow.error_norms(|p| EXACT.velocity(p, end), |p| EXACT.pressure(p, end))[1])
}
