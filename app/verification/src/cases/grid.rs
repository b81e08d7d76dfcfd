//! Grid-convergence arithmetic against the published example.

use crate::check::{Bound, Outcome};
use crate::suite::{Case, CaseError, Shelf};
use control::RunControl;

const SOURCE: &str = "Celik et al. 2008, J. Fluids Eng. 130:078001, table 1 (18000, 8000, 4500 cells)";

pub(super) const CELIK: Case = Case {
    id: "uncertainty/celik-2008",
    title: "Observed order, extrapolated value and GCI of the published example",
    shelf: Shelf::Quick,
    solve: celik,
};

/// Two-dimensional grids: h = N^(-1/2).
fn celik(_: &RunControl) -> Result<Vec<Outcome>, CaseError> {
    let sizes = [18_000.0_f64, 8_000.0, 4_500.0].map(|cells| cells.powf(-0.5));
    let found = uncertainty::richardson(sizes, [6.063, 5.972, 5.863]);
    let value = |pick: fn(&uncertainty::Richardson) -> f64| found.as_ref().map_or(f64::NAN, pick);
    let outcome = |name: &str, value: f64, reference: f64, tolerance: f64| Outcome {
        name: name.to_owned(),
        value,
        reference,
        unit: "1",
        bound: Bound::Absolute(tolerance),
        source: SOURCE,
    };
    // half a unit of the last printed digit
    Ok(vec![
        outcome("order", value(|r| r.order), 1.534, 5e-4),
        outcome("extrapolated", value(|r| r.extrapolated), 6.1685, 5e-5),
        outcome("index", value(|r| r.index), 0.022, 5e-4),
    ])
}
