use crate::{ConstitutiveError, SymmetricTensor, Tangent};
use quantity::Parameter;
use std::fmt::Debug;

/// What a law answers at one material point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Response {
    /// Stress in MPa.
    pub stress: SymmetricTensor,
    /// Consistent tangent in MPa.
    pub tangent: Tangent,
    /// Stored energy a unit volume in N/mm².
    pub energy: f64,
}

/// A material law for small strains.
///
/// A law with memory declares the length of its history; the caller keeps two copies a point, hands in the converged
/// one and takes the trial one, so that a step can be repeated.
pub trait SmallStrainLaw: Debug + Send + Sync {
    /// The law's name for messages and reports.
    fn name(&self) -> &'static str;

    /// The declared parameters and their values in the internal unit.
    fn parameters(&self) -> Vec<(&'static Parameter, f64)>;

    /// Numbers of history a point; 0 for elastic laws.
    fn history_length(&self) -> usize {
        0
    }

    /// Stress, tangent and energy at the total strain `strain` and the temperature `temperature_change` (K) above the
    /// stress-free one. `history` is the converged history, `next` receives the trial one; both have
    /// [`SmallStrainLaw::history_length`] entries.
    fn respond(
        &self,
        strain: &SymmetricTensor,
        temperature_change: f64,
        history: &[f64],
        next: &mut [f64],
    ) -> Result<Response, ConstitutiveError>;
}
