//! Incompressible flow of a Newtonian fluid in a domain of tetrahedra,
//!
//! ρ (∂u/∂t + u·∇u) = -∇p + μ Δu,  ∇·u = 0,
//!
//! by an incremental pressure correction in rotational form with second-order backward differences of variable step (Guermond,
//! Minev and Shen, CMAME 195:6011, 2006). Velocities are quadratic and pressures linear (Taylor and Hood) on Tet10 meshes; on Tet4
//! meshes both are linear, with a stabilisation C by orthogonal subscales.
//!
//! One step, with a₀ u + a₁ uⁿ + a₂ uⁿ⁻¹ ≈ ∂u/∂t, u the velocity before projection (the only one stored), φ the pressure
//! increments, M and K the mass and stiffness of the velocity, K_p and M_p those of the pressure, D the divergence, N(w) the
//! convection by w:
//!
//! 1. (ρ a₀ M + μ K) u = -ρ M (a₁ uⁿ + a₂ uⁿ⁻¹) - ρ N(u*) u* + Dᵀ p# - Σ_k P_k# ∫_k n, with u* extrapolated from the last
//!    two, or with ρ N(u*) u on the left ([`Convection`]); p# = pⁿ - (a₁/a₀ⁿ) φⁿ - (a₂/a₀ⁿ⁻¹) φⁿ⁻¹ takes the gradients that
//!    the projection left out of uⁿ and uⁿ⁻¹ into account, P_k# alike.
//! 2. ((1/(ρ a₀)) K_p + C) φ = -(D u + C pⁿ), φ = P_k - P_kⁿ on open face k, where the pressures P_k of all open faces fulfil
//!    their models together with the fluxes of the projected velocity ([`Outlet`]).
//! 3. p = pⁿ + φ - μ (M_p + μ C)⁻¹ (D u + C (pⁿ + φ)) at all nodes.
//!
//! Lengths in mm, velocities mm/s, pressures MPa, densities t/mm³, viscosities MPa s, fluxes mm³/s.

mod bdf;
mod condition;
mod constraint;
mod convection;
mod divergence;
mod element;
mod error;
mod momentum;
mod open;
mod outlet;
mod poisson;
mod solver;
mod space;
mod stabilise;
#[cfg(test)]
mod tests;
mod womersley;

pub use condition::{Condition, Conditions, VelocityField};
pub use convection::Convection;
pub use error::FlowError;
pub use outlet::Outlet;
pub use solver::{Flow, FlowOptions, Fluid, OpenReport, StepReport};
pub use space::FlowSpace;
pub use womersley::Womersley;
