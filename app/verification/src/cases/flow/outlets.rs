//! Openings with models behind them: resistances however stiff, a windkessel, and the balance of mass.

use super::junction::{FLUID, PERIOD, SIZE, junction, options, pulse};
use super::{number, orders, reported, shapes};
use crate::check::{Bound, Outcome};
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;
use flow::{Flow, FlowSpace, Outlet};
use mesh::ElementKind;

const SPLIT: &str =
    "exact: resistances that rule share the flow in inverse proportion, P = R Q; 10⁵ dyn s/cm⁵ are 10⁻⁵ MPa s/mm³";
const MASS: &str = "exact: what flows in flows out; at all steps";
const UNPROJECTED: &str =
    "reported: the same of the velocity before projection, which falls with the step, over the largest inflow";
const LACK: &str = "reported: sum over the mesh of what single pressures lack in balance, largest over the pulse, over the largest inflow";
const WINDKESSEL: &str = "C dP/dt = Q - P/R by Runge and Kutta in small steps, second order of the differences in time";
/// 10⁵ dyn s/cm⁵ in MPa s/mm³.
const STIFF: f64 = 1e-5;

macro_rules! case {
    ($name:ident, $id:literal, $kind:expr) => {
        pub(crate) const $name: Case = Case {
            id: $id,
            title: "Two resistances up to 10⁵ dyn s/cm⁵ share a pulse: pressures, fluxes and the balance of mass",
            shelf: Shelf::Quick,
            solve: |control| resistances($kind, control),
        };
    };
}

case!(RESISTANCE_P2P1, "flow/resistance-p2p1", ElementKind::Tet10);
case!(RESISTANCE_P1P1, "flow/resistance-p1p1", ElementKind::Tet4);

pub(crate) const RCR: Case = Case {
    id: "flow/windkessel",
    title: "A windkessel behind a vessel under a pulse follows its differential equation",
    shelf: Shelf::Quick,
    solve: windkessel,
};

/// What a pulse in `steps` steps did.
struct Pulse {
    /// Largest |inflow - sum of outflows| over the largest inflow.
    imbalance: f64,
    /// Largest sum of lacks over the largest inflow.
    lack: f64,
    /// As `imbalance` with the outflows of the velocity before projection, over the largest inflow.
    unprojected: f64,
    /// Largest |P/(R Q) - 1| of the end x_min, of resistance `ruling`.
    off: f64,
    /// Part of the flow that leaves there at the end.
    share: f64,
    /// Pressure at x_max at the end, MPa.
    pressure: f64,
}

fn run(
    space: &FlowSpace,
    outlets: &[(&str, Outlet)],
    ruling: f64,
    steps: usize,
    control: &RunControl,
) -> Result<Pulse, CaseError> {
    let mut flow = Flow::new(space, FLUID, &junction(outlets), options(), control)?;
    let mut result = Pulse { imbalance: 0.0, lack: 0.0, unprojected: 0.0, off: 0.0, share: 0.0, pressure: 0.0 };
    let mut largest = 0.0_f64;
    for _ in 0..steps {
        let report = flow.step(PERIOD / steps as f64, control)?;
        let inflow = -flow.flux("y_min")?;
        let out: f64 = report.open.values().map(|face| face.flux).sum();
        largest = largest.max(inflow);
        result.imbalance = result.imbalance.max((out / inflow - 1.0).abs());
        result.lack = result.lack.max(report.lack);
        let mut through = -inflow;
        for name in report.open.keys() {
            through += flow.flux(name)?;
        }
        result.unprojected = result.unprojected.max(through.abs());
        if let Some(face) = report.open.get("x_min") {
            result.off = result.off.max((face.pressure / (ruling * face.flux) - 1.0).abs());
            result.share = face.flux / out;
        }
        result.pressure = report.open.get("x_max").map_or(0.0, |face| face.pressure);
    }
    result.lack /= largest;
    result.unprojected /= largest;
    Ok(result)
}

fn resistances(kind: ElementKind, control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let space = FlowSpace::new(&shapes::block(kind, [8, 4, 2], SIZE)?, control)?;
    let mut outcomes = Vec::new();
    for (name, resistance) in [("1e3", 0.01 * STIFF), ("1e5", STIFF)] {
        let outlet = |factor: f64| Outlet::Resistance { resistance: factor * resistance, distal: 0.0 };
        let pulse = run(&space, &[("x_min", outlet(1.0)), ("x_max", outlet(3.0))], resistance, 40, control)?;
        outcomes.push(number(&format!("imbalance-{name}"), pulse.imbalance, (1e-3, Bound::AtMost), MASS));
        outcomes.push(reported(&format!("lack-{name}"), pulse.lack, LACK));
        outcomes.push(reported(&format!("imbalance-unprojected-{name}"), pulse.unprojected, UNPROJECTED));
        outcomes.push(number(&format!("pressure-error-{name}"), pulse.off, (5e-3, Bound::AtMost), SPLIT));
        if resistance >= STIFF {
            outcomes.push(number(&format!("share-{name}"), pulse.share, (0.75, Bound::Relative(5e-3)), SPLIT));
        }
    }
    Ok(outcomes)
}

/// Proximal and distal resistances 5·10³ and 5·10⁴ dyn s/cm⁵, a time constant of one period.
fn windkessel(control: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let space = FlowSpace::new(&shapes::block(ElementKind::Tet10, [4, 2, 1], SIZE)?, control)?;
    let [proximal, resistance] = [0.05 * STIFF, 0.5 * STIFF];
    let compliance = PERIOD / resistance;
    let outlet = [("x_max", Outlet::Windkessel { proximal, compliance, resistance, distal: 0.0, start: 0.0 })];
    let exact = windkessel_pressure(&space, [proximal, resistance, compliance], control)?;
    let mut errors = Vec::new();
    for steps in [50, 100, 200] {
        let pulse = run(&space, &outlet, 1.0, steps, control)?;
        errors.push((pulse.pressure / exact - 1.0).abs());
    }
    Ok(vec![
        number("pressure-error", errors[0], (5e-3, Bound::AtMost), WINDKESSEL),
        number("order", orders(&errors)[1], (1.8, Bound::AtLeast), WINDKESSEL),
    ])
}

/// The pressure behind the mesh's own inflow after one period: its flux is in proportion to the pulse.
fn windkessel_pressure(
    space: &FlowSpace,
    [proximal, resistance, compliance]: [f64; 3],
    control: &RunControl,
) -> Result<f64, CaseError> {
    let mut flow = Flow::new(space, FLUID, &junction(&[("x_max", Outlet::pressure(0.0))]), options(), control)?;
    let at_half = 0.5 * PERIOD;
    flow.step(at_half, control)?;
    let largest = -flow.flux("y_min")? / pulse(at_half);
    let rate = |t: f64, p: f64| (largest * pulse(t) - p / resistance) / compliance;
    let (mut stored, count) = (0.0, 2000);
    let h = PERIOD / f64::from(count);
    for k in 0..count {
        let t = f64::from(k) * h;
        let k1 = rate(t, stored);
        let k2 = rate(t + 0.5 * h, stored + 0.5 * h * k1);
        let k3 = rate(t + 0.5 * h, stored + 0.5 * h * k2);
        let k4 = rate(t + h, stored + h * k3);
        stored += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
    }
    Ok(stored + proximal * largest * pulse(PERIOD))
}
