//! Laws of fluids as declared parameters.

use crate::material::Law;
use quantity::{Parameter, Range, UnitClass};

/// Name of the Newtonian law in studies.
pub const NEWTONIAN: &str = "newtonian_fluid";
/// Name of the law of Carreau and Yasuda in studies.
pub const CARREAU_YASUDA: &str = "carreau_yasuda";
/// Name of Casson's law in studies.
pub const CASSON: &str = "casson";

/// Every law of a fluid.
pub(crate) const FLUIDS: [Law; 3] = [
    Law {
        name: NEWTONIAN,
        label: "Newtonian fluid",
        parameters: &[DENSITY, viscosity("viscosity", "μ", "Dynamic viscosity", "Shear stress over shear rate.")],
    },
    Law {
        name: CARREAU_YASUDA,
        label: "shear-thinning fluid after Carreau and Yasuda: μ = μ_∞ + (μ_0 - μ_∞) (1 + (λ γ̇)^a)^((n-1)/a)",
        parameters: &[
            DENSITY,
            viscosity("viscosity_at_rest", "μ_0", "Viscosity at rest", "Limit for small shear rates."),
            viscosity("viscosity_at_infinity", "μ_∞", "Viscosity at high shear", "Limit for large shear rates."),
            Parameter {
                name: "relaxation_time",
                symbol: "λ",
                label: "Relaxation time",
                class: UnitClass::Time,
                unit: "s",
                range: Range::POSITIVE,
                default: None,
                source: "One over the shear rate at which thinning begins.",
            },
            number("yasuda_exponent", "a", "Exponent of Yasuda", Range::POSITIVE),
            number("power_index", "n", "Power index", Range { low: 0.0, high: 1.0, closed: [true; 2] }),
        ],
    },
    Law {
        name: CASSON,
        label: "fluid with a yield stress after Casson: √μ = √(τ_y/γ̇) + √μ_∞",
        parameters: &[
            DENSITY,
            viscosity("viscosity_at_infinity", "μ_∞", "Viscosity at high shear", "Limit for large shear rates."),
            Parameter {
                name: "yield_stress",
                symbol: "τ_y",
                label: "Yield stress",
                class: UnitClass::Pressure,
                unit: "Pa",
                range: Range::NOT_NEGATIVE,
                default: None,
                source: "Stress below which the fluid does not flow.",
            },
            Parameter {
                name: "lowest_shear_rate",
                symbol: "γ̇_min",
                label: "Shear rate below which the viscosity grows no more",
                class: UnitClass::Frequency,
                unit: "1/s",
                range: Range::POSITIVE,
                default: Some("0.5 1/s"),
                source: "The law is unbounded at rest.",
            },
        ],
    },
];

const DENSITY: Parameter = Parameter {
    name: "density",
    symbol: "ρ",
    label: "Density",
    class: UnitClass::Density,
    unit: "kg/m^3",
    range: Range::POSITIVE,
    default: None,
    source: "Mass over volume; whole blood is about 1060 kg/m^3.",
};

const fn viscosity(name: &'static str, symbol: &'static str, label: &'static str, source: &'static str) -> Parameter {
    let (class, unit) = (UnitClass::DynamicViscosity, "mPa s");
    Parameter { name, symbol, label, class, unit, range: Range::POSITIVE, default: None, source }
}

const fn number(name: &'static str, symbol: &'static str, label: &'static str, range: Range) -> Parameter {
    let source = "Fitted to measured viscosities.";
    Parameter { name, symbol, label, class: UnitClass::Number, unit: "1", range, default: None, source }
}
