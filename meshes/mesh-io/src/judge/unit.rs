use super::Basis;
use crate::LengthUnit;
use mesh::Point3;
use serde::{Deserialize, Serialize};

/// An object whose largest extent is shorter than this (mm) is not expected: the shortest vessel segments and implant
/// parts that are studied on their own.
const SMALLEST_MM: f64 = 3.0;
/// Nor one longer than this (mm): a whole leg or spine is shorter than 1 m.
const LARGEST_MM: f64 = 1000.0;
/// Nearly all bones, organs, vessel trees and implants lie between these (mm).
const USUAL_MM: [f64; 2] = [10.0, 700.0];
/// The units that programs write, the most frequent first.
const CANDIDATES: [LengthUnit; 4] =
    [LengthUnit::Millimetre, LengthUnit::Metre, LengthUnit::Centimetre, LengthUnit::Micrometre];

/// The unit of a file's coordinates, how sure it is and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitDecision {
    /// The unit.
    pub unit: LengthUnit,
    /// Who said so.
    pub basis: Basis,
    /// Whether the size is usual and no other unit gives a usual size.
    #[serde(rename = "certain")]
    pub is_certain: bool,
    /// Why, in a sentence.
    pub reason: String,
}

/// Given before stated before guessed.
pub(super) fn decide(points: &[Point3<f64>], stated: Option<LengthUnit>, given: Option<LengthUnit>) -> UnitDecision {
    let known = |unit, basis, reason: &str| UnitDecision { unit, basis, is_certain: true, reason: reason.to_owned() };
    match (given, stated) {
        (Some(unit), _) => known(unit, Basis::Given, "given by the user"),
        (None, Some(unit)) => known(unit, Basis::Stated, "stated in the file"),
        (None, None) => guess_unit(largest_extent(points)),
    }
}

fn largest_extent(points: &[Point3<f64>]) -> f64 {
    let Some(&first) = points.first() else { return 0.0 };
    let (low, high) = points.iter().fold((first, first), |(low, high), p| (low.inf(p), high.sup(p)));
    (high - low).max()
}

/// Guesses the unit from the largest extent of a body part or device, in file units.
///
/// A unit is possible when it makes the extent 3 to 1000 mm, and usual when 10 to 700 mm. The most frequent possible
/// unit wins (mm, then m, cm, µm), and mm when none is. The guess is certain when it is usual and no other of these
/// units is: extents above 70 to 700 (mm), 0.01 to 0.7 (m), 10 000 to 700 000 (µm). Between 10 and 70 millimetres
/// cannot be told from centimetres, and a guess of centimetres is never certain. Inches are never guessed.
pub fn guess_unit(extent: f64) -> UnitDecision {
    let size = |unit: LengthUnit| extent * unit.in_mm();
    let is_possible = |&unit: &LengthUnit| (SMALLEST_MM..=LARGEST_MM).contains(&size(unit));
    let is_usual = |&unit: &LengthUnit| (USUAL_MM[0]..=USUAL_MM[1]).contains(&size(unit));
    let guess = |unit, is_certain, reason| UnitDecision { unit, basis: Basis::Guessed, is_certain, reason };
    let Some(unit) = CANDIDATES.into_iter().find(is_possible) else {
        let reason = format!(
            "no usual unit makes the largest extent {extent:.4} a body part ({SMALLEST_MM} to {LARGEST_MM} mm)"
        );
        return guess(LengthUnit::Millimetre, false, reason);
    };
    let rivals: Vec<String> = CANDIDATES
        .into_iter()
        .filter(|other| *other != unit && is_usual(other))
        .map(|other| format!("{:.1} mm if in {other}", size(other)))
        .collect();
    let length = format!("the largest extent {extent:.4} is {:.1} mm", size(unit));
    match (rivals.is_empty(), is_usual(&unit)) {
        (true, true) if unit == LengthUnit::Centimetre => {
            guess(unit, false, format!("{length}; but files in centimetres are rare, and it may be a tiny part in mm"))
        }
        (true, true) => guess(unit, true, format!("{length}, a usual size, and in no other usual unit is it one")),
        (true, false) => guess(unit, false, format!("{length}, which is unusual but possible")),
        (false, _) => guess(unit, false, format!("{length}; but it may also be {}", rivals.join(" or "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_body_parts_give_their_unit_and_say_when_another_is_possible() {
        let cases = [
            (164.4, LengthUnit::Millimetre, true),
            (413.9, LengthUnit::Millimetre, true),
            (0.173, LengthUnit::Metre, true),
            (0.282, LengthUnit::Metre, true),
            (0.452, LengthUnit::Metre, true),
            (83.96, LengthUnit::Millimetre, true),
            (53.6, LengthUnit::Millimetre, false),
            (9.0, LengthUnit::Millimetre, false),
            (1.7, LengthUnit::Centimetre, false),
            (0.8, LengthUnit::Metre, false),
            (900.0, LengthUnit::Millimetre, false),
            (164_400.0, LengthUnit::Micrometre, true),
            (1e-6, LengthUnit::Millimetre, false),
            (0.0, LengthUnit::Millimetre, false),
        ];
        for (extent, unit, is_certain) in cases {
            let guess = guess_unit(extent);
            assert_eq!((guess.unit, guess.is_certain), (unit, is_certain), "{extent}: {}", guess.reason);
        }
    }

    #[test]
    fn what_is_given_counts_before_what_is_stated() {
        let given = decide(&[], Some(LengthUnit::Metre), Some(LengthUnit::Inch));
        assert_eq!((given.unit, given.basis), (LengthUnit::Inch, Basis::Given));
        let stated = decide(&[], Some(LengthUnit::Metre), None);
        assert_eq!((stated.unit, stated.basis), (LengthUnit::Metre, Basis::Stated));
    }
}
