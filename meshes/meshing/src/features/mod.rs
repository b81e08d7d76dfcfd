//! Planar caps of a surface, the sharp edges (rims) around them, and a mesh's vertices put on them.

mod caps;
mod ends;
mod faces;
mod rims;
mod snap;

pub(crate) use caps::{Cap, Features, grow};
pub use caps::{SurfaceEnd, surface_ends};
pub(crate) use rims::Rims;
pub(crate) use snap::{label, pin_corners, snap_to_rims};
