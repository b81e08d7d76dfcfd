//! Solid mechanics: linear statics with recovered stress and an error estimate.
//!
//! [`LinearStatics`] is the model; [`LoadCase`] what loads it; [`Shape`] and [`pick`] choose regions;
//! [`Material`] may have a modulus that differs from point to point ([`LinearInElements`]);
//! [`Recovery`] is the stress answer, a [`Zone`] says where its statistics look. Nothing here reads a file or a clock.
//! Units mm, N, MPa, s, tonne, K; symmetric tensors (xx, yy, zz, xy, yz, zx) with tensor shear.

mod error;
mod exclusion;
mod kernel;
mod load;
pub mod manufactured;
mod material;
mod mechanism;
mod model;
mod motion;
mod parts;
pub mod pick;
mod place;
mod probe;
mod prolongation;
mod recovery;
mod solve;
mod spread;
mod state;
mod statistics;
mod support;
mod surface;
mod zone;

pub use error::SolidError;
pub use exclusion::Exclusion;
pub use fem::{Integration, LinearInElements, LinearPiece, Sample, sample_elements};
pub use linalg::{Method, MethodUsed, SolveReport, SolverOptions};
pub use load::{LoadCase, TractionField};
pub use material::Material;
pub use mechanism::{FreeMotion, Motion};
pub use model::LinearStatics;
pub use motion::RegionMotion;
pub use pick::Shape;
pub use place::Place;
pub use probe::Probe;
pub use recovery::{Recovery, RecoveryReport};
pub use solve::{Balance, CaseSolution, Resultant, StaticsSolution};
pub use spread::Spread;
pub use state::{PointState, PointStates, Sampling};
pub use statistics::{Extreme, Extremes, Scalar, VolumeDistribution};
pub use support::VectorField;
pub use zone::{Spot, Zone};

#[cfg(test)]
mod tests;
