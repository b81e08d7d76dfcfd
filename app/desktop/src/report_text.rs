//! An import report in words.

use crate::model::Level;
use mesh_io::{Finding, ImportReport, Severity};
use scene::ticks::significant;

/// A finding in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// How much it matters.
    pub(crate) level: Level,
    /// What was found.
    pub(crate) text: String,
    /// What was done about it or what to do; may be empty.
    pub(crate) remedy: String,
}

/// The findings, worst first.
pub(crate) fn findings(report: &ImportReport) -> Vec<Line> {
    lines(report.findings.iter())
}

/// Findings in words, in their order.
pub(crate) fn lines<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<Line> {
    let level = |severity| match severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
        Severity::Info => Level::Note,
    };
    let lines = findings.map(|finding| Line {
        level: level(finding.severity),
        text: crate::command::capitalised(&finding.message),
        remedy: if finding.repair == "none needed" { String::new() } else { finding.repair.clone() },
    });
    lines.collect()
}

/// Label and text of every fact worth a row.
pub(crate) fn facts(report: &ImportReport) -> Vec<(&'static str, String)> {
    let [low, high] = report.bounds_mm;
    let extent: Vec<String> = (0..3).map(|axis| significant(high[axis] - low[axis], 4)).collect();
    let volume = report
        .volume_mm3
        .map_or_else(|| "none: the surface is not closed".to_owned(), |volume| format!("{} mm³", thousands(volume)));
    let genus = report.genus.map_or_else(|| "not defined".to_owned(), |genus| genus.to_string());
    let mut rows = vec![
        ("Format", report.format.to_string()),
        ("Size [mm]", extent.join(" × ")),
        ("Nodes", thousands(report.nodes as f64)),
        ("Triangles", thousands(report.triangles as f64)),
    ];
    if report.kind == mesh_io::Kind::Volume {
        let count = |(kind, count): (&String, &usize)| format!("{} {kind}", thousands(*count as f64));
        rows.push(("Elements", report.elements.iter().map(count).collect::<Vec<_>>().join(", ")));
    }
    rows.extend([
        ("Parts", report.components.to_string()),
        ("Closed", if report.watertight { "yes" } else { "no" }.to_owned()),
        ("Handles (genus)", genus),
        ("Volume", volume),
        ("Area", format!("{} mm²", thousands(report.area_mm2))),
        ("SHA-256", report.sha256.clone()),
    ]);
    rows
}

/// A whole number with thin groups of three digits; small values keep four significant digits.
pub(crate) fn thousands(value: f64) -> String {
    if value.abs() < 1000.0 && value.fract() != 0.0 {
        return significant(value, 4);
    }
    let digits = format!("{:.0}", value.abs());
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    format!("{}{}", if value < 0.0 { "−" } else { "" }, groups.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_grouped_and_small_ones_are_not_rounded_away() {
        assert_eq!(thousands(1_234_567.4), "1 234 567");
        assert_eq!(thousands(24_000.0), "24 000");
        assert_eq!(thousands(12.0), "12");
        assert_eq!(thousands(0.123456), "0.1235");
        assert_eq!(thousands(-1500.0), "−1 500");
    }
}
