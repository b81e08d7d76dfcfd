//! From the places of slices to one grid: their order, missing and doubled ones, the tilt of the gantry.

use super::placement::Placement;
use crate::{Grid, ImagingError};
use mesh_io::source::Source;
use mesh_io::{MeshIoError, Place};
use nalgebra::{Matrix3, Vector3};

/// Part of the step that a slice may lie beside its place.
const TOLERANCE: f64 = 0.01;
/// Deviations below this part of the step are the rounding of numbers written as text.
const ROUNDING: f64 = 1e-3;
/// Places nearer to each other are the same, mm.
const SAME_PLACE: f64 = 1e-4;
/// A gap of more than so many steps means missing slices.
const GAP: f64 = 1.5;

/// A frame in the stack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slice {
    /// Which file of the series, and which of its frames.
    pub(super) file: usize,
    pub(super) frame: usize,
    pub(super) placement: Placement,
    /// Its number in the acquisition, if the file states one.
    pub(super) number: Option<f64>,
}

/// What the files say of the step between slices, mm: the distance and the thickness.
pub(super) type StatedStep = [Option<f64>; 2];

/// Sorts slices along their normal, which is that of the first slice.
pub(super) fn sort(slices: &mut [Slice]) {
    let Some(normal) = slices.first().map(|slice| slice.placement.normal()) else { return };
    let along = |slice: &Slice| slice.placement.position.coords.dot(&normal);
    slices.sort_by(|a, b| along(a).total_cmp(&along(b)).then((a.file, a.frame).cmp(&(b.file, b.frame))));
}

/// The first slice whose orientation or spacing is not that of the first, with what differs.
pub(super) fn find_other(slices: &[Slice]) -> Option<(Slice, String)> {
    let first = slices.first()?.placement;
    slices.iter().find_map(|slice| {
        let Placement { directions, spacing, .. } = slice.placement;
        let turned = (0..2).any(|k| (directions[k] - first.directions[k]).norm() > 1e-4);
        let scaled = (0..2).any(|k| (spacing[k] - first.spacing[k]).abs() > 1e-4 * first.spacing[k]);
        let [row, column] = directions.map(<[f64; 3]>::from);
        match (turned, scaled) {
            (true, _) => Some((*slice, format!("its orientation is {row:?}, {column:?}"))),
            (false, true) => Some((*slice, format!("its pixels are {} x {} mm", spacing[0], spacing[1]))),
            _ => None,
        }
    })
}

/// Pairs of neighbours, in sorted slices, that are at the same place.
pub(super) fn doubled(slices: &[Slice]) -> Vec<usize> {
    let is_same = |pair: &[Slice]| (pair[1].placement.position - pair[0].placement.position).norm() < SAME_PLACE;
    slices.windows(2).enumerate().filter(|(_, pair)| is_same(pair)).map(|(k, _)| k).collect()
}

/// The grid of sorted slices of one orientation, of which no two are at one place.
///
/// `name` says what a slice is called in a message.
pub(super) fn grid(
    source: Source<'_>,
    slices: &[Slice],
    [columns, rows]: [usize; 2],
    stated: StatedStep,
    name: &dyn Fn(&Slice) -> String,
    notes: &mut Vec<String>,
) -> Result<Grid, ImagingError> {
    let (Some(first), Some(last)) = (slices.first(), slices.last()) else {
        return Err(ImagingError::Grid { what: "it has no slices".to_owned() });
    };
    let Placement { position, directions: [row, column], spacing: [along, down] } = first.placement;
    let step = match slices.len() {
        1 => first.placement.normal() * single_step(stated, notes),
        count => {
            find_gap(source, slices, stated, name)?;
            let step = (last.placement.position - position) / (count - 1) as f64;
            check_places(source, slices, step, name, notes)?;
            note_tilt(&first.placement, step, notes);
            step
        }
    };
    let axes = Matrix3::from_columns(&[row * along, column * down, step]);
    Grid::new([columns, rows, slices.len()], position, axes)
}

/// The thickness of a slice that is alone.
fn single_step([step, thickness]: StatedStep, notes: &mut Vec<String>) -> f64 {
    if let Some(length) = thickness.or(step) {
        notes.push(format!("one slice: the stated thickness of {length} mm was taken"));
        return length;
    }
    notes.push("one slice without a thickness: 1 mm was taken".to_owned());
    1.0
}

/// Refuses stacks in which slices are missing: a gap among them, or all steps wider than stated.
fn find_gap(
    source: Source<'_>,
    slices: &[Slice],
    stated: StatedStep,
    name: &dyn Fn(&Slice) -> String,
) -> Result<(), MeshIoError> {
    let normal = slices[0].placement.normal();
    let gap = |pair: &[Slice]| (pair[1].placement.position - pair[0].placement.position).dot(&normal);
    let mut steps: Vec<f64> = slices.windows(2).map(gap).collect();
    if let Some(pair) = slices.windows(2).find(|pair| gap(pair) < SAME_PLACE) {
        let what =
            format!("{} and {} lie in one plane beside each other; give one stack", name(&pair[0]), name(&pair[1]));
        return Err(source.contradiction(Place::Part("the slices".to_owned()), what));
    }
    steps.sort_by(f64::total_cmp);
    // Of an even number the lower: a gap must not raise what it is measured by.
    let median = steps[(steps.len() - 1) / 2];
    let missing = |pair: &[Slice], gap: f64, step: f64| {
        let what = format!(
            "slices are missing: {gap:.4} mm lie between {} and {}, where the step is {step:.4} mm; \
             give all slices of the series",
            name(&pair[0]),
            name(&pair[1])
        );
        source.contradiction(Place::Part("the slices".to_owned()), what)
    };
    if let Some(pair) = slices.windows(2).find(|pair| gap(pair) > GAP * median) {
        return Err(missing(pair, gap(pair), median));
    }
    let [step, thickness] = stated;
    if let Some(step) = step.filter(|&step| median > GAP * step) {
        return Err(missing(&slices[..2], median, step));
    }
    // Even steps may still leave out every second slice; then the numbers leave out as many, and the slices do not touch.
    let left_out = left_out(slices);
    match thickness {
        Some(thickness) if left_out > 1.0 && median > thickness * (1.0 + TOLERANCE) => {
            Err(missing(&slices[..2], median, median / left_out))
        }
        _ => Ok(()),
    }
}

/// The least difference of the numbers of neighbouring slices; 1 when numbers are not stated.
fn left_out(slices: &[Slice]) -> f64 {
    let difference = |pair: &[Slice]| Some((pair[1].number? - pair[0].number?).abs());
    let differences: Option<Vec<f64>> = slices.windows(2).map(difference).collect();
    differences.unwrap_or_default().into_iter().reduce(f64::min).unwrap_or(1.0)
}

/// Refuses slices that are not where even steps put them.
fn check_places(
    source: Source<'_>,
    slices: &[Slice],
    step: Vector3<f64>,
    name: &dyn Fn(&Slice) -> String,
    notes: &mut Vec<String>,
) -> Result<(), MeshIoError> {
    let first = slices[0].placement.position;
    let beside = |(k, slice): (usize, &Slice)| (slice.placement.position - first - step * k as f64).norm();
    let worst = slices.iter().enumerate().max_by(|a, b| beside(*a).total_cmp(&beside(*b)));
    let Some((k, slice)) = worst else { return Ok(()) };
    let (off, length) = (beside((k, slice)), step.norm());
    if off > TOLERANCE * length {
        let what = format!(
            "{} lies {off:.4} mm beside its place in even steps of {length:.4} mm; \
             resample the series to even steps",
            name(slice)
        );
        return Err(source.contradiction(Place::Part("the slices".to_owned()), what));
    }
    if off > ROUNDING * length {
        notes.push(format!("slices lie up to {off:.4} mm beside even steps of {length:.4} mm; even ones were taken"));
    }
    Ok(())
}

/// Notes the tilt of the gantry: slices that shift within their plane.
fn note_tilt(first: &Placement, step: Vector3<f64>, notes: &mut Vec<String>) {
    let along = step.dot(&first.normal());
    let beside = (step - first.normal() * along).norm();
    if beside > ROUNDING * along.abs() {
        let degrees = beside.atan2(along).to_degrees();
        notes.push(format!(
            "the slices shift by {beside:.4} mm each within their plane (gantry tilt of {degrees:.2} degrees): the grid is sheared, as scanned"
        ));
    }
}
