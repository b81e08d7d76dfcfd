//! Better triangles for the same surface: isotropic remeshing, decimation, smoothing.

mod decimate;
mod distance;
pub(crate) mod editable;
mod features;
pub(crate) mod input;
pub(crate) mod isotropic;
pub(crate) mod patches;
mod sizing;
mod smooth;

pub use decimate::{DecimateOptions, DecimateReport, Decimated, decimate};
pub use distance::SurfaceDistance;
pub(crate) use distance::two_sided;
pub use isotropic::{RemeshOptions, RemeshReport, Remeshed, Sizing, remesh_isotropic};
pub use smooth::{SmoothOptions, SmoothReport, Smoothed, smooth};
