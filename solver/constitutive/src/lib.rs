//! Material laws: stress and consistent tangent.
//!
//! Symmetric tensors are [`SymmetricTensor`] with the components (xx, yy, zz, xy, yz, zx), shear as tensor components.
//! A [`Tangent`] is the derivative of the stress by the strain with *engineering* shear (γ = 2ε), which makes it a
//! symmetric 6×6 matrix for every law with an energy. Stress and moduli are MPa, energy densities N/mm², temperatures K.
//!
//! Every law declares its parameters once ([`quantity::Parameter`]) and checks them when it is built: a law that exists
//! has a positive strain energy. [`bone`] maps the numbers of a CT scan to the modulus of bone, [`viscosity`] the shear rate of
//! a fluid to its viscosity.

pub mod bone;
mod error;
mod isotropic;
mod law;
mod orthotropic;
pub mod tensor;
pub mod viscosity;

pub use error::ConstitutiveError;
pub use isotropic::IsotropicElastic;
pub use law::{Response, SmallStrainLaw};
pub use orthotropic::{EngineeringConstants, OrthotropicElastic};
pub use tensor::{SymmetricTensor, Tangent};

#[cfg(test)]
mod law_tests;
