use std::fmt;
use std::ops::{Div, Mul};

/// Exponents of the base quantities. Angle is kept apart so that "65 deg" cannot pass for a pure number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Dimension {
    /// Length, mm inside.
    pub length: i8,
    /// Mass, tonne inside.
    pub mass: i8,
    /// Time, s inside.
    pub time: i8,
    /// Thermodynamic temperature, K inside.
    pub temperature: i8,
    /// Plane angle, rad inside.
    pub angle: i8,
    /// Amount of substance, mol inside.
    pub amount: i8,
}

impl Dimension {
    /// No dimension: a pure number.
    pub const NONE: Self = Self { length: 0, mass: 0, time: 0, temperature: 0, angle: 0, amount: 0 };
    /// Length.
    pub const LENGTH: Self = Self { length: 1, ..Self::NONE };
    /// Mass.
    pub const MASS: Self = Self { mass: 1, ..Self::NONE };
    /// Time.
    pub const TIME: Self = Self { time: 1, ..Self::NONE };
    /// Temperature.
    pub const TEMPERATURE: Self = Self { temperature: 1, ..Self::NONE };
    /// Plane angle.
    pub const ANGLE: Self = Self { angle: 1, ..Self::NONE };
    /// Amount of substance.
    pub const AMOUNT: Self = Self { amount: 1, ..Self::NONE };
    /// Force.
    pub const FORCE: Self = Self { length: 1, mass: 1, time: -2, ..Self::NONE };
    /// Pressure, stress, elastic modulus.
    pub const PRESSURE: Self = Self { length: -1, mass: 1, time: -2, ..Self::NONE };
    /// Energy and moment.
    pub const ENERGY: Self = Self { length: 2, mass: 1, time: -2, ..Self::NONE };
    /// Power.
    pub const POWER: Self = Self { length: 2, mass: 1, time: -3, ..Self::NONE };

    /// The dimension raised to `exponent`; exponents saturate, far beyond any physical one.
    pub fn power(self, exponent: i8) -> Self {
        self.map(|own| own.saturating_mul(exponent))
    }

    fn map(self, f: impl Fn(i8) -> i8) -> Self {
        Self {
            length: f(self.length),
            mass: f(self.mass),
            time: f(self.time),
            temperature: f(self.temperature),
            angle: f(self.angle),
            amount: f(self.amount),
        }
    }
}

impl Mul for Dimension {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self {
            length: self.length.saturating_add(other.length),
            mass: self.mass.saturating_add(other.mass),
            time: self.time.saturating_add(other.time),
            temperature: self.temperature.saturating_add(other.temperature),
            angle: self.angle.saturating_add(other.angle),
            amount: self.amount.saturating_add(other.amount),
        }
    }
}

impl Div for Dimension {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        self * other.power(-1)
    }
}

impl fmt::Display for Dimension {
    /// "length mass time^-2", or "1" for a pure number.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("length", self.length),
            ("mass", self.mass),
            ("time", self.time),
            ("temperature", self.temperature),
            ("angle", self.angle),
            ("amount", self.amount),
        ];
        let words: Vec<String> = parts
            .iter()
            .filter(|(_, exponent)| *exponent != 0)
            .map(|(name, exponent)| if *exponent == 1 { (*name).to_owned() } else { format!("{name}^{exponent}") })
            .collect();
        formatter.write_str(if words.is_empty() { "1" } else { "" })?;
        formatter.write_str(&words.join(" "))
    }
}
