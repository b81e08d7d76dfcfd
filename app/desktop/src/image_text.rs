//! An image in words.

use crate::report_text::thousands;
use imaging::{ImageReport, LabelMap, Measure, ValueDecision};
use mesh::Point3;
use mesh_io::Basis;
use scene::slice::letters;
use scene::ticks::significant;

/// Label and text of every fact worth a row.
pub(crate) fn facts(report: &ImageReport) -> Vec<(&'static str, String)> {
    let by = |numbers: [String; 3]| numbers.join(" × ");
    let extent = [0, 1, 2].map(|axis| report.dimensions[axis] as f64 * report.spacing_mm[axis]);
    let range = report.range.map_or_else(
        || "no finite value".to_owned(),
        |[low, high]| format!("{} to {}", number(low), value_with_unit(high, report.values.measure)),
    );
    let modality = report.modality.as_ref().map_or("not stated", |modality| modality.name.as_str());
    vec![
        ("Format", report.format.to_string()),
        ("Modality", modality.to_owned()),
        ("Values", range),
        ("Voxels", by(report.dimensions.map(|count| count.to_string()))),
        ("Voxel size [mm]", by(report.spacing_mm.map(|step| significant(step, 4)))),
        ("Extent [mm]", by(extent.map(|length| significant(length, 4)))),
        ("Voxels stored towards", report.direction.map(|step| letters(&step.into())).join(", ")),
        ("Stored as", report.stored_as.clone()),
    ]
}

/// Whether the true size of the voxels is not known, so that no length is.
pub(crate) fn size_is_unknown(report: &ImageReport) -> bool {
    report.findings.iter().any(|finding| finding.code == "spacing-unknown")
}

/// How sure something is.
pub(crate) fn how_sure(what: &str, basis: Basis) -> String {
    match basis {
        Basis::Given => format!("{what}, as you said"),
        Basis::Stated => format!("{what}, as the file says"),
        Basis::Guessed => format!("{what}, guessed"),
    }
}

/// What the values are.
pub(crate) fn measure(measure: Measure) -> &'static str {
    match measure {
        Measure::Hounsfield => "CT numbers (HU)",
        Measure::Label => "Labels",
        Measure::Other => "Other, unit not known",
    }
}

/// What the values are and how sure that is.
pub(crate) fn measured(values: &ValueDecision) -> String {
    how_sure(measure(values.measure), values.basis)
}

/// A value as it is: whole numbers whole, others in five digits.
pub(crate) fn number(value: f64) -> String {
    let is_whole = value.fract() == 0.0 && value.abs() < 1e7;
    if is_whole { format!("{value:.0}").replace('-', "−") } else { significant(value, 5) }
}

/// A value for small writing: whole from a hundred on, others in three digits.
pub(crate) fn rounded(value: f64) -> String {
    if value.abs() >= 100.0 {
        number(value.round())
    } else if value.fract() == 0.0 {
        number(value)
    } else {
        significant(value, 3)
    }
}

/// A value with its unit.
pub(crate) fn value_with_unit(value: f64, measure: Measure) -> String {
    format!("{} {}", number(value), measure.unit()).trim_end().to_owned()
}

/// A place in the patient, in words that need no sign: "L 12.0  P 3.5  S 100.0 mm".
pub(crate) fn place(point: Point3<f64>) -> String {
    let names = [['L', 'R'], ['P', 'A'], ['S', 'I']];
    let part = |axis: usize| {
        let letter = names[axis][usize::from(point[axis] < 0.0)];
        format!("{letter} {:.1}", point[axis].abs())
    };
    format!("{}  {}  {} mm", part(0), part(1), part(2))
}

/// A voxel by its numbers, counted from 0 as the file's order has them.
pub(crate) fn voxel([i, j, k]: [usize; 3]) -> String {
    format!("{i}, {j}, {k}")
}

/// A volume in mm³ with mL behind it.
pub(crate) fn volume(cubic_mm: f64) -> String {
    format!("{} mm³ = {} mL", thousands(cubic_mm.round()), significant(cubic_mm / 1000.0, 4))
}

/// A count of voxels with their volume.
pub(crate) fn amount(voxels: usize, cubic_mm: f64) -> String {
    format!("{} voxels, {}", thousands(voxels as f64), volume(cubic_mm))
}

/// The label of a voxel of a map; empty for the background.
pub(crate) fn label_at(map: &LabelMap, index: usize) -> String {
    match map.labels.get(index).copied().unwrap_or(0) {
        0 => String::new(),
        label => label_name(label, map.names.get(&label)),
    }
}

/// The name of a label, or "label 7".
pub(crate) fn label_name(label: u16, name: Option<&String>) -> String {
    name.cloned().unwrap_or_else(|| format!("label {label}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_named_by_their_side_and_values_carry_their_unit() {
        assert_eq!(place(Point3::new(12.04, -3.5, 0.0)), "L 12.0  A 3.5  S 0.0 mm");
        assert_eq!(place(Point3::new(-7.0, 30.25, -100.0)), "R 7.0  P 30.2  I 100.0 mm");
        assert_eq!(value_with_unit(-1024.0, Measure::Hounsfield), "−1024 HU");
        assert_eq!(value_with_unit(0.123456, Measure::Other), "0.12346");
        assert_eq!(amount(12_345, 41_664.4), "12 345 voxels, 41 664 mm³ = 41.66 mL");
    }
}
