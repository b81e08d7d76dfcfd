//! Steady flow between planes, which quadratic velocities hold exactly, and in round pipes.

use super::{advance, force, given, number, on, orders, reported, shapes};
use crate::check::{Bound, Outcome};
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;
use flow::{Condition, Convection, Flow, FlowOptions, FlowSpace, Fluid, Outlet};
use mesh::{ElementKind, Point3};
use nalgebra::Vector3;
use std::f64::consts::PI;

const PLANE_SOURCE: &str = "exact: plane Poiseuille flow, a parabola, lies in the space of quadratic velocities";
const PIPE_SOURCE: &str = "exact: u = 1 - r², p = 4 μ (L - z); order 3 of quadratic velocities, kept by curved walls (Ciarlet & \
                           Raviart 1972)";
const DRAG_SOURCE: &str = "exact: the drag of the wall is the pressure drop times the section, 4 π μ L";

pub(crate) const PLANE: Case = Case {
    id: "flow/poiseuille-plane",
    title: "Plane Poiseuille flow with planes of symmetry and an open end, from rest to the steady state",
    shelf: Shelf::Quick,
    solve: plane,
};
pub(crate) const PIPE: Case = Case {
    id: "flow/poiseuille-pipe",
    title: "Poiseuille flow in a round pipe with curved walls: order in space, drag of the wall",
    shelf: Shelf::Quick,
    solve: pipe,
};

fn plane(control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let space = FlowSpace::new(&shapes::block(ElementKind::Tet10, [4, 3, 1], [2.0, 1.0, 0.3])?, control)?;
    let fluid = Fluid { density: 1.0, viscosity: 0.1 };
    let profile = |p: &Point3<f64>| Vector3::x() * (4.0 * p.y * (1.0 - p.y));
    let pressure = |p: &Point3<f64>| 8.0 * fluid.viscosity * (2.0 - p.x);
    let mut conditions = on(&["y_min", "y_max"], &Condition::Wall);
    conditions.extend(on(&["z_min", "z_max"], &Condition::Slip));
    conditions.extend(on(&["x_min"], &given(move |p, _| profile(p))));
    conditions.extend(on(&["x_max"], &Condition::Open(Outlet::pressure(0.0))));
    let exact = (1e-8, Bound::AtMost);
    let mut outcomes = Vec::new();
    for (name, convection) in [("explicit", Convection::Explicit), ("implicit", Convection::Implicit)] {
        let options = FlowOptions { convection, ..FlowOptions::default() };
        let mut flow = Flow::new(&space, fluid, &conditions, options, control)?;
        advance(&mut flow, 600, 15.0, control)?;
        let [u, p] = flow.error_norms(profile, pressure);
        outcomes.push(number(&format!("velocity-error-{name}"), u, exact, PLANE_SOURCE));
        outcomes.push(number(&format!("pressure-error-{name}"), p, exact, PLANE_SOURCE));
        let drag = force(&flow, "y_min", control)?.x + force(&flow, "y_max", control)?.x;
        let drop = pressure(&Point3::origin()) * 0.3;
        outcomes.push(number(&format!("drag-error-{name}"), (drag / drop - 1.0).abs(), exact, PLANE_SOURCE));
    }
    Ok(outcomes)
}

fn pipe(control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let (length, viscosity) = (2.0, 0.5);
    let profile = |p: &Point3<f64>| Vector3::z() * (1.0 - p.x * p.x - p.y * p.y);
    let pressure = |p: &Point3<f64>| 4.0 * viscosity * (length - p.z);
    let mut conditions = on(&["wall"], &Condition::Wall);
    conditions.extend(on(&["inlet"], &given(move |p, _| profile(p))));
    conditions.extend(on(&["outlet_1"], &Condition::Open(Outlet::pressure(0.0))));
    let (mut errors, mut drags) = (Vec::new(), Vec::new());
    for around in [8, 16] {
        let mesh = shapes::pipe(around, around / 8, None, [length, shapes::even_cell(around)])?;
        let space = FlowSpace::new(&mesh, control)?;
        let fluid = Fluid { density: 1.0, viscosity };
        let mut flow = Flow::new(&space, fluid, &conditions, FlowOptions::default(), control)?;
        flow.start(0.0, profile, pressure, control)?;
        advance(&mut flow, 30, 3.0, control)?;
        errors.push(flow.error_norms(profile, pressure)[0]);
        drags.push(force(&flow, "wall", control)?.z);
    }
    let order = orders(&errors).into_iter().fold(f64::INFINITY, f64::min);
    Ok(vec![
        number("velocity-order", order, (2.8, Bound::AtLeast), PIPE_SOURCE),
        reported("velocity-error", errors[1], PIPE_SOURCE),
        Outcome {
            name: "drag".to_owned(),
            value: drags[1],
            reference: 4.0 * PI * viscosity * length,
            unit: "N",
            bound: Bound::Relative(1e-3),
            source: DRAG_SOURCE,
        },
    ])
}
