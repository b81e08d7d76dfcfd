//! From values on several meshes to quantities with their uncertainty.

use crate::RunnerError;
use crate::level::Level;
use quantity::UnitClass;
use study::record::{Comparison, Location, Quantity, Uncertainty};
use study::{Output, Study};
use uncertainty::{GridLevel, GridStudy};

/// Changes below this share of the largest value are within what solver and rounding can cause: the residual is held at
/// 1e-10 and the condition of the equations costs some digits.
const NOISE: f64 = 1e-8;

/// The quantities of a study from its meshes, finest first.
pub(crate) fn quantities(study: &Study, remarks: &[String], levels: &[Level]) -> Result<Vec<Quantity>, RunnerError> {
    let outputs = study.document.outputs.iter().enumerate();
    outputs.map(|(index, output)| quantity(study, output, index, remarks, levels)).collect()
}

fn quantity(
    study: &Study,
    output: &Output,
    index: usize,
    remarks: &[String],
    levels: &[Level],
) -> Result<Quantity, RunnerError> {
    let place = || study.place(&output.name);
    let refuse = |reason: String| RunnerError::Output { place: place(), reason };
    let class = output.class().unwrap_or(UnitClass::Number);
    let unit = output.display_unit().to_owned();
    let convert = |value: f64| class.convert(value, &unit).map_err(|error| refuse(error.to_string()));
    let mut grids = Vec::new();
    for level in levels {
        let found = level.values.get(index).map_or(f64::NAN, |value| value.value);
        grids.push(GridLevel { size_mm: level.mesh.grid_size_mm, value: convert(found)? });
    }
    let value = grids.first().map_or(f64::NAN, |grid| grid.value);
    let largest = grids.iter().map(|grid| grid.value.abs()).fold(0.0, f64::max);
    let judged = GridStudy::judge(grids, formal_order(study, output), NOISE * largest);
    let grid = judged.map_err(|error| RunnerError::GridStudy { output: output.name.to_string(), error })?;
    let assessed = levels.len() > 1;
    let uncertainty = match assessed {
        true => Quantity::uncertainty_of(&grid),
        false => Uncertainty::None { reason: "not assessed: the study asks for one mesh".to_owned(), range: None },
    };
    let reference = output.reference.as_ref().map(|reference| {
        let internal = class.parse(&reference.value).map_err(|error| refuse(error.to_string()))?;
        Ok::<_, RunnerError>(Comparison::new(value, convert(internal)?, &reference.source))
    });
    let first = levels.first().and_then(|level| level.values.get(index));
    Ok(Quantity {
        name: output.name.to_string(),
        label: output.label.clone(),
        symbol: output.symbol.clone(),
        value,
        unit,
        load_case: load_case(study, output),
        location: Location { name: region(output), point_mm: first.and_then(|value| value.point_mm) },
        uncertainty,
        grid: assessed.then_some(grid),
        reference: reference.transpose()?,
        remarks: remarks.to_vec(),
    })
}

/// Order of convergence that theory promises for smooth solutions with elements of order p: p + 1 for displacements and
/// what is made of them, p for strains and stresses; 2 for what is sampled from an image, whatever the element.
fn formal_order(study: &Study, output: &Output) -> f64 {
    let p = f64::from(study.document.mesh.element.order());
    let of_field = |field: study::FieldName| if field == study::FieldName::DisplacementMagnitude { p + 1.0 } else { p };
    if output.bone.is_some() {
        return 2.0;
    }
    match (&output.peak, &output.percentile) {
        (Some(peak), _) => of_field(peak.field),
        (None, Some(percentile)) => of_field(percentile.field),
        (None, None) => p + 1.0,
    }
}

/// The load case; none for what the mesh has before it is loaded.
fn load_case(study: &Study, output: &Output) -> String {
    if output.bone.is_some() {
        return String::new();
    }
    let first = study.document.load_cases.first().map(|case| case.name.to_string());
    output.load_case.as_ref().map(|name| name.to_string()).or(first).unwrap_or_default()
}

fn region(output: &Output) -> String {
    if output.bone.is_some() {
        return "whole body".to_owned();
    }
    let regions = [
        output.displacement.as_ref().map(|o| &o.region),
        output.stiffness.as_ref().map(|o| &o.region),
        output.plate_bending.as_ref().map(|o| &o.region),
        output.peak.as_ref().map(|o| &o.region),
        output.percentile.as_ref().map(|o| &o.region),
    ];
    regions.into_iter().flatten().next().map(|region| region.to_string()).unwrap_or_default()
}
