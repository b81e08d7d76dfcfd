use super::VISCOSITY_AT_INFINITY;
use crate::ConstitutiveError;
use crate::error::check;
use quantity::{Parameter, Range, UnitClass};

const LAW: &str = "fluid after Casson";

/// √(μ γ̇) = √τ_y + √(μ_∞ γ̇) beyond the yield stress τ_y (Casson, in Mill, Rheology of Disperse Systems, 1959), which is unbounded
/// at rest and therefore regularised as Papanastasiou does it (J. Rheol. 31:385, 1987):
///
/// μ = (√μ_∞ + √(τ_y (1 - exp(-γ̇/γ̇_min))/γ̇))²,
///
/// so that μ stays below (√μ_∞ + √(τ_y/γ̇_min))², which is Casson's at γ̇_min. Above 5 γ̇_min the two differ by less than 0.7 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Casson {
    root: f64,
    yield_stress: f64,
    lowest: f64,
}

impl Casson {
    /// τ_y.
    pub const YIELD_STRESS: Parameter = Parameter {
        name: "yield_stress",
        symbol: "τ_y",
        label: "Yield stress",
        class: UnitClass::Pressure,
        unit: "Pa",
        range: Range::NOT_NEGATIVE,
        default: None,
        source: "Stress below which the fluid does not flow.",
    };
    /// γ̇_min.
    pub const LOWEST_SHEAR_RATE: Parameter = Parameter {
        name: "lowest_shear_rate",
        symbol: "γ̇_min",
        label: "Shear rate below which the viscosity grows no more",
        class: UnitClass::Frequency,
        unit: "1/s",
        range: Range::POSITIVE,
        default: Some("0.5 1/s"),
        source: "The law is unbounded at rest.",
    };

    /// μ_∞ in MPa s, τ_y in MPa, γ̇_min in 1/s.
    ///
    /// # Errors
    /// [`ConstitutiveError::ParameterOutOfRange`].
    pub fn new(at_infinity: f64, yield_stress: f64, lowest_shear_rate: f64) -> Result<Self, ConstitutiveError> {
        check(LAW, &VISCOSITY_AT_INFINITY, at_infinity)?;
        check(LAW, &Self::YIELD_STRESS, yield_stress)?;
        check(LAW, &Self::LOWEST_SHEAR_RATE, lowest_shear_rate)?;
        Ok(Self { root: at_infinity.sqrt(), yield_stress, lowest: lowest_shear_rate })
    }

    /// μ (MPa s) at a shear rate (1/s).
    pub fn at(&self, shear_rate: f64) -> f64 {
        (self.root + (self.yield_stress * self.grown(shear_rate) / self.lowest).sqrt()).powi(2)
    }

    /// d(μ γ̇)/dγ̇ (MPa s) at a shear rate (1/s).
    pub fn tangent(&self, shear_rate: f64) -> f64 {
        let (grown, capped) = (self.grown(shear_rate), (self.yield_stress / self.lowest).sqrt());
        let slope = (-shear_rate / self.lowest).exp() / grown.sqrt();
        (self.root + capped * grown.sqrt()) * (self.root + capped * slope)
    }

    /// (1 - exp(-x))/x with x = γ̇/γ̇_min, at rest its limit.
    fn grown(&self, shear_rate: f64) -> f64 {
        let reduced = shear_rate / self.lowest;
        if reduced > 0.0 { -(-reduced).exp_m1() / reduced } else { 1.0 }
    }

    /// μ_∞, MPa s.
    pub fn at_infinity(&self) -> f64 {
        self.root * self.root
    }
}
