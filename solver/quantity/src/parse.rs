use crate::class::UnitClass;
use crate::dimension::Dimension;
use crate::unit::{Unit, UnitError};

/// Why a text is not the quantity that is needed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// A quantity of another class.
    #[error("\"{text}\" is {found}; {needed} such as \"{example}\" is needed")]
    WrongClass {
        /// The text.
        text: String,
        /// What it is, with article.
        found: String,
        /// The class needed, with article.
        needed: &'static str,
        /// An example of it.
        example: &'static str,
    },
    /// A number without a unit where one is needed.
    #[error("\"{text}\" has no unit; {needed} such as \"{example}\" is needed")]
    NoUnit {
        /// The text.
        text: String,
        /// The class needed, with article.
        needed: &'static str,
        /// An example of it.
        example: &'static str,
    },
    /// No number at the beginning, or one that is not finite.
    #[error("\"{text}\" does not begin with a number; {needed} such as \"{example}\" is needed")]
    NoNumber {
        /// The text.
        text: String,
        /// The class needed, with article.
        needed: &'static str,
        /// An example of it.
        example: &'static str,
    },
    /// A unit that cannot be read.
    #[error("\"{text}\": {error}")]
    Unit {
        /// The text.
        text: String,
        /// What is wrong.
        error: UnitError,
    },
    /// Degrees Celsius where only a difference makes sense.
    #[error("\"{text}\" is a temperature; write a temperature difference in K")]
    CelsiusDifference {
        /// The text.
        text: String,
    },
}

impl QuantityError {
    pub(crate) fn wrong_class(text: &str, found: Dimension, needed: UnitClass) -> Self {
        let found = match UnitClass::of(found) {
            Some(class) => class.name().to_owned(),
            None => format!("a quantity of dimension {found}"),
        };
        Self::WrongClass { text: text.to_owned(), found, needed: needed.name(), example: needed.example() }
    }
}

pub(crate) fn parse(text: &str, class: UnitClass) -> Result<f64, QuantityError> {
    let trimmed = text.trim();
    let (needed, example) = (class.name(), class.example());
    let (number, unit_text) = split(trimmed);
    let number: f64 = match number.parse::<f64>() {
        Ok(number) if number.is_finite() => number,
        _ => return Err(QuantityError::NoNumber { text: trimmed.to_owned(), needed, example }),
    };
    let unit = Unit::parse(unit_text).map_err(|error| QuantityError::Unit { text: trimmed.to_owned(), error })?;
    if unit.dimension != class.dimension() {
        return Err(if unit_text.is_empty() {
            QuantityError::NoUnit { text: trimmed.to_owned(), needed, example }
        } else {
            QuantityError::wrong_class(trimmed, unit.dimension, class)
        });
    }
    if unit.offset != 0.0 && class != UnitClass::Temperature {
        return Err(QuantityError::CelsiusDifference { text: trimmed.to_owned() });
    }
    Ok(unit.to_internal(number))
}

/// Splits "1.2e3 N" after the number. The exponent belongs to the number only when a digit follows the "e".
fn split(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let sign = |i: usize| matches!(bytes.get(i), Some(b'+' | b'-'));
    let mut end = usize::from(sign(0));
    while digit(end) || bytes.get(end) == Some(&b'.') {
        end += 1;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let exponent = end + 1 + usize::from(sign(end + 1));
        if digit(exponent) {
            end = exponent;
            while digit(end) {
                end += 1;
            }
        }
    }
    (&text[..end], text[end..].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(class: UnitClass, text: &str) -> String {
        class.parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_wrong_dimension_names_both() {
        assert_eq!(message(UnitClass::Length, "5 kg"), "\"5 kg\" is a mass; a length such as \"5 mm\" is needed");
        assert_eq!(
            message(UnitClass::Force, "5 mm^5"),
            "\"5 mm^5\" is a quantity of dimension length^5; a force such as \"836 N\" is needed"
        );
        assert_eq!(message(UnitClass::Length, "5"), "\"5\" has no unit; a length such as \"5 mm\" is needed");
        assert_eq!(
            message(UnitClass::Length, "five mm"),
            "\"five mm\" does not begin with a number; a length such as \"5 mm\" is needed"
        );
        assert!(message(UnitClass::Number, "65 deg").starts_with("\"65 deg\" is an angle"));
        assert!(message(UnitClass::TemperatureDifference, "37 degC").contains("write a temperature difference in K"));
    }

    #[test]
    fn an_unknown_unit_names_the_nearest() {
        assert_eq!(
            message(UnitClass::Pressure, "120 mmhg"),
            "\"120 mmhg\": the unit \"mmhg\" is unknown; did you mean \"mmHg\"?"
        );
    }

    #[test]
    fn numbers_that_are_not_finite_or_not_numbers_are_refused() {
        for text in ["nan mm", "inf mm", "1e999 mm", "", "mm", "--5 mm", "1.2.3 mm", "+ mm", "e5 mm"] {
            assert!(matches!(UnitClass::Length.parse(text), Err(QuantityError::NoNumber { .. })), "{text}");
        }
    }

    #[test]
    fn the_number_ends_where_the_unit_begins_with_or_without_a_space() {
        for (text, expected) in [("2.5mm", 2.5), ("2.5e-1 mm", 0.25), ("+3E2 mm", 300.0), (" .5 mm ", 0.5)] {
            assert_eq!(UnitClass::Length.parse(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn any_text_is_read_or_refused_without_panic() {
        for text in ["µ", "5 µ", "5 ²", "5 mm²²", "5 /", "5 //", "5 ()", "5 /()", "5 mm^", "5 mm^-", "°", "é5 mm", "5é"]
        {
            let _ = UnitClass::Length.parse(text);
        }
    }
}
