//! Anatomical landmarks and frames measured on a bone's surface.

mod femur;
mod neck_cut;
mod section;
mod sphere;

pub use femur::{FemurFrame, FemurLandmarks, LandmarkError, Side, femur, neck_shaft_angle};
pub use neck_cut::neck_cut;
pub use section::{SectionLoop, plane_section};
pub use sphere::{SphereFit, fit_sphere};
