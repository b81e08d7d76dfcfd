//! Laws of the viscosity of fluids: μ by the shear rate γ̇ = √(2 D:D), D = ½ (∇u + ∇uᵀ).
//!
//! Viscosities are MPa s, shear rates 1/s, stresses MPa. All laws here are shear-thinning or constant: μ does not grow with γ̇,
//! and μ γ̇ does not fall.

mod carreau_yasuda;
mod casson;

pub use carreau_yasuda::CarreauYasuda;
pub use casson::Casson;

use crate::ConstitutiveError;
use crate::error::check;
use quantity::{Parameter, Range, UnitClass};

/// Limit of the viscosity for large shear rates, of every law that has one.
pub const VISCOSITY_AT_INFINITY: Parameter = Parameter {
    name: "viscosity_at_infinity",
    symbol: "μ_∞",
    label: "Viscosity at high shear",
    class: UnitClass::DynamicViscosity,
    unit: "mPa s",
    range: Range::POSITIVE,
    default: None,
    source: "Limit for large shear rates.",
};

/// How the viscosity depends on the shear rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Viscosity {
    /// Not at all, MPa s.
    Newtonian(f64),
    /// As polymers and blood thin.
    CarreauYasuda(CarreauYasuda),
    /// With a yield stress.
    Casson(Casson),
}

impl Viscosity {
    /// Dynamic viscosity of a Newtonian fluid.
    pub const NEWTONIAN: Parameter = Parameter {
        name: "viscosity",
        symbol: "μ",
        label: "Dynamic viscosity",
        class: UnitClass::DynamicViscosity,
        unit: "mPa s",
        range: Range::POSITIVE,
        default: None,
        source: "Shear stress over shear rate.",
    };

    /// A constant viscosity, MPa s.
    ///
    /// # Errors
    /// [`ConstitutiveError::ParameterOutOfRange`] unless it is positive and finite.
    pub fn newtonian(viscosity: f64) -> Result<Self, ConstitutiveError> {
        check("Newtonian fluid", &Self::NEWTONIAN, viscosity)?;
        Ok(Self::Newtonian(viscosity))
    }

    /// μ (MPa s) at a shear rate (1/s, not negative).
    pub fn at(&self, shear_rate: f64) -> f64 {
        match self {
            Self::Newtonian(viscosity) => *viscosity,
            Self::CarreauYasuda(law) => law.at(shear_rate),
            Self::Casson(law) => law.at(shear_rate),
        }
    }

    /// d(μ γ̇)/dγ̇ (MPa s), the slope of the shear stress, at a shear rate (1/s, not negative): at most μ.
    pub fn tangent(&self, shear_rate: f64) -> f64 {
        match self {
            Self::Newtonian(viscosity) => *viscosity,
            Self::CarreauYasuda(law) => law.tangent(shear_rate),
            Self::Casson(law) => law.tangent(shear_rate),
        }
    }

    /// The least viscosity (MPa s), that for large shear rates.
    pub fn least(&self) -> f64 {
        match self {
            Self::Newtonian(viscosity) => *viscosity,
            Self::CarreauYasuda(law) => law.at_infinity(),
            Self::Casson(law) => law.at_infinity(),
        }
    }

    /// The viscosity (MPa s) where it is the same at all shear rates by its law.
    pub fn constant(&self) -> Option<f64> {
        match self {
            Self::Newtonian(viscosity) => Some(*viscosity),
            Self::CarreauYasuda(_) | Self::Casson(_) => None,
        }
    }
}

impl From<f64> for Viscosity {
    fn from(viscosity: f64) -> Self {
        Self::Newtonian(viscosity)
    }
}

impl From<CarreauYasuda> for Viscosity {
    fn from(law: CarreauYasuda) -> Self {
        Self::CarreauYasuda(law)
    }
}

impl From<Casson> for Viscosity {
    fn from(law: Casson) -> Self {
        Self::Casson(law)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// μ falls, the stress μ γ̇ rises, and the limit is reached.
    #[test]
    fn laws_thin_without_losing_stress() {
        let blood = CarreauYasuda::new(56e-9, 3.45e-9, 3.313, 2.0, 0.3568).unwrap();
        let casson = Casson::new(3.45e-9, 5e-9, 0.5).unwrap();
        for law in [Viscosity::from(blood), casson.into(), Viscosity::newtonian(3.5e-9).unwrap()] {
            let rates: Vec<f64> = (-40..60).map(|k| 10_f64.powf(0.2 * f64::from(k))).collect();
            for pair in rates.windows(2) {
                let [low, high] = [law.at(pair[0]), law.at(pair[1])];
                assert!(high <= low && high * pair[1] > low * pair[0], "{law:?} at {pair:?}: {low:e} {high:e}");
            }
            for rate in rates {
                let stress = |rate: f64| law.at(rate) * rate;
                let slope = (stress(1.001 * rate) - stress(0.999 * rate)) / (0.002 * rate);
                assert!((law.tangent(rate) / slope - 1.0).abs() < 1e-5, "{law:?} at {rate}");
            }
            assert!((law.tangent(0.0) / law.at(0.0) - 1.0).abs() < 1e-12, "{law:?}");
            assert!((law.at(1e12) / law.least() - 1.0).abs() < 1e-3 && law.at(1e12) >= law.least(), "{law:?}");
            assert!((law.at(0.0) / law.at(1e-9) - 1.0).abs() < 1e-8, "{law:?}");
        }
    }

    #[test]
    fn constants_outside_their_ranges_are_refused() {
        assert!(Viscosity::newtonian(0.0).is_err() && Viscosity::newtonian(f64::INFINITY).is_err());
        for [rest, infinity, time, a, n] in [
            [3e-9, 4e-9, 1.0, 2.0, 0.4],
            [4e-9, 3e-9, 0.0, 2.0, 0.4],
            [4e-9, 3e-9, 1.0, -2.0, 0.4],
            [4e-9, 3e-9, 1.0, 2.0, 1.5],
            [4e-9, 3e-9, 1.0, 2.0, -0.1],
            [4e-9, f64::NAN, 1.0, 2.0, 0.4],
        ] {
            assert!(CarreauYasuda::new(rest, infinity, time, a, n).is_err(), "{rest} {infinity} {time} {a} {n}");
        }
        assert!(Casson::new(3e-9, -1e-9, 0.5).is_err() && Casson::new(3e-9, 5e-9, 0.0).is_err());
    }
}
