//! Units and unit expressions such as "N/mm", "kg m^2/s^2", "mL/min".

use crate::dimension::Dimension;
use crate::nearest::nearest;

/// A unit: value in the internal system = factor × number + offset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    /// Dimension.
    pub dimension: Dimension,
    /// Internal value of one unit.
    pub factor: f64,
    /// Internal value of zero units; not 0 only for temperatures in degrees.
    pub offset: f64,
}

/// What is wrong with the text of a unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// A symbol that is no unit.
    #[error("the unit \"{symbol}\" is unknown{}", suggestion(.nearest.as_deref()))]
    Unknown {
        /// The symbol.
        symbol: String,
        /// The known symbol nearest to it.
        nearest: Option<String>,
    },
    /// An expression that cannot be read.
    #[error("\"{text}\" is no unit: {reason}; write units like \"mm\", \"N/mm\" or \"kg m^2/s^2\"")]
    Syntax {
        /// The text.
        text: String,
        /// What is wrong.
        reason: &'static str,
    },
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |symbol| format!("; did you mean \"{symbol}\"?"))
}

type Atom = (&'static str, Dimension, f64);

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;
const DAY: f64 = 86_400.0;
const DEGREE: f64 = std::f64::consts::PI / 180.0;
const VOLUME: Dimension = Dimension { length: 3, ..Dimension::NONE };
const FREQUENCY: Dimension = Dimension { time: -1, ..Dimension::NONE };
const VISCOSITY: Dimension = Dimension { length: -1, mass: 1, time: -1, ..Dimension::NONE };
const CONCENTRATION: Dimension = Dimension { length: -3, amount: 1, ..Dimension::NONE };
const CELSIUS_ZERO: f64 = 273.15;

/// Every symbol, with its size in mm, tonne, s, K, rad, mol. Symbols are case-sensitive: "MPa" and "mPa" differ by 1e9.
/// Sources: BIPM SI brochure, 9th edition; mmHg is the conventional 133.322387415 Pa (ISO 80000-4).
const ATOMS: &[Atom] = &[
    ("m", Dimension::LENGTH, 1e3),
    ("dm", Dimension::LENGTH, 1e2),
    ("cm", Dimension::LENGTH, 1e1),
    ("mm", Dimension::LENGTH, 1.0),
    ("um", Dimension::LENGTH, 1e-3),
    ("µm", Dimension::LENGTH, 1e-3),
    ("nm", Dimension::LENGTH, 1e-6),
    ("in", Dimension::LENGTH, 25.4),
    ("t", Dimension::MASS, 1.0),
    ("kg", Dimension::MASS, 1e-3),
    ("g", Dimension::MASS, 1e-6),
    ("mg", Dimension::MASS, 1e-9),
    ("ug", Dimension::MASS, 1e-12),
    ("µg", Dimension::MASS, 1e-12),
    ("ng", Dimension::MASS, 1e-15),
    ("s", Dimension::TIME, 1.0),
    ("ms", Dimension::TIME, 1e-3),
    ("us", Dimension::TIME, 1e-6),
    ("µs", Dimension::TIME, 1e-6),
    ("min", Dimension::TIME, MINUTE),
    ("h", Dimension::TIME, HOUR),
    ("d", Dimension::TIME, DAY),
    ("K", Dimension::TEMPERATURE, 1.0),
    ("rad", Dimension::ANGLE, 1.0),
    ("mrad", Dimension::ANGLE, 1e-3),
    ("deg", Dimension::ANGLE, DEGREE),
    ("°", Dimension::ANGLE, DEGREE),
    ("mol", Dimension::AMOUNT, 1.0),
    ("mmol", Dimension::AMOUNT, 1e-3),
    ("umol", Dimension::AMOUNT, 1e-6),
    ("µmol", Dimension::AMOUNT, 1e-6),
    ("nmol", Dimension::AMOUNT, 1e-9),
    ("M", CONCENTRATION, 1e-6),
    ("N", Dimension::FORCE, 1.0),
    ("mN", Dimension::FORCE, 1e-3),
    ("uN", Dimension::FORCE, 1e-6),
    ("kN", Dimension::FORCE, 1e3),
    ("MN", Dimension::FORCE, 1e6),
    ("lbf", Dimension::FORCE, 4.448_221_615_260_5),
    ("Pa", Dimension::PRESSURE, 1e-6),
    ("hPa", Dimension::PRESSURE, 1e-4),
    ("kPa", Dimension::PRESSURE, 1e-3),
    ("MPa", Dimension::PRESSURE, 1.0),
    ("GPa", Dimension::PRESSURE, 1e3),
    ("mPa", Dimension::PRESSURE, 1e-9),
    ("bar", Dimension::PRESSURE, 0.1),
    ("mbar", Dimension::PRESSURE, 1e-4),
    ("atm", Dimension::PRESSURE, 0.101_325),
    ("mmHg", Dimension::PRESSURE, 133.322_387_415e-6),
    ("psi", Dimension::PRESSURE, 4.448_221_615_260_5 / (25.4 * 25.4)),
    ("dyn", Dimension::FORCE, 1e-5),
    ("J", Dimension::ENERGY, 1e3),
    ("mJ", Dimension::ENERGY, 1.0),
    ("uJ", Dimension::ENERGY, 1e-3),
    ("kJ", Dimension::ENERGY, 1e6),
    ("W", Dimension::POWER, 1e3),
    ("mW", Dimension::POWER, 1.0),
    ("kW", Dimension::POWER, 1e6),
    ("L", VOLUME, 1e6),
    ("l", VOLUME, 1e6),
    ("dL", VOLUME, 1e5),
    ("mL", VOLUME, 1e3),
    ("ml", VOLUME, 1e3),
    ("uL", VOLUME, 1.0),
    ("µL", VOLUME, 1.0),
    ("Hz", FREQUENCY, 1.0),
    ("kHz", FREQUENCY, 1e3),
    ("MHz", FREQUENCY, 1e6),
    ("P", VISCOSITY, 1e-7),
    ("cP", VISCOSITY, 1e-9),
    ("%", Dimension::NONE, 1e-2),
    ("ppm", Dimension::NONE, 1e-6),
    ("microstrain", Dimension::NONE, 1e-6),
    ("ue", Dimension::NONE, 1e-6),
    ("µε", Dimension::NONE, 1e-6),
    ("1", Dimension::NONE, 1.0),
];

const CELSIUS: &[&str] = &["degC", "°C", "oC"];

impl Unit {
    /// The pure number one.
    pub const ONE: Self = Self { dimension: Dimension::NONE, factor: 1.0, offset: 0.0 };

    /// Reads a unit expression: symbols with optional integer exponents ("mm^2", "mm2", "mm²", "s^-1"), multiplied by a
    /// space, "*" or "·", divided by "/". Each "/" divides by the one factor that follows it; more than one is refused
    /// because "a/b/c" and "a/b c" are read in two ways. An empty text is the pure number one.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let trimmed = text.trim();
        if CELSIUS.contains(&trimmed) {
            return Ok(Self { dimension: Dimension::TEMPERATURE, factor: 1.0, offset: CELSIUS_ZERO });
        }
        let syntax = |reason| UnitError::Syntax { text: trimmed.to_owned(), reason };
        let mut halves = trimmed.split('/');
        let numerator = product(halves.next().unwrap_or_default())?;
        let Some(below) = halves.next() else { return Ok(numerator) };
        if halves.next().is_some() {
            return Err(syntax("it has more than one \"/\""));
        }
        let below = below.trim();
        let bracketed = below.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
        if bracketed.is_none() && factors(below).count() > 1 {
            return Err(syntax("what stands below the \"/\" must be in brackets, as in \"W/(m K)\""));
        }
        let denominator = product(bracketed.unwrap_or(below))?;
        if below.is_empty() {
            return Err(syntax("nothing follows the \"/\""));
        }
        Ok(Self {
            dimension: numerator.dimension / denominator.dimension,
            factor: numerator.factor / denominator.factor,
            offset: 0.0,
        })
    }

    /// Internal value of `number` of this unit.
    pub fn to_internal(self, number: f64) -> f64 {
        self.factor * number + self.offset
    }

    /// How many of this unit the internal `value` is.
    pub fn from_internal(self, value: f64) -> f64 {
        (value - self.offset) / self.factor
    }

    /// Every symbol that a unit expression may hold.
    pub fn symbols() -> impl Iterator<Item = &'static str> {
        ATOMS.iter().map(|atom| atom.0).chain(CELSIUS.iter().copied())
    }
}

fn factors(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', '*', '·', '\u{a0}']).filter(|part| !part.is_empty())
}

fn product(text: &str) -> Result<Unit, UnitError> {
    let mut unit = Unit::ONE;
    for part in factors(text) {
        let (dimension, factor) = power(part)?;
        unit.dimension = unit.dimension * dimension;
        unit.factor *= factor;
    }
    Ok(unit)
}

/// One symbol with its exponent: "mm^2", "mm2", "mm²", "s^-1", "s⁻¹".
fn power(part: &str) -> Result<(Dimension, f64), UnitError> {
    if let Some(&(_, dimension, factor)) = ATOMS.iter().find(|atom| atom.0 == part) {
        return Ok((dimension, factor));
    }
    let plain: String = part.chars().map(superscript).collect();
    let split = plain.find(|c: char| c == '^' || c == '-' || c.is_ascii_digit()).unwrap_or(plain.len());
    let (symbol, exponent) = plain.split_at(split);
    let exponent = exponent.strip_prefix('^').unwrap_or(exponent);
    let unknown = || UnitError::Unknown {
        symbol: symbol.to_owned(),
        nearest: nearest(symbol, Unit::symbols()).map(str::to_owned),
    };
    if CELSIUS.contains(&symbol) {
        return Err(UnitError::Syntax {
            text: part.to_owned(),
            reason: "degrees Celsius stand alone; inside a compound unit write K",
        });
    }
    let &(_, dimension, factor) = ATOMS.iter().find(|atom| atom.0 == symbol).ok_or_else(unknown)?;
    let exponent: i8 = match exponent {
        "" => 1,
        digits => digits
            .parse()
            .ok()
            .filter(|e: &i8| (-9..=9).contains(e))
            .ok_or(UnitError::Syntax { text: part.to_owned(), reason: "an exponent is a whole number from -9 to 9" })?,
    };
    Ok((dimension.power(exponent), factor.powi(i32::from(exponent))))
}

fn superscript(c: char) -> char {
    match c {
        '⁻' | '−' => '-',
        '¹' => '1',
        '²' => '2',
        '³' => '3',
        '⁴' => '4',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Dimension = Dimension { length: 2, ..Dimension::NONE };

    #[test]
    fn symbols_are_unique() {
        let mut symbols: Vec<_> = Unit::symbols().collect();
        symbols.sort_unstable();
        assert!(symbols.windows(2).all(|pair| pair[0] != pair[1]), "{symbols:?}");
    }

    #[test]
    fn the_internal_system_is_coherent() {
        for (text, base) in [("N", "t mm/s^2"), ("MPa", "t mm^-1 s^-2"), ("mJ", "N mm"), ("mW", "N mm s^-1")] {
            let (derived, product) = (Unit::parse(text).unwrap(), Unit::parse(base).unwrap());
            assert_eq!((derived.dimension, derived.factor), (product.dimension, product.factor), "{text}");
        }
    }

    #[test]
    fn compound_units_and_every_spelling_of_an_exponent_agree() {
        for text in ["mm^2", "mm2", "mm²", "mm mm", "mm*mm", "mm·mm", "uL/mm"] {
            let unit = Unit::parse(text).unwrap();
            assert_eq!((unit.dimension, unit.factor), (AREA, 1.0), "{text}");
        }
        assert_eq!(Unit::parse(""), Ok(Unit::ONE));
        let density = Unit::parse("g/cm^3").unwrap();
        assert!((density.factor / 1e-9 - 1.0).abs() < 1e-14);
        let conductivity = Unit::parse("W/(m K)").unwrap();
        assert!((conductivity.factor - 1.0).abs() < 1e-14);
    }

    #[test]
    fn ambiguous_and_unknown_expressions_are_refused_with_a_suggestion() {
        assert!(matches!(Unit::parse("N/mm/s"), Err(UnitError::Syntax { .. })));
        assert!(matches!(Unit::parse("N/mm s"), Err(UnitError::Syntax { .. })));
        assert!(matches!(Unit::parse("N/"), Err(UnitError::Syntax { .. })));
        assert!(matches!(Unit::parse("mm^99"), Err(UnitError::Syntax { .. })));
        let message = Unit::parse("mpa").unwrap_err().to_string();
        assert!(message.contains("did you mean \"mPa\"") || message.contains("did you mean \"MPa\""), "{message}");
        assert!(Unit::parse("newton").is_err());
    }
}
