use crate::dimension::Dimension;
use crate::format::significant;
use crate::parse::{QuantityError, parse};
use crate::unit::Unit;

/// What kind of quantity a number is. Some classes share a dimension (moment and energy) and read each other's units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants are the names of the quantities")]
pub enum UnitClass {
    Number,
    Strain,
    Length,
    Area,
    Volume,
    SecondMomentOfArea,
    Angle,
    Mass,
    Density,
    Time,
    Frequency,
    Velocity,
    Acceleration,
    FlowRate,
    Force,
    Pressure,
    Moment,
    Stiffness,
    RotationalStiffness,
    BendingStiffness,
    Energy,
    Power,
    Temperature,
    TemperatureDifference,
    ThermalExpansion,
    DynamicViscosity,
    Amount,
    Concentration,
    FlowResistance,
    Compliance,
    InversePressure,
}

struct Facts {
    /// With its article.
    name: &'static str,
    /// First the internal unit, then those offered for display.
    units: &'static [&'static str],
    example: &'static str,
}

const fn facts(name: &'static str, units: &'static [&'static str], example: &'static str) -> Facts {
    Facts { name, units, example }
}

impl UnitClass {
    /// Every class, in a fixed order.
    pub const ALL: [Self; 31] = [
        Self::Number,
        Self::Strain,
        Self::Length,
        Self::Area,
        Self::Volume,
        Self::SecondMomentOfArea,
        Self::Angle,
        Self::Mass,
        Self::Density,
        Self::Time,
        Self::Frequency,
        Self::Velocity,
        Self::Acceleration,
        Self::FlowRate,
        Self::Force,
        Self::Pressure,
        Self::Moment,
        Self::Stiffness,
        Self::RotationalStiffness,
        Self::BendingStiffness,
        Self::Energy,
        Self::Power,
        Self::Temperature,
        Self::TemperatureDifference,
        Self::ThermalExpansion,
        Self::DynamicViscosity,
        Self::Amount,
        Self::Concentration,
        Self::FlowResistance,
        Self::Compliance,
        Self::InversePressure,
    ];

    const fn facts(self) -> Facts {
        match self {
            Self::Number => facts("a pure number", &["1", "%"], "0.3"),
            Self::Strain => facts("a strain", &["1", "%", "microstrain"], "0.2 %"),
            Self::Length => facts("a length", &["mm", "m", "cm", "um"], "5 mm"),
            Self::Area => facts("an area", &["mm^2", "cm^2", "m^2"], "5 mm^2"),
            Self::Volume => facts("a volume", &["mm^3", "mL", "L"], "5 mL"),
            Self::SecondMomentOfArea => facts("a second moment of area", &["mm^4", "cm^4"], "64 mm^4"),
            Self::Angle => facts("an angle", &["rad", "deg"], "65 deg"),
            Self::Mass => facts("a mass", &["t", "kg", "g", "mg"], "70 kg"),
            Self::Density => facts("a density", &["t/mm^3", "kg/m^3", "g/cm^3"], "1060 kg/m^3"),
            Self::Time => facts("a time", &["s", "ms", "min", "h", "d"], "0.8 s"),
            Self::Frequency => facts("a frequency", &["Hz", "kHz"], "1.2 Hz"),
            Self::Velocity => facts("a velocity", &["mm/s", "m/s", "cm/s"], "0.4 m/s"),
            Self::Acceleration => facts("an acceleration", &["mm/s^2", "m/s^2"], "9.81 m/s^2"),
            Self::FlowRate => facts("a flow rate", &["mm^3/s", "mL/s", "mL/min", "L/min"], "5 L/min"),
            Self::Force => facts("a force", &["N", "kN", "mN"], "836 N"),
            Self::Pressure => facts("a pressure or stress", &["MPa", "Pa", "kPa", "GPa", "mmHg"], "120 mmHg"),
            Self::Moment => facts("a moment", &["N mm", "N m"], "10 N m"),
            Self::Stiffness => facts("a stiffness", &["N/mm", "kN/mm", "N/m"], "50 N/mm"),
            Self::RotationalStiffness => facts("a rotational stiffness", &["N mm/rad", "N m/deg"], "2 N m/deg"),
            Self::BendingStiffness => facts("a bending stiffness", &["N mm^2", "N m^2"], "7 N m^2"),
            Self::Energy => facts("an energy", &["mJ", "J"], "2 J"),
            Self::Power => facts("a power", &["mW", "W"], "2 W"),
            Self::Temperature => facts("a temperature", &["K", "degC"], "37 degC"),
            Self::TemperatureDifference => facts("a temperature difference", &["K"], "10 K"),
            Self::ThermalExpansion => facts("a thermal expansion coefficient", &["1/K"], "1.2e-5 1/K"),
            Self::DynamicViscosity => facts("a dynamic viscosity", &["MPa s", "Pa s", "mPa s"], "3.5 mPa s"),
            Self::Amount => facts("an amount of substance", &["mol", "mmol", "umol"], "5 mmol"),
            Self::Concentration => facts("a concentration", &["mol/mm^3", "mmol/L"], "5 mmol/L"),
            Self::FlowResistance => {
                facts("a resistance to flow", &["MPa s/mm^3", "Pa s/m^3", "dyn s/cm^5", "mmHg s/mL"], "1 mmHg s/mL")
            }
            Self::Compliance => facts("a compliance", &["mm^3/MPa", "m^3/Pa", "cm^5/dyn", "mL/mmHg"], "1 mL/mmHg"),
            Self::InversePressure => facts("an inverse pressure", &["1/MPa", "1/Pa"], "2 1/Pa"),
        }
    }

    /// The class with its article, for sentences: "a length".
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// A quantity of this class as a user would write it.
    pub const fn example(self) -> &'static str {
        self.facts().example
    }

    /// Units offered for display; the first is the internal one.
    pub const fn units(self) -> &'static [&'static str] {
        self.facts().units
    }

    /// The unit that internal values are in.
    pub const fn internal_unit(self) -> &'static str {
        self.facts().units[0]
    }

    /// The dimension.
    pub fn dimension(self) -> Dimension {
        // The first unit of every class parses; a test holds it.
        Unit::parse(self.internal_unit()).map_or(Dimension::NONE, |unit| unit.dimension)
    }

    /// The class that best names a dimension: the first in [`UnitClass::ALL`] that has it.
    pub fn of(dimension: Dimension) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.dimension() == dimension)
    }

    /// Reads a quantity of this class and returns it in the internal unit.
    ///
    /// # Errors
    /// When the text is no number with a unit, the unit is unknown, or the dimension is that of another class.
    pub fn parse(self, text: &str) -> Result<f64, QuantityError> {
        parse(text, self)
    }

    /// Writes an internal value in `unit` with at most `digits` significant digits: "17 GPa".
    ///
    /// # Errors
    /// When `unit` is unknown or of another class.
    pub fn format(self, value: f64, unit: &str, digits: usize) -> Result<String, QuantityError> {
        let number = significant(self.convert(value, unit)?, digits);
        Ok(if matches!(unit, "" | "1") { number } else { format!("{number} {unit}") })
    }

    /// The number of `unit` that an internal value is.
    ///
    /// # Errors
    /// When `unit` is unknown or of another class.
    pub fn convert(self, value: f64, unit: &str) -> Result<f64, QuantityError> {
        let parsed = self.unit(unit)?;
        Ok(parsed.from_internal(value))
    }

    /// Reads a unit and checks that it fits this class.
    ///
    /// # Errors
    /// When `text` is unknown or of another class.
    pub fn unit(self, text: &str) -> Result<Unit, QuantityError> {
        let unit = Unit::parse(text).map_err(|error| QuantityError::Unit { text: text.to_owned(), error })?;
        if unit.dimension != self.dimension() {
            return Err(QuantityError::wrong_class(text, unit.dimension, self));
        }
        if unit.offset != 0.0 && self != Self::Temperature {
            return Err(QuantityError::CelsiusDifference { text: text.to_owned() });
        }
        Ok(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_lists_each_once_with_parsable_units_and_an_internal_factor_of_one() {
        for (index, class) in UnitClass::ALL.into_iter().enumerate() {
            assert_eq!(class as usize, index, "{class:?} stands at its own place");
            let internal = Unit::parse(class.internal_unit()).unwrap();
            assert_eq!((internal.factor, internal.offset), (1.0, 0.0), "{class:?}");
            for unit in class.units() {
                class.unit(unit).unwrap();
            }
            class.parse(class.example()).unwrap();
        }
    }

    #[test]
    fn clinical_and_engineering_units_convert() {
        let close = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-12, "{a} {b}");
        close(UnitClass::Pressure.parse("120 mmHg").unwrap(), 0.015_998_686_489_8);
        close(UnitClass::Force.parse("1.2e3 N").unwrap(), 1200.0);
        close(UnitClass::Angle.parse("180 deg").unwrap(), std::f64::consts::PI);
        close(UnitClass::Number.parse("-54.0 %").unwrap(), -0.54);
        close(UnitClass::Temperature.parse("37 degC").unwrap(), 310.15);
        close(UnitClass::FlowRate.parse("6 L/min").unwrap(), 1e5);
        close(UnitClass::DynamicViscosity.parse("4 mPa s").unwrap(), 4e-9);
        close(UnitClass::Density.parse("4.43 g/cm3").unwrap(), 4.43e-9);
    }

    #[test]
    fn format_and_parse_are_inverse() {
        for (class, text) in [
            (UnitClass::Length, "2.5 mm"),
            (UnitClass::Pressure, "17 GPa"),
            (UnitClass::Temperature, "37 degC"),
            (UnitClass::Strain, "0.731 %"),
            (UnitClass::Number, "0.3"),
            (UnitClass::Stiffness, "1250 N/mm"),
        ] {
            let unit = text.split_once(' ').map_or("1", |(_, unit)| unit);
            assert_eq!(class.format(class.parse(text).unwrap(), unit, 6).unwrap(), text);
        }
    }
}
