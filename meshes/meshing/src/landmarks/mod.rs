//! Anatomical landmarks and frames measured on a bone's surface.

mod femur;
mod section;
mod sphere;

pub use femur::{FemurFrame, FemurLandmarks, LandmarkError, Side, femur, neck_shaft_angle};
pub use section::{SectionLoop, plane_section};
pub use sphere::{SphereFit, fit_sphere};
