//! Better triangles for the same surface: isotropic remeshing, decimation, smoothing.

mod distance;
pub(crate) mod editable;
mod features;
mod input;
pub(crate) mod isotropic;
pub(crate) mod patches;
mod sizing;

pub use distance::SurfaceDistance;
pub(crate) use distance::two_sided;
pub use isotropic::{RemeshOptions, RemeshReport, Remeshed, Sizing, remesh_isotropic};
