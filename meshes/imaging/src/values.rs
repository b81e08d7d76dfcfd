//! What the values of an image measure, and how sure that is.

use crate::Modality;
use mesh_io::Basis;
use serde::{Deserialize, Serialize};

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// X-ray attenuation in Hounsfield units: water 0, air -1000.
    Hounsfield,
    /// The number of a label.
    Label,
    /// Something else, in a unit that is not known.
    Other,
}

impl Measure {
    /// The unit written behind a value; empty where there is none.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Hounsfield => "HU",
            Self::Label | Self::Other => "",
        }
    }
}

/// What the values measure, where that comes from and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueDecision {
    /// What was decided.
    pub measure: Measure,
    /// Where it comes from.
    pub basis: Basis,
    /// Why, in words.
    pub reason: String,
}

/// Air is the smallest value of nearly every CT, and outside the circle of the scan some scanners write less.
const AIR: std::ops::RangeInclusive<f64> = -4096.0..=-900.0;

/// The largest values of CT: some 3071 in twelve bits, more with the scale extended for metal.
const DENSE: std::ops::RangeInclusive<f64> = 100.0..=32_767.0;

impl ValueDecision {
    /// From what the file states, and without that from the values: `range` is the smallest and the largest.
    pub(crate) fn of(modality: Option<&Modality>, range: Option<(f64, f64)>, is_label_map: bool) -> Self {
        if let Some(Modality { name, is_hounsfield }) = modality {
            let measure = if *is_hounsfield { Measure::Hounsfield } else { Measure::Other };
            return Self { measure, basis: Basis::Stated, reason: format!("the file states the modality {name}") };
        }
        let guessed = |measure, reason: String| Self { measure, basis: Basis::Guessed, reason };
        match range {
            _ if is_label_map => guessed(Measure::Label, "few different whole numbers from 0".to_owned()),
            Some((low, high)) if AIR.contains(&low) && DENSE.contains(&high) => {
                guessed(Measure::Hounsfield, format!("the values from {low} to {high} are those of a CT"))
            }
            _ => guessed(Measure::Other, "the file does not say, and the values are not those of a CT".to_owned()),
        }
    }

    /// What the user knows better.
    pub fn given(measure: Measure) -> Self {
        Self { measure, basis: Basis::Given, reason: "given by the user".to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_stated_or_looks_like_ct_has_hounsfield_units() {
        let stated = |name: &str, is_hounsfield| Modality { name: name.to_owned(), is_hounsfield };
        let of = |modality: Option<Modality>, range, labels| {
            let decision = ValueDecision::of(modality.as_ref(), Some(range), labels);
            (decision.measure, decision.basis)
        };
        let ct = (-1024.0, 3071.0);
        assert_eq!(of(Some(stated("CT", true)), (0.0, 9.0), true), (Measure::Hounsfield, Basis::Stated));
        assert_eq!(of(Some(stated("CT", false)), ct, false), (Measure::Other, Basis::Stated));
        assert_eq!(of(Some(stated("MR", false)), ct, false), (Measure::Other, Basis::Stated));
        assert_eq!(of(None, ct, false), (Measure::Hounsfield, Basis::Guessed));
        assert_eq!(of(None, (0.0, 255.0), false), (Measure::Other, Basis::Guessed));
        assert_eq!(of(None, (0.0, 33.0), true), (Measure::Label, Basis::Guessed));
    }
}
