//! Anatomical landmarks and frames measured on a bone's surface.

mod femur;
mod section;
mod sphere;

pub use femur::{FemurFrame, FemurLandmarks, LandmarkError, Side, femur};
pub use section::{SectionLoop, plane_section};
pub use sphere::{SphereFit, fit_sphere};
