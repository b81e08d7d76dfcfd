//! From runs on several meshes and with longer steps to quantities with their uncertainty.

use super::FlowRun;
use crate::RunnerError;
use quantity::{UnitClass, significant};
use study::record::{Comparison, Location, Quantity, Uncertainty};
use study::{FlowMetric, Output, Study};
use uncertainty::{GridLevel, GridStudy, two_grids};

/// Changes below this share of the largest value are within what the solver's tolerance can cause.
const NOISE: f64 = 1e-5;
/// Order in time of the steps.
const ORDER_IN_TIME: f64 = 2.0;

/// The quantities of a study from its runs: meshes finest first, then, of a pulsating flow on several meshes, the coarsest with
/// doubled steps.
pub(crate) fn quantities(study: &Study, remarks: &[String], runs: &[FlowRun]) -> Result<Vec<Quantity>, RunnerError> {
    let outputs = study.document.outputs.iter().enumerate();
    outputs.map(|(index, output)| quantity(study, output, index, remarks, runs)).collect()
}

/// What contributes to the half width of an interval, in the unit of the quantity.
struct Parts {
    space: f64,
    /// In words, what `space` rests on.
    by: String,
    time: Option<f64>,
    recovery: Option<f64>,
    /// Between the ends of the last cycle.
    drift: f64,
}

fn quantity(
    study: &Study,
    output: &Output,
    index: usize,
    remarks: &[String],
    runs: &[FlowRun],
) -> Result<Quantity, RunnerError> {
    let refuse = |reason: String| RunnerError::Output { place: study.place(&output.name), reason };
    let class = output.class().unwrap_or(UnitClass::Number);
    let unit = output.display_unit().to_owned();
    let convert = |value: f64| class.convert(value, &unit).map_err(|error| refuse(error.to_string()));
    let value_of = |run: &FlowRun| convert(run.values.get(index).map_or(f64::NAN, |value| value.value));
    let meshes: Vec<&FlowRun> = runs.iter().filter(|run| run.record.step_factor == 1).collect();
    let mut grids = Vec::new();
    for run in &meshes {
        grids.push(GridLevel { size_mm: run.mesh.grid_size_mm, value: value_of(run)? });
    }
    let value = grids.first().map_or(f64::NAN, |grid| grid.value);
    let time = match (runs.iter().find(|run| run.record.step_factor > 1), grids.last()) {
        // Steps are doubled: by the order 2 the error of those used is a third of the change, three times as much to be safe.
        (Some(doubled), Some(coarsest)) => {
            Some(two_grids([1.0, 2.0], [coarsest.value, value_of(doubled)?], ORDER_IN_TIME).unwrap_or(f64::NAN))
        }
        _ => None,
    };
    let own = runs.first().and_then(|run| run.values.get(index));
    let gap = own.map_or(0.0, |value| value.gap);
    let drift = convert(own.map_or(0.0, |value| value.drift))?.abs();
    let recovery =
        output.flow.as_ref().is_some_and(|asked| asked.metric.is_of_wall()).then(|| convert(gap)).transpose()?;
    let order = formal_order(study, output);
    let largest = grids.iter().map(|grid| grid.value.abs()).fold(0.0, f64::max);
    let (uncertainty, grid) = match grids.as_slice() {
        [fine, coarse] => {
            let space = two_grids([fine.size_mm, coarse.size_mm], [fine.value, coarse.value], order);
            let by = format!("two meshes, assumed order {order}, safety factor 3");
            match space {
                Some(space) => (interval(value, &unit, &Parts { space, by, time, recovery, drift }), None),
                None => (none("the two meshes are too alike".to_owned(), &grids), None),
            }
        }
        [_, _, _] => {
            let judged = GridStudy::judge(grids.clone(), order, NOISE * largest);
            let grid = judged.map_err(|error| RunnerError::GridStudy { output: output.name.to_string(), error })?;
            let by = "grid-convergence index on three meshes, safety factor 1.25".to_owned();
            let uncertainty = match grid.interval() {
                Ok([low, high]) => {
                    interval(value, &unit, &Parts { space: 0.5 * (high - low), by, time, recovery, drift })
                }
                Err(reason) => none(format!("not converged: {reason}"), &grids),
            };
            (uncertainty, Some(grid))
        }
        _ => (Uncertainty::None { reason: "not assessed: the study asks for one mesh".to_owned(), range: None }, None),
    };
    let reference = output.reference.as_ref().map(|reference| {
        let internal = class.parse(&reference.value).map_err(|error| refuse(error.to_string()))?;
        Ok::<_, RunnerError>(Comparison::new(value, convert(internal)?, &reference.source))
    });
    Ok(Quantity {
        name: output.name.to_string(),
        label: output.label.clone(),
        symbol: output.symbol.clone(),
        value,
        unit,
        load_case: String::new(),
        location: Location { name: place(output), point_mm: None },
        uncertainty,
        grid,
        reference: reference.transpose()?,
        remarks: remarks.to_vec(),
    })
}

fn interval(value: f64, unit: &str, parts: &Parts) -> Uncertainty {
    let shown = |part: f64| format!("{} {unit}", significant(part, 2)).trim_end_matches(" 1").to_owned();
    let mut covers = format!("discretisation in space ±{} ({})", shown(parts.space), parts.by);
    match parts.time {
        Some(time) => covers.push_str(&format!(", time step ±{} (doubled on the coarsest mesh)", shown(time))),
        None => covers.push_str("; a steady flow does not depend on the time step"),
    }
    if let Some(recovery) = parts.recovery {
        covers.push_str(&format!(", ±{} between both recoveries of the wall shear stress", shown(recovery)));
    }
    if parts.drift > 0.0 {
        covers.push_str(&format!(", ±{} from one cycle to the next", shown(parts.drift)));
    }
    let half = parts.space + parts.time.unwrap_or(0.0) + parts.recovery.unwrap_or(0.0) + parts.drift;
    Uncertainty::Interval { low: value - half, high: value + half, covers }
}

fn none(reason: String, grids: &[GridLevel]) -> Uncertainty {
    let ends = grids
        .iter()
        .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], grid| [low.min(grid.value), high.max(grid.value)]);
    Uncertainty::None { reason, range: Some(ends) }
}

/// Order of convergence in space that may be assumed on walls of patients: with quadratic velocities 2, the walls being faceted
/// or curved by their nodes alone; 1 with linear ones, whose wall shear stress has no more.
fn formal_order(study: &Study, output: &Output) -> f64 {
    let quadratic = study.document.mesh.element.order() == 2;
    let is_flow_rate = output.flow.as_ref().is_some_and(|asked| {
        matches!(asked.metric, FlowMetric::FlowRate | FlowMetric::FlowShare | FlowMetric::PeakSpeed)
    });
    if quadratic || is_flow_rate { 2.0 } else { 1.0 }
}

fn place(output: &Output) -> String {
    let Some(asked) = &output.flow else { return String::new() };
    match (&asked.region, &asked.to) {
        (Some(from), Some(to)) => format!("{} to {}", from.as_str(), to.as_str()),
        (Some(region), None) => region.to_string(),
        (None, _) if asked.metric.is_of_wall() => "all walls".to_owned(),
        (None, _) => "whole domain".to_owned(),
    }
}
