use crate::error::check;
use crate::{ConstitutiveError, Response, SmallStrainLaw, SymmetricTensor, Tangent, tensor};
use quantity::{Parameter, Range, UnitClass};

const LAW: &str = "isotropic elastic";

/// Hooke's law: σ = λ tr(ε - ε_T) I + 2μ (ε - ε_T), ε_T = α ΔT I.
///
/// λ = Eν / ((1 + ν)(1 - 2ν)), μ = E / (2(1 + ν)). Valid for small strains and rotations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IsotropicElastic {
    young: f64,
    poisson: f64,
    expansion: f64,
}

impl IsotropicElastic {
    /// Young's modulus.
    pub const YOUNGS_MODULUS: Parameter = Parameter {
        name: "youngs_modulus",
        symbol: "E",
        label: "Young's modulus",
        class: UnitClass::Pressure,
        unit: "MPa",
        range: Range::POSITIVE,
        default: None,
        source: "Slope of the uniaxial stress-strain curve; positive strain energy.",
    };
    /// Poisson's ratio.
    pub const POISSONS_RATIO: Parameter = Parameter {
        name: "poissons_ratio",
        symbol: "nu",
        label: "Poisson's ratio",
        class: UnitClass::Number,
        unit: "1",
        range: Range::between(-1.0, 0.5),
        default: None,
        source: "Lateral contraction over extension; positive strain energy.",
    };
    /// Coefficient of thermal expansion.
    pub const THERMAL_EXPANSION: Parameter = Parameter {
        name: "thermal_expansion",
        symbol: "alpha",
        label: "Coefficient of thermal expansion",
        class: UnitClass::ThermalExpansion,
        unit: "1/K",
        range: Range::ANY,
        default: Some("0 1/K"),
        source: "Linear expansion a kelvin.",
    };

    /// A law without thermal expansion; `young` in MPa.
    pub fn new(young: f64, poisson: f64) -> Result<Self, ConstitutiveError> {
        check(LAW, &Self::YOUNGS_MODULUS, young)?;
        check(LAW, &Self::POISSONS_RATIO, poisson)?;
        Ok(Self { young, poisson, expansion: 0.0 })
    }

    /// The same law that expands by `expansion` a kelvin.
    pub fn with_expansion(self, expansion: f64) -> Result<Self, ConstitutiveError> {
        check(LAW, &Self::THERMAL_EXPANSION, expansion)?;
        Ok(Self { expansion, ..self })
    }

    /// Young's modulus in MPa.
    pub fn young(&self) -> f64 {
        self.young
    }

    /// Poisson's ratio.
    pub fn poisson(&self) -> f64 {
        self.poisson
    }

    /// Lamé's λ and μ in MPa.
    pub fn lame(&self) -> (f64, f64) {
        let (e, nu) = (self.young, self.poisson);
        (e * nu / ((1.0 + nu) * (1.0 - 2.0 * nu)), e / (2.0 * (1.0 + nu)))
    }
}

impl SmallStrainLaw for IsotropicElastic {
    fn name(&self) -> &'static str {
        LAW
    }

    fn parameters(&self) -> Vec<(&'static Parameter, f64)> {
        vec![
            (&Self::YOUNGS_MODULUS, self.young),
            (&Self::POISSONS_RATIO, self.poisson),
            (&Self::THERMAL_EXPANSION, self.expansion),
        ]
    }

    fn respond(
        &self,
        strain: &SymmetricTensor,
        temperature_change: f64,
        _: &[f64],
        _: &mut [f64],
    ) -> Result<Response, ConstitutiveError> {
        let (lambda, mu) = self.lame();
        let mut elastic = *strain;
        (0..3).for_each(|i| elastic[i] -= self.expansion * temperature_change);
        let pressure = lambda * (elastic[0] + elastic[1] + elastic[2]);
        let mut stress = 2.0 * mu * elastic;
        let mut tangent = Tangent::zeros();
        for i in 0..3 {
            stress[i] += pressure;
            (0..3).for_each(|j| tangent[(i, j)] = lambda);
            tangent[(i, i)] += 2.0 * mu;
            tangent[(i + 3, i + 3)] = mu;
        }
        Ok(Response { stress, tangent, energy: 0.5 * tensor::contract(&stress, &elastic) })
    }
}
