//! The results table as text: what each row says about a quantity, and how sure it is.

use scene::ticks::significant;
use study::record::{Comparison, Convergence, Quantity, Record, Uncertainty};

/// One row of the results table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Name of the quantity.
    pub name: String,
    /// Value in four significant digits.
    pub value: String,
    /// Its unit; empty for pure numbers.
    pub unit: String,
    /// Interval, or the range over the meshes.
    pub interval: String,
    /// A value from elsewhere and the difference from it; empty for none.
    pub reference: String,
    /// Whether it converged.
    pub verdict: Convergence,
    /// Where the value is found, and under which load.
    pub place: String,
    /// What must be known with the value: what the interval covers or why there is none, and the remarks.
    pub remarks: Vec<String>,
}

/// The rows of a record, in its order.
pub fn rows(record: &Record) -> Vec<Row> {
    record.quantities.iter().map(row).collect()
}

fn row(quantity: &Quantity) -> Row {
    let unit = if quantity.unit == "1" { String::new() } else { quantity.unit.clone() };
    let span = |low: f64, high: f64| format!("{} to {}", significant(low, 4), significant(high, 4));
    let (interval, why) = match &quantity.uncertainty {
        Uncertainty::Interval { low, high, covers } => (span(*low, *high), format!("The interval covers {covers}.")),
        Uncertainty::None { reason, range: Some([low, high]) } => {
            (format!("meshes gave {}", span(*low, *high)), reason.clone())
        }
        Uncertainty::None { reason, range: None } => ("none".to_owned(), reason.clone()),
    };
    Row {
        name: quantity.label.clone(),
        value: significant(quantity.value, 4),
        unit,
        interval,
        reference: quantity.reference.as_ref().map_or_else(String::new, reference),
        verdict: quantity.convergence(),
        place: [&quantity.location.name, &quantity.load_case]
            .into_iter()
            .filter(|words| !words.is_empty())
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", "),
        remarks: std::iter::once(why)
            .chain(quantity.reference.iter().map(|reference| format!("Reference: {}", reference.source)))
            .chain(quantity.remarks.iter().cloned())
            .collect(),
    }
}

fn reference(comparison: &Comparison) -> String {
    let value = significant(comparison.value, 4);
    match comparison.difference_percent {
        Some(percent) => format!("{value} ({}{} %)", if percent > 0.0 { "+" } else { "" }, significant(percent, 2)),
        None => value,
    }
}

/// What must be said with every quantity of a record, each remark once.
pub fn common_remarks(record: &Record) -> Vec<&str> {
    let Some((first, rest)) = record.quantities.split_first() else { return Vec::new() };
    let everywhere = |remark: &&String| rest.iter().all(|quantity| quantity.remarks.contains(remark));
    first.remarks.iter().filter(everywhere).map(String::as_str).collect()
}

/// The words of a verdict.
pub fn verdict_text(verdict: Convergence) -> &'static str {
    match verdict {
        Convergence::Converged => "converged",
        Convergence::NotConverged => "not converged",
        Convergence::NotAssessed => "not assessed",
    }
}

/// The table as tab-separated text with a heading.
pub fn as_text(record: &Record) -> String {
    let mut text = String::from("Quantity\tValue\tUnit\tInterval\tVerdict\tReference\tPlace\n");
    for row in rows(record) {
        let unit = if row.unit.is_empty() { "1" } else { &row.unit };
        let verdict = verdict_text(row.verdict);
        text += &format!(
            "{}\t{}\t{unit}\t{}\t{verdict}\t{}\t{}\n",
            row.name, row.value, row.interval, row.reference, row.place
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use study::record::Location;

    #[test]
    fn a_value_without_an_interval_never_reads_as_certain() {
        let quantity = Quantity {
            name: "u".into(),
            label: "Head displacement".into(),
            symbol: "u".into(),
            value: 1.23456,
            unit: "mm".into(),
            load_case: "stance".into(),
            location: Location { name: "head".into(), point_mm: None },
            uncertainty: Uncertainty::None { reason: "not converged: oscillating".into(), range: Some([1.1, 1.3]) },
            grid: None,
            reference: Some(Comparison::new(1.23456, 1.2, "bench test")),
            remarks: vec!["solid bone".into()],
        };
        let row = row(&quantity);
        assert_eq!((row.value.as_str(), row.interval.as_str()), ("1.235", "meshes gave 1.100 to 1.300"));
        assert_eq!(row.verdict, Convergence::NotAssessed);
        assert_eq!(row.reference, "1.200 (+2.9 %)");
        assert_eq!(row.remarks, ["not converged: oscillating", "Reference: bench test", "solid bone"]);
    }
}
