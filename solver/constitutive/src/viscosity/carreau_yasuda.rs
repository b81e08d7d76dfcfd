use super::VISCOSITY_AT_INFINITY;
use crate::ConstitutiveError;
use crate::error::check;
use quantity::{Parameter, Range, UnitClass};

const LAW: &str = "fluid after Carreau and Yasuda";

/// μ = μ_∞ + (μ_0 - μ_∞) (1 + (λ γ̇)^a)^((n-1)/a) (Yasuda, Armstrong and Cohen, Rheol. Acta 20:163, 1981). For blood: μ_0 = 56 mPa s,
/// μ_∞ = 3.45 mPa s, λ = 3.313 s, a = 2, n = 0.3568 (Cho and Kensey, Biorheology 28:241, 1991).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CarreauYasuda {
    at_rest: f64,
    at_infinity: f64,
    time: f64,
    yasuda: f64,
    power: f64,
}

impl CarreauYasuda {
    /// μ_0.
    pub const VISCOSITY_AT_REST: Parameter = Parameter {
        name: "viscosity_at_rest",
        symbol: "μ_0",
        label: "Viscosity at rest",
        class: UnitClass::DynamicViscosity,
        unit: "mPa s",
        range: Range::POSITIVE,
        default: None,
        source: "Limit for small shear rates; not less than that for large ones.",
    };
    /// λ.
    pub const RELAXATION_TIME: Parameter = Parameter {
        name: "relaxation_time",
        symbol: "λ",
        label: "Relaxation time",
        class: UnitClass::Time,
        unit: "s",
        range: Range::POSITIVE,
        default: None,
        source: "One over the shear rate at which thinning begins.",
    };
    /// a.
    pub const YASUDA_EXPONENT: Parameter = Parameter {
        name: "yasuda_exponent",
        symbol: "a",
        label: "Exponent of Yasuda",
        class: UnitClass::Number,
        unit: "1",
        range: Range::POSITIVE,
        default: None,
        source: "Fitted to measured viscosities.",
    };
    /// n.
    pub const POWER_INDEX: Parameter = Parameter {
        name: "power_index",
        symbol: "n",
        label: "Power index",
        class: UnitClass::Number,
        unit: "1",
        range: Range { low: 0.0, high: 1.0, closed: [true, true] },
        default: None,
        source: "Fitted to measured viscosities; below 0 the stress would fall with the shear rate.",
    };

    /// μ_0 and μ_∞ in MPa s, λ in s, a and n.
    ///
    /// # Errors
    /// [`ConstitutiveError::ParameterOutOfRange`]; also where μ_0 < μ_∞.
    pub fn new(at_rest: f64, at_infinity: f64, time: f64, yasuda: f64, power: f64) -> Result<Self, ConstitutiveError> {
        check(LAW, &VISCOSITY_AT_INFINITY, at_infinity)?;
        let range = Range { low: at_infinity, high: f64::INFINITY, closed: [true, false] };
        check(LAW, &Parameter { range, ..Self::VISCOSITY_AT_REST }, at_rest)?;
        check(LAW, &Self::RELAXATION_TIME, time)?;
        check(LAW, &Self::YASUDA_EXPONENT, yasuda)?;
        check(LAW, &Self::POWER_INDEX, power)?;
        Ok(Self { at_rest, at_infinity, time, yasuda, power })
    }

    /// μ (MPa s) at a shear rate (1/s).
    pub fn at(&self, shear_rate: f64) -> f64 {
        let reduced = self.time * shear_rate;
        let thinned = match self.yasuda {
            // Carreau's own, and the usual one of blood: one power less.
            2.0 => (1.0 + reduced * reduced).powf(0.5 * (self.power - 1.0)),
            a => (1.0 + reduced.powf(a)).powf((self.power - 1.0) / a),
        };
        self.at_infinity + (self.at_rest - self.at_infinity) * thinned
    }

    /// d(μ γ̇)/dγ̇ (MPa s) at a shear rate (1/s).
    pub fn tangent(&self, shear_rate: f64) -> f64 {
        let x = (self.time * shear_rate).powf(self.yasuda);
        let thinned = (1.0 + x).powf((self.power - 1.0) / self.yasuda - 1.0) * (1.0 + self.power * x);
        self.at_infinity + (self.at_rest - self.at_infinity) * thinned
    }

    /// μ_∞, MPa s.
    pub fn at_infinity(&self) -> f64 {
        self.at_infinity
    }
}
