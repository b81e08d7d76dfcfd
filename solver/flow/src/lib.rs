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

mod average;
mod bdf;
mod beside;
mod condition;
mod constraint;
mod convection;
mod csv;
mod developed;
mod divergence;
mod element;
mod energy;
mod error;
mod ethier_steinman;
mod force;
mod inlet;
mod march;
mod measure;
mod momentum;
mod open;
mod outlet;
mod patch;
mod poisson;
mod probe;
mod resolution;
mod solver;
mod space;
mod spline;
mod split;
mod stabilise;
mod state;
mod steady;
#[cfg(test)]
mod tests;
mod viscous;
mod wall;
mod waveform;
mod womersley;

pub use condition::{Condition, Conditions, VelocityField};
pub use convection::Convection;
pub use energy::{EnergyFlux, EnergyReport, EnergyWithin};
pub use error::FlowError;
pub use ethier_steinman::EthierSteinman;
pub use inlet::{Inflow, InflowReport, Profile};
pub use march::{March, MarchReport, StepPolicy};
pub use outlet::Outlet;
pub use probe::Probe;
pub use resolution::{LayerResolution, Resolution, Spread};
pub use solver::{Flow, FlowOptions, Fluid, OpenReport, StepReport};
pub use space::FlowSpace;
pub use split::{Compliance, Downstream, Storage, outflow_shares};
pub use state::FlowState;
pub use steady::{SteadyPolicy, SteadyReport};
pub use wall::{
    AreaSamples, AreaStatistics, CycleMetrics, LOW_SHEAR, Metrics, ShearHistory, ShearState, ShearSums, Wall, WallShear,
};
pub use waveform::Waveform;
pub use womersley::Womersley;
