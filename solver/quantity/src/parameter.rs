//! A parameter is declared once; the study schema, the command line's help, the sampler and the report table read it here.

use crate::class::UnitClass;
use crate::parse::QuantityError;

/// Admissible values in the internal unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// Lower end; minus infinity when there is none.
    pub low: f64,
    /// Upper end; infinity when there is none.
    pub high: f64,
    /// Whether the ends themselves are admissible.
    pub closed: [bool; 2],
}

impl Range {
    /// Every number.
    pub const ANY: Self = Self { low: f64::NEG_INFINITY, high: f64::INFINITY, closed: [false; 2] };
    /// Above zero.
    pub const POSITIVE: Self = Self { low: 0.0, high: f64::INFINITY, closed: [false; 2] };
    /// Zero or above.
    pub const NOT_NEGATIVE: Self = Self { low: 0.0, high: f64::INFINITY, closed: [true, false] };

    /// Between the ends, both excluded.
    pub const fn between(low: f64, high: f64) -> Self {
        Self { low, high, closed: [false; 2] }
    }

    /// Whether `value` lies in the range; never for NaN.
    pub fn contains(self, value: f64) -> bool {
        let above = value > self.low || (self.closed[0] && value == self.low);
        let below = value < self.high || (self.closed[1] && value == self.high);
        above && below
    }
}

/// A declared parameter of a material law, device or method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// Key in files and on the command line: "youngs_modulus".
    pub name: &'static str,
    /// The textbook's symbol: "E".
    pub symbol: &'static str,
    /// Name in words: "Young's modulus".
    pub label: &'static str,
    /// Unit class.
    pub class: UnitClass,
    /// Unit for display.
    pub unit: &'static str,
    /// Admissible values in the internal unit.
    pub range: Range,
    /// Default as a user would write it; `None` when the user must state the value.
    pub default: Option<&'static str>,
    /// What the parameter means and where its default or its range comes from.
    pub source: &'static str,
}

/// Why a text is no value of a parameter.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ParameterError {
    /// The text is no such quantity.
    #[error("{parameter}: {error}")]
    Quantity {
        /// The parameter's key.
        parameter: &'static str,
        /// What is wrong.
        error: QuantityError,
    },
    /// The value lies outside the range.
    #[error("{parameter} = \"{text}\" is outside its range: {range}")]
    OutOfRange {
        /// The parameter's key.
        parameter: &'static str,
        /// The text.
        text: String,
        /// The range in words.
        range: String,
    },
    /// Neither a value nor a default.
    #[error("{parameter} ({label}) is missing; state it, for example {parameter} = \"{example}\"")]
    Missing {
        /// The parameter's key.
        parameter: &'static str,
        /// Its name in words.
        label: &'static str,
        /// An example of its class.
        example: &'static str,
    },
}

impl Parameter {
    /// Reads a value, in the internal unit; `None` takes the default.
    ///
    /// # Errors
    /// When the text is no quantity of the class, lies outside the range, or is missing without a default.
    pub fn parse(&self, text: Option<&str>) -> Result<f64, ParameterError> {
        let Some(text) = text.or(self.default) else {
            let (parameter, label, example) = (self.name, self.label, self.class.example());
            return Err(ParameterError::Missing { parameter, label, example });
        };
        let quantity = |error| ParameterError::Quantity { parameter: self.name, error };
        let value = self.class.parse(text).map_err(quantity)?;
        if !self.range.contains(value) {
            let (parameter, text, range) = (self.name, text.to_owned(), self.range_text());
            return Err(ParameterError::OutOfRange { parameter, text, range });
        }
        Ok(value)
    }

    /// The range in words and the display unit: "above 0 GPa", "from 0 mm", "between -1 and 0.5".
    pub fn range_text(&self) -> String {
        let text = |value| self.class.format(value, self.unit, 6).unwrap_or_else(|_| format!("{value}"));
        let Range { low, high, closed } = self.range;
        match (low.is_finite(), high.is_finite()) {
            (false, false) => "any value".to_owned(),
            (true, false) => format!("{} {}", if closed[0] { "from" } else { "above" }, text(low)),
            (false, true) => format!("{} {}", if closed[1] { "up to" } else { "below" }, text(high)),
            (true, true) => format!("between {} and {}", text(low), text(high)),
        }
    }

    /// One line for the command line's help and the schema.
    pub fn help(&self) -> String {
        let default = self.default.map_or_else(String::new, |default| format!(", default {default}"));
        format!("{} {} ({}{default}). {}", self.label, self.symbol, self.range_text(), self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POISSON: Parameter = Parameter {
        name: "poissons_ratio",
        symbol: "nu",
        label: "Poisson's ratio",
        class: UnitClass::Number,
        unit: "1",
        range: Range::between(-1.0, 0.5),
        default: None,
        source: "Positive strain energy.",
    };

    #[test]
    fn a_value_outside_the_range_says_the_range() {
        assert_eq!(POISSON.parse(Some("0.3")), Ok(0.3));
        let message = POISSON.parse(Some("0.5")).unwrap_err().to_string();
        assert_eq!(message, "poissons_ratio = \"0.5\" is outside its range: between -1 and 0.5");
        let message = POISSON.parse(None).unwrap_err().to_string();
        assert!(message.starts_with("poissons_ratio (Poisson's ratio) is missing"), "{message}");
        assert!(POISSON.parse(Some("3 mm")).unwrap_err().to_string().contains("\"3 mm\" is a length"));
    }

    #[test]
    fn the_default_is_used_and_shown() {
        let modulus = Parameter {
            name: "youngs_modulus",
            symbol: "E",
            label: "Young's modulus",
            class: UnitClass::Pressure,
            unit: "GPa",
            range: Range::POSITIVE,
            default: Some("17 GPa"),
            source: "Cortical bone.",
        };
        assert_eq!(modulus.parse(None), Ok(17_000.0));
        assert_eq!(modulus.help(), "Young's modulus E (above 0 GPa, default 17 GPa). Cortical bone.");
    }
}
