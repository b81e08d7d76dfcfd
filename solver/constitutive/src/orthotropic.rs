use crate::error::check;
use crate::{ConstitutiveError, IsotropicElastic, Response, SmallStrainLaw, SymmetricTensor, Tangent, tensor};
use nalgebra::{Matrix3, Vector3};
use quantity::{Parameter, Range, UnitClass};

const LAW: &str = "orthotropic elastic";

/// The nine constants of an orthotropic solid in its axes 1, 2, 3 (MPa).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EngineeringConstants {
    /// E_1, E_2, E_3.
    pub young: [f64; 3],
    /// ν_12, ν_13, ν_23: ν_ij = -ε_j / ε_i under a stress along i.
    pub poisson: [f64; 3],
    /// G_12, G_13, G_23.
    pub shear: [f64; 3],
}

/// Orthotropic linear elasticity: σ = C (ε - ε_T) with a constant stiffness C in material axes and the thermal strain
/// ε_T = ΔT diag(α_1, α_2, α_3).
#[derive(Debug, Clone, PartialEq)]
pub struct OrthotropicElastic {
    constants: EngineeringConstants,
    expansion: [f64; 3],
    axes: Matrix3<f64>,
    stiffness: Tangent,
    thermal: SymmetricTensor,
}

macro_rules! declare {
    ($($constant:ident, $name:literal, $symbol:literal, $label:literal, $class:ident, $unit:literal, $range:expr, $source:literal;)*) => {
        $(const $constant: Parameter = Parameter {
            name: $name, symbol: $symbol, label: $label, class: UnitClass::$class, unit: $unit, range: $range,
            default: None, source: $source,
        };)*
    };
}

declare! {
    E1, "youngs_modulus_1", "E1", "Young's modulus along axis 1", Pressure, "MPa", Range::POSITIVE, "Positive strain energy.";
    E2, "youngs_modulus_2", "E2", "Young's modulus along axis 2", Pressure, "MPa", Range::POSITIVE, "Positive strain energy.";
    E3, "youngs_modulus_3", "E3", "Young's modulus along axis 3", Pressure, "MPa", Range::POSITIVE, "Positive strain energy.";
    NU12, "poissons_ratio_12", "nu12", "Poisson's ratio 12", Number, "1", Range::ANY, "Contraction along 2 over extension along 1.";
    NU13, "poissons_ratio_13", "nu13", "Poisson's ratio 13", Number, "1", Range::ANY, "Contraction along 3 over extension along 1.";
    NU23, "poissons_ratio_23", "nu23", "Poisson's ratio 23", Number, "1", Range::ANY, "Contraction along 3 over extension along 2.";
    G12, "shear_modulus_12", "G12", "Shear modulus 12", Pressure, "MPa", Range::POSITIVE, "Positive strain energy.";
    G13, "shear_modulus_13", "G13", "Shear modulus 13", Pressure, "MPa", Range::POSITIVE, "Positive strain energy.";
    G23, "shear_modulus_23", "G23", "Shear modulus 23", Pressure, "MPa", Range::POSITIVE, "Positive strain energy.";
}

impl OrthotropicElastic {
    /// The declarations of the nine constants, in the order E_1 E_2 E_3 ν_12 ν_13 ν_23 G_12 G_13 G_23.
    pub const CONSTANTS: [&'static Parameter; 9] = [&E1, &E2, &E3, &NU12, &NU13, &NU23, &G12, &G13, &G23];

    /// A law whose axes 1, 2, 3 are x, y, z, without thermal expansion.
    pub fn new(constants: EngineeringConstants) -> Result<Self, ConstitutiveError> {
        for (parameter, value) in Self::CONSTANTS.into_iter().zip(constants.flat()) {
            check(LAW, parameter, value)?;
        }
        let stiffness = constants
            .compliance()
            .cholesky()
            .map(|factor| factor.inverse())
            .ok_or(ConstitutiveError::NotPositiveDefinite { law: LAW })?;
        Ok(Self {
            constants,
            expansion: [0.0; 3],
            axes: Matrix3::identity(),
            stiffness,
            thermal: SymmetricTensor::zeros(),
        })
    }

    /// The same law that expands by `expansion` a kelvin along the material axes.
    pub fn with_expansion(mut self, expansion: [f64; 3]) -> Result<Self, ConstitutiveError> {
        expansion.into_iter().try_for_each(|alpha| check(LAW, &IsotropicElastic::THERMAL_EXPANSION, alpha))?;
        self.expansion = expansion;
        let [a, b, c] = expansion;
        self.thermal = tensor::rotated(&SymmetricTensor::new(a, b, c, 0.0, 0.0, 0.0), &self.axes);
        Ok(self)
    }

    /// The same law with axis 1 along `first` and axis 2 in the plane of `first` and `second`.
    pub fn with_axes(self, first: Vector3<f64>, second: Vector3<f64>) -> Result<Self, ConstitutiveError> {
        let degenerate = ConstitutiveError::DegenerateAxes { law: LAW };
        let e1 = first.try_normalize(0.0).ok_or(degenerate.clone())?;
        let e3 = e1.cross(&second).try_normalize(1e-9 * second.norm()).ok_or(degenerate.clone())?;
        let axes = Matrix3::from_columns(&[e1, e3.cross(&e1), e3]);
        if !axes.iter().all(|c| c.is_finite()) {
            return Err(degenerate);
        }
        let mut law = Self::new(self.constants)?;
        let local = law.stiffness;
        law.stiffness = Tangent::from_fn(|i, j| {
            let mut unit = SymmetricTensor::zeros();
            unit[j] = if j < 3 { 1.0 } else { 0.5 };
            let strain = tensor::rotated(&unit, &axes.transpose());
            tensor::rotated(&(local * tensor::engineering(&strain)), &axes)[i]
        });
        law.axes = axes;
        law.with_expansion(self.expansion)
    }
}

impl EngineeringConstants {
    fn flat(&self) -> [f64; 9] {
        let (e, nu, g) = (self.young, self.poisson, self.shear);
        [e[0], e[1], e[2], nu[0], nu[1], nu[2], g[0], g[1], g[2]]
    }

    /// Strain with engineering shear by stress, components (11, 22, 33, 12, 23, 31).
    fn compliance(&self) -> Tangent {
        let [e1, e2, e3, nu12, nu13, nu23, g12, g13, g23] = self.flat();
        let mut s = Tangent::from_diagonal(&SymmetricTensor::new(
            1.0 / e1,
            1.0 / e2,
            1.0 / e3,
            1.0 / g12,
            1.0 / g23,
            1.0 / g13,
        ));
        for (i, j, value) in [(0, 1, -nu12 / e1), (0, 2, -nu13 / e1), (1, 2, -nu23 / e2)] {
            s[(i, j)] = value;
            s[(j, i)] = value;
        }
        s
    }
}

impl SmallStrainLaw for OrthotropicElastic {
    fn name(&self) -> &'static str {
        LAW
    }

    fn parameters(&self) -> Vec<(&'static Parameter, f64)> {
        Self::CONSTANTS.into_iter().zip(self.constants.flat()).collect()
    }

    fn respond(
        &self,
        strain: &SymmetricTensor,
        temperature_change: f64,
        _: &[f64],
        _: &mut [f64],
    ) -> Result<Response, ConstitutiveError> {
        let elastic = strain - self.thermal * temperature_change;
        let stress = self.stiffness * tensor::engineering(&elastic);
        Ok(Response { stress, tangent: self.stiffness, energy: 0.5 * tensor::contract(&stress, &elastic) })
    }
}
