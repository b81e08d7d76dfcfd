use serde::{Deserialize, Serialize};

/// What a computed value must satisfy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// |value − reference| ≤ tolerance · |reference|.
    Relative(f64),
    /// |value − reference| ≤ tolerance, in the check's unit.
    Absolute(f64),
    /// value ≥ reference: for observed orders of convergence.
    AtLeast,
    /// value ≤ reference: for errors that must vanish.
    AtMost,
    /// Nothing is asked; the value is reported.
    Reported,
}

impl Bound {
    /// Whether `value` satisfies the bound. NaN never does.
    pub fn holds(self, value: f64, reference: f64) -> bool {
        match self {
            Self::Relative(tolerance) => (value - reference).abs() <= tolerance * reference.abs(),
            Self::Absolute(tolerance) => (value - reference).abs() <= tolerance,
            Self::AtLeast => value >= reference,
            Self::AtMost => value <= reference,
            Self::Reported => value.is_finite(),
        }
    }

    /// The tolerance in words, for tables.
    pub fn describe(self, unit: &str) -> String {
        let unit = if unit == "1" { String::new() } else { format!(" {unit}") };
        match self {
            Self::Relative(tolerance) => format!("within {} %", trim(100.0 * tolerance)),
            Self::Absolute(tolerance) => format!("within {tolerance:e}{unit}"),
            Self::AtLeast => "at least".to_owned(),
            Self::AtMost => "at most".to_owned(),
            Self::Reported => "reported".to_owned(),
        }
    }
}

/// Two significant decimals without trailing zeros.
fn trim(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// One value that a case computed, before it is timed and judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Suffix of the check's id, for example "order"; the id is "case/suffix".
    pub name: String,
    /// The computed value.
    pub value: f64,
    /// The reference value.
    pub reference: f64,
    /// Unit of both; "1" for pure numbers.
    pub unit: &'static str,
    /// What must hold between them.
    pub bound: Bound,
    /// Where the reference comes from.
    pub source: &'static str,
}

/// A judged check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// "area/case/value".
    pub id: String,
    /// "mesh", "solid", "flow", "linalg", "uncertainty".
    pub area: String,
    /// The value computed by this program.
    pub value: f64,
    /// The reference value.
    pub reference: f64,
    /// Unit of both; "1" for pure numbers.
    pub unit: String,
    /// What must hold, in words.
    pub tolerance: String,
    /// Whether it holds.
    pub passed: bool,
    /// Where the reference comes from.
    pub source: String,
    /// Wall time of the whole case, in s, on its first check; 0 on the others.
    pub seconds: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_say_what_they_check_and_not_a_number_never_holds() {
        assert!(Bound::Relative(0.01).holds(-106.5, -106.0) && !Bound::Relative(0.01).holds(-107.2, -106.0));
        assert!(Bound::AtLeast.holds(2.81, 2.8) && !Bound::AtLeast.holds(2.79, 2.8));
        for bound in [Bound::Relative(1.0), Bound::Absolute(1.0), Bound::AtLeast, Bound::AtMost, Bound::Reported] {
            assert!(!bound.holds(f64::NAN, 1.0));
        }
        assert_eq!(Bound::Relative(0.005).describe("MPa"), "within 0.5 %");
        assert_eq!(Bound::Absolute(1e-10).describe("MPa"), "within 1e-10 MPa");
    }
}
